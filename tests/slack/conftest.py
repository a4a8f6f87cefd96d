"""The emulator of Slack, once for all its tests; a proxy before it and an environment behind it for each."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.slack.emulator import SlackEmulator, running_emulator
from tests.slack.faults import FaultProxy, running_proxy
from tests.slack.slack_env import SlackEnv, at_work
from tests.stack import Stack, stack, temporal_server

__all__ = ["stack", "temporal_server"]


@pytest.fixture(scope="session")
def slack_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackEmulator]:
    """A running emulator with the sample directory's people."""
    with running_emulator(tmp_path_factory.mktemp("slack")) as emulator:
        yield emulator


@pytest_asyncio.fixture
async def slack_proxy(slack_emulator: SlackEmulator) -> AsyncIterator[FaultProxy]:
    """A proxy of the test's own before the emulator, without faults."""
    async with running_proxy(slack_emulator.url) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def env(stack: Stack, slack_emulator: SlackEmulator, slack_proxy: FaultProxy) -> AsyncIterator[SlackEnv]:
    """The firm at work in Slack."""
    async with at_work(stack, slack_emulator, slack_proxy) as env:
        yield env
