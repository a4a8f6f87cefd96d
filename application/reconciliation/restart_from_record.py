"""An engine that lost with a task what somebody was told of: it goes on from the record, and nobody is asked."""

import asyncio

from adapters.db.stream_status import StreamStatuses
from application.gateway import WorkflowGateway
from application.off_loop import off_loop
from domain.shared.errors import NOTHING_LOST, Refusal, RefusalKind, Rule

LOOK_AGAIN, LOOKS = 0.1, 50
REPEAT = "Try again in a moment. Over the API, send the same Idempotency-Key."


class CatchingUp(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "Interlock is catching up", RefusalKind.UNAVAILABLE
    temporary = True


async def is_behind(engine: WorkflowGateway, stream: str, seq: int) -> bool:
    """True where the engine does not know a fact that the record holds, and that somebody may have read there."""
    position = await engine.position(stream)
    return position is not None and position.decided < seq


async def bring_forward(engine: WorkflowGateway, standings: StreamStatuses, stream: str, to: int = 0) -> bool:
    """Has the engine come to all that somebody knows of a stream, and to this fact of the record.

    False where it was set back, or may decide nothing: what was answered the engine had kept, so if it lacks that, an
    older copy was put in its place. Raises CatchingUp where it takes longer than five seconds, which says neither;
    ForeignEngine.
    """
    for look in range(LOOKS):
        standing = await off_loop(standings.of, stream)  # before the engine, which may have gone on since
        position = await engine.position(stream)
        if position is None or position.quarantined or standing.quarantined:
            return False
        if position.decided < standing.acknowledged and not position.goes_on:
            return False
        if position.decided >= max(standing.known, to) and not position.goes_on:
            return True
        if look == 0 and not position.goes_on:
            await engine.reconciled(stream)
        await asyncio.sleep(LOOK_AGAIN)
    raise CatchingUp(f"Interlock was interrupted and is resuming its work. {NOTHING_LOST}", remedy=REPEAT)
