"""An engine that lost with a task what somebody was told of: it goes on from the record, and nobody is asked."""

import asyncio

from adapters.standing import Standings
from application.engine import Engine

LOOK_AGAIN, LOOKS = 0.1, 50


async def bring_forward(engine: Engine, standings: Standings, stream: str) -> bool:
    """Has the engine come to all that somebody knows of a stream. False where it was set back, or may decide nothing.

    What was answered the engine had kept: if it lacks that, an older copy was put in its place.
    """
    for look in range(LOOKS):
        position = await engine.position(stream)
        standing = await asyncio.to_thread(standings.of, stream)
        if position is None or position.quarantined or standing.quarantined:
            return False
        if position.decided < standing.acknowledged and not position.goes_on:
            return False
        if position.decided >= standing.known and not position.goes_on:
            return True
        if look == 0 and not position.goes_on:
            await engine.reconciled(stream)
        await asyncio.sleep(LOOK_AGAIN)
    return False
