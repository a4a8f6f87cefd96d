"""Makes an engine that lost, with a task, what people were told resume from the record, without an operator."""

import asyncio

from adapters.db.stream_status import StreamStatuses
from application.gateway import WorkflowGateway
from application.off_loop import off_loop
from domain.shared.errors import NOTHING_LOST, Refusal, RefusalKind, Rule

POLL_INTERVAL, MAX_POLLS = 0.1, 50
REPEAT = "Try again in a moment. Over the API, send the same Idempotency-Key."


class CatchingUp(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "Interlock is catching up", RefusalKind.UNAVAILABLE
    temporary = True


async def is_behind(engine: WorkflowGateway, stream: str, seq: int) -> bool:
    """True if the engine does not know a fact that the record holds, and that someone may have read there."""
    position = await engine.position(stream)
    return position is not None and position.decided < seq


async def bring_forward(engine: WorkflowGateway, standings: StreamStatuses, stream: str, to: int = 0) -> bool:
    """Brings the engine to everything that people know of a stream, and to this fact of the record.

    False if it was set back, or may decide nothing: the engine had stored what was answered, so if it lacks that, an
    older copy was put in its place. Raises CatchingUp if it takes longer than five seconds, which proves neither;
    ForeignEngine.
    """
    for look in range(MAX_POLLS):
        standing = await off_loop(standings.of, stream)  # before the engine, which may have advanced since
        position = await engine.position(stream)
        if position is None or position.quarantined or standing.quarantined:
            return False
        if position.decided < standing.acknowledged and not position.goes_on:
            return False
        if position.decided >= max(standing.known, to) and not position.goes_on:
            return True
        if look == 0 and not position.goes_on:
            await engine.reconciled(stream)
        await asyncio.sleep(POLL_INTERVAL)
    raise CatchingUp(f"Interlock was interrupted and is resuming its work. {NOTHING_LOST}", remedy=REPEAT)
