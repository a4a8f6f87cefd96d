"""What is refused from the read model, so that forbidden commands never reach the engine: sight, then permission."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from application.authentication import Caller
from application.commands.request_ids import request_id
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.visibility import is_not_there, not_there, unless_behind
from application.read_lag.await_visible import caught_up
from domain.asks.permissions import OF_THOSE_ASKED
from domain.change_order import decide as decide_change
from domain.change_order.order import AnyOrderCommand, ChangeOrder
from domain.change_order.permissions import permit as permit_on_change
from domain.engagement import decide, timers
from domain.engagement.aggregate import Engagement
from domain.engagement.commands import AnyCommand
from domain.engagement.permissions import Sight, may_see, may_try
from domain.shared.errors import Refusal, quarantine_refusal
from domain.shared.streams import change_stream, engagement_of, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, digest
from workflows.messages import CommandRequest, OrderRequest, key_of

S = TypeVar("S", Engagement, ChangeOrder)


async def try_out(app: Interlock, caller: Caller, engagement_id: EngagementId, command: AnyCommand) -> None:
    """Raises what a command would be refused with, by the read model. Changes nothing.

    For a channel that lets people correct what they typed: the engagement alone decides, later.
    """
    stream, now = engagement_stream(engagement_id), app.clock()
    request = await require_leave(app, caller, engagement_id, command)

    def look() -> Refusal | None:
        state = app.read.engagement(engagement_id)
        return _tried(lambda: state and decide.decide(timers.advance_to(state, now), command, caller.actor, now))

    await _refuse(app, look, stream, request)


async def require_leave(
    app: Interlock, caller: Caller, engagement_id: EngagementId, command: AnyCommand
) -> CommandRequest:
    """The request with which this command would be sent. Raises what `require_may` raises."""
    stream = engagement_stream(engagement_id)
    request = CommandRequest(id=request_id(caller, stream), body=digest(command), actor=caller.actor, command=command)
    await require_may(app, request, engagement_id, stream)
    return request


async def try_out_on_change(
    app: Interlock, caller: Caller, engagement_id: EngagementId, n: int, command: AnyOrderCommand
) -> None:
    """The same for a change order."""
    stream, now = change_stream(engagement_id, n), app.clock()
    request = OrderRequest(id=request_id(caller, stream), body=digest(command), actor=caller.actor, command=command)
    await require_may_on_change(app, request, engagement_id, n)

    def look() -> Refusal | None:
        order = app.read.change_order(engagement_id, n)
        return _tried(
            lambda: order and decide_change.decide(decide_change.advance_to(order, now), command, caller.actor, now)
        )

    await _refuse(app, look, stream, request)


def _tried(decides: Callable[[], object]) -> Refusal | None:
    try:
        decides()
    except Refusal as refusal:
        return refusal
    return None


async def require_may(app: Interlock, request: CommandRequest, engagement_id: EngagementId, stream: str) -> bool:
    """Sight first, then permission: a forbidden command is refused here, and takes none of the engine's slots.

    A repeat of what was carried out keeps its answer, whatever rights its caller has lost since. False if readers lag
    behind and cannot say: the engine decides. Raises NotFound, and what `permit` raises.
    """
    command, actor = request.command, request.actor

    def look() -> Refusal | None:
        state = app.read.engagement(engagement_id)
        if state is None or not (_is_put_to(app, command, actor) or may_try(state, command, actor)):
            return not_there()
        if state.is_over:
            return None
        now = app.clock()
        return _refusal(
            lambda of: decide.permit_at(of, command, actor, now), state, lambda: timers.advance_to(state, now)
        )

    return await _refuse(app, look, stream, request)


def _is_put_to(app: Interlock, command: AnyCommand, actor: Actor) -> bool:
    """True for an answer to an ask that concerns the actor, even if they see nothing else of the engagement."""
    if not isinstance(command, OF_THOSE_ASKED):
        return False
    ask = app.read.ask(command.ask_id)
    return ask is not None and ask.concerns(actor.person_id)


async def require_may_on_change(app: Interlock, request: OrderRequest, engagement_id: EngagementId, n: int) -> bool:
    """The same for a change order: for those who see its engagement, or are asked by it."""
    command, actor = request.command, request.actor

    def look() -> Refusal | None:
        state, order = app.read.engagement(engagement_id), app.read.change_order(engagement_id, n)
        asks = order.asks.values() if order else ()
        asked = any(ask.concerns(actor.person_id) for ask in asks)
        if state is None or not (asked or may_see(state, actor, Sight.EXISTENCE)):
            return not_there()
        if order is None or order.is_over:
            return None
        return _refusal(
            lambda of: permit_on_change(of, command, actor), order, lambda: decide_change.advance_to(order, app.clock())
        )

    return await _refuse(app, look, change_stream(engagement_id, n), request)


def _refusal(permit_in: Callable[[S], object], state: S, later: Callable[[], S]) -> Refusal | None:
    """Why someone may not, neither as readers see it nor with what has fallen due since."""
    try:
        permit_in(state)
    except Refusal:
        try:
            permit_in(later())
        except Refusal as refusal:
            return refusal
    return None


async def _refuse(
    app: Interlock, look: Callable[[], Refusal | None], stream: str, request: CommandRequest | OrderRequest
) -> bool:
    """Raises what `look` finds, unless readers lag behind a receipt that was given: then it looks once more.

    If they still lag, someone who sees the engagement is not refused because of what may have changed: returns False.
    """
    refusal = await off_loop(look)
    if refusal is None:
        return True
    read = {stream, engagement_stream(engagement_of(stream))}
    waited = await asyncio.gather(*(caught_up(app, one) for one in read))
    if any(waited):
        refusal = await off_loop(look)
        if refusal is not None and not is_not_there(refusal) and any(map(app.lag.is_behind, read)):
            return False
    before = await off_loop(lambda: app.read.command_of_key(stream, key_of(request.id)))
    if refusal is not None and before is None:  # a repeat keeps its answer, and a reused key is reported first
        raise await off_loop(lambda: _unless_set_back(app, refusal, stream, request.actor))
    return True


def _unless_set_back(app: Interlock, refusal: Refusal, stream: str, actor: Actor) -> Refusal:
    """A refusal, unless it may be due to what a restored record no longer holds."""
    state = app.read.engagement(engagement_of(stream))
    if state is not None and may_see(state, actor, Sight.EXISTENCE):
        for one in (stream, engagement_stream(state.id)):
            if app.standings.of(one).quarantined:
                return quarantine_refusal(one)
    return unless_behind(app, refusal)
