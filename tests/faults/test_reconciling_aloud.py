"""An operator who reconciles is never left without a word, also where nothing answers."""

import pytest

from application.gateway_errors import EngineAway
from tests.api.played import Played
from tests.faults.restoring import Stores, reconciled

STEPS = ("record and engine are compared", "quarantined streams are healed: 0", "new deals are let in")


async def test_reconciling_says_what_it_does_and_what_it_waits_for_while_the_worker_is_stopped(
    stores: Stores, capfd: pytest.CaptureFixture[str]
) -> None:
    async with stores.running() as stack:
        await Played(stack).start("One on which both agree")
        capfd.readouterr()
        assert await reconciled(stack) == ()
        said = capfd.readouterr().err
        assert [said.count(step) for step in STEPS] == [1, 1, 1]
    with pytest.raises(EngineAway):  # the server goes on, and no worker does
        await reconciled(stack)
    stack.database.dispose()
    first, *others = (line for line in capfd.readouterr().err.splitlines() if "what=" in line)
    assert STEPS[0] in first
    assert len([line for line in others if "the engine and its worker answer" in line]) >= 3
