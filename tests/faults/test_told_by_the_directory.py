"""What engagements made of the directory was told to whoever reads the operation: no older engine voids it."""

import asyncio

from tests.api.played import Played
from tests.clock import day, held
from tests.faults.restoring import Stores, facts, healed
from tests.stack import Stack

AWAY = "tomasz.nowak"


async def told(stack: Stack) -> None:
    """Waits until the last operation says that all whom it concerns were told."""
    async with asyncio.timeout(30):
        while True:
            (last,) = stack.app.people.operations(limit=1)
            if {"told"} == {one.outcome for one in stack.app.people.outcomes(last.version)}:
                return
            await asyncio.sleep(0.05)


async def test_an_older_engine_is_quarantined_where_only_the_directory_had_told_it_something(stores: Stores) -> None:
    async with stores.running() as stack:
        engagement = (await Played(stack).start()).engagement
    stores.copy("engine")
    async with stores.running() as stack:
        absence = {"first": str(day(1)), "last": str(day(5))}
        await stack.done(AWAY, "POST", f"/people/{AWAY}/absences", absence)
        await told(stack)
        known = facts(stack, engagement)
    assert known[-1] in {"DirectoryTaken", "PeriodBegan"}
    stores.set_back("engine")
    async with stores.running() as stack:
        answer = await stack.call(AWAY, "POST", f"/engagements/{engagement}/hold", held("They are away."))
        assert answer.status_code == 503, answer.text
        assert facts(stack, engagement) == known
        await healed(stack, engagement)
        assert facts(stack, engagement) == known
        await stack.done(AWAY, "POST", f"/engagements/{engagement}/hold", held("They are away."))
