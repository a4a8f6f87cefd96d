"""A part of the stack that lives and does nothing is replaced within ten seconds, whichever it is."""

from collections.abc import Iterator

import pytest

from tests.faults.faults import EVERY_PART, Installation, stopped
from tests.ports import free_ports
from tests.process_env import PORTS, ProcessEnv


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A stack with every part that there can be."""
    names = (*PORTS, "INTERLOCK_SLACK_EMULATOR_PORT")
    ports = {name: str(port) for name, port in zip(names, free_ports(4), strict=True)}
    env = ProcessEnv(tmp_path_factory.mktemp("hung") / "home", ports, more={"INTERLOCK_SLACK": "emulator"})
    installation = Installation(env)
    installation.start()
    yield installation
    installation.stop()


@pytest.mark.parametrize("part", EVERY_PART)
async def test_a_part_that_was_stopped_is_replaced_within_ten_seconds(at: Installation, part: str) -> None:
    await stopped(part).happens(at)
    await at.part(part)
    await at.is_ready()
