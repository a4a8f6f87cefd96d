"""Carrying out what replaces something, only if that is still what its sender was shown."""

from collections.abc import Awaitable, Callable

from application.authentication import Caller
from application.commands.carry_out import Receipt
from application.commands.request_ids import request_id
from application.context import Interlock
from application.gateway_errors import RefusedByWorkflow
from application.off_loop import off_loop
from application.read_lag.await_visible import caught_up
from domain.shared.errors import EditedMeanwhile
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId

# How often it is looked again, if something else happened on the engagement between looking and deciding.
MAX_LOOKS = 5


async def was_carried_out(app: Interlock, caller: Caller, engagement_id: EngagementId) -> bool:
    """True if a request of this caller under this key was carried out on the engagement, in whatever words."""
    stream = engagement_stream(engagement_id)
    return await off_loop(lambda: app.read.command_of_key(stream, request_id(caller, stream))) is not None


async def carried_out_unless_edited(
    app: Interlock,
    caller: Caller,
    engagement_id: EngagementId,
    look: Callable[[], Awaitable[int]],
    send: Callable[[Caller], Awaitable[Receipt]],
) -> Receipt:
    """Sends at the version that `look` returns, which raises EditedMeanwhile if what is replaced has changed.

    The decision itself requires that version, so that nothing gets in between. A repeat keeps its answer.
    """
    if await was_carried_out(app, caller, engagement_id):
        return await send(caller)
    for _ in range(MAX_LOOKS - 1):
        version = await look()
        try:
            return await send(caller.replace(readings=(version,)))
        except RefusedByWorkflow as refusal:
            if refusal.refused.name != EditedMeanwhile.__name__:
                raise
        await caught_up(app, engagement_stream(engagement_id))
    return await send(caller.replace(readings=(await look(),)))
