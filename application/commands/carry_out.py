"""The path of a command: caller → this → one update → the workflow's decision → the record → a receipt.

What can no longer change (the engagement is over, the ask has ended) is refused here from the read model, so that stale
clicks do not reach the engine.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from adapters.db.ledger import Effect
from adapters.db.read_model import ReadModel
from adapters.db.stream_status import StreamStatus
from application.authentication import Caller
from application.commands.early_refusals import require_may, require_may_on_change
from application.commands.request_ids import bound_id
from application.context import Interlock
from application.gateway_errors import RefusedByWorkflow
from application.off_loop import off_loop
from application.queries.visibility import receipt_seen
from application.read_lag.await_visible import until_visible
from application.reconciliation.compare import meet, stores_of, why_unknown
from application.reconciliation.restart_from_record import bring_forward, is_behind
from domain.change_order.order import AnyOrderCommand, ChangeOrder
from domain.engagement.commands import AnyCommand
from domain.shared.errors import (
    NOTHING_LOST,
    ChangeEnded,
    Ended,
    ForeignEngine,
    KeyReused,
    NotFound,
    Quarantined,
    Refusal,
    RefusalKind,
    Rule,
    has_ended,
    quarantine_refusal,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import change_stream, engagement_of, engagement_stream
from domain.shared.values import EngagementId, digest
from workflows.messages import CommandRequest, OrderRequest, Receipt, key_of

__all__ = ["Receipt", "carry_out", "carry_out_on_change"]  # entry points need nothing from the engine


class NotKept(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "This was not carried out", RefusalKind.UNAVAILABLE
    temporary = True


async def carry_out(
    app: Interlock, caller: Caller, engagement_id: EngagementId, command: AnyCommand, *, said: object = None
) -> Receipt:
    """Carries out a command on an engagement and waits, briefly, until readers see it.

    `said` is what the caller sent, if the command holds more (facts from the directory, rendered bytes): it identifies
    a repeat, whatever was imported in between. Raises: any Refusal of the domain, NotFound, EngineAway.
    """
    stream = engagement_stream(engagement_id)
    body = digest(command if said is None else said)
    request = CommandRequest(
        id=bound_id(caller, stream, body), body=body, actor=caller.actor, command=command, readings=caller.readings
    )
    is_sure = await require_may(app, request, engagement_id, stream)
    return await _carried_out(app, stream, request, lambda: _end_of(app.read, engagement_id), is_sure=is_sure)


async def carry_out_on_change(
    app: Interlock,
    caller: Caller,
    engagement_id: EngagementId,
    n: int,
    command: AnyOrderCommand,
    *,
    said: object = None,
) -> Receipt:
    """The same for a change order."""
    stream = change_stream(engagement_id, n)
    body = digest(command if said is None else said)
    request = OrderRequest(id=bound_id(caller, stream, body), body=body, actor=caller.actor, command=command)
    is_sure = await require_may_on_change(app, request, engagement_id, n)
    return await _carried_out(
        app, stream, request, lambda: _end_of_change(app.read.change_order(engagement_id, n)), is_sure=is_sure
    )


class _End(NamedTuple):
    """How something ended, and the refusal for anything that comes after."""

    stage: str
    refusal: Ended | ChangeEnded


def _end_of(read: ReadModel, engagement_id: EngagementId) -> _End | None:
    """Checked before each command: a running engagement is recognised by its stage, without reading it whole."""
    stage = read.stage_of(engagement_id)
    state = read.engagement(engagement_id) if stage is not None and stage.is_end else None
    if state is None or not state.is_over:
        return None
    return _End(state.stage.value, has_ended(state.stage.value))


def _end_of_change(order: ChangeOrder | None) -> _End | None:
    if order is None or not order.is_over:
        return None
    status = order.status.value
    return _End(
        status,
        ChangeEnded(
            f"Change {order.brief.n} is {status}.", remedy="Submit another change.", action=RemedyAction.SUBMIT_CHANGE
        ),
    )


async def _carried_out(
    app: Interlock,
    stream: str,
    request: CommandRequest | OrderRequest,
    look: Callable[[], _End | None],
    *,
    is_sure: bool,
) -> Receipt:
    """Sends a request to a running workflow. For one that has ended, the ledger says what the request did.

    `is_sure`: the caller certainly may. Otherwise the request takes one of the few places for doubtful ones.
    """
    place = app.in_flight.place(request.actor.person_id, doubtful_on="" if is_sure else stream)
    try:
        receipt = await _receipt(app, stream, request, look, place)
    except ForeignEngine:  # the engine was exchanged since it was checked
        await meet(stores_of(app))
        raise quarantine_refusal(stream) from None
    return app.acknowledgements.answered(await receipt_seen(app, request.actor, receipt))


async def _receipt(
    app: Interlock,
    stream: str,
    request: CommandRequest | OrderRequest,
    look: Callable[[], _End | None],
    place: AbstractAsyncContextManager[None],
) -> Receipt:
    end, standing, before = await off_loop(
        lambda: (look(), app.standings.of(stream), app.read.command_of_key(stream, key_of(request.id)))
    )
    if before not in {None, request.id}:
        raise KeyReused("This key has already been used with another body.", remedy="Use a new key for a new request.")
    request = request.replace(done=before is not None)
    if end is None:
        if standing.quarantined:
            raise quarantine_refusal(stream)
        try:
            async with place:
                receipt = await _commanded(app, stream, request)
        except RefusedByWorkflow as refused:
            return await _done_before(app, stream, request, refused)
        except NotFound:  # it may have ended while the request was on its way
            end = await off_loop(look)
            if end is None:
                if not standing.seq:
                    raise
                if await meet(stores_of(app)):  # another installation's engine knows none of our workflows
                    await _quarantine(app, stream, await why_unknown(app.engine, stream))
                raise quarantine_refusal(stream) from None
        else:
            await until_visible(app, receipt)
            return await _as_recorded(app, stream, request, receipt)
    return await _before_the_end(app, stream, request, end, standing)


async def _before_the_end(
    app: Interlock, stream: str, request: CommandRequest | OrderRequest, end: _End, standing: StreamStatus
) -> Receipt:
    """What a request did before everything ended. Raises the refusal for any other."""
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None:
        raise end.refusal
    if effect.seq > standing.acknowledged:  # an engine that lost it with a task would be taken for an older one
        await bring_forward(app.engine, app.standings, stream, effect.seq)
    return _receipt_of(effect, stream, end.stage)


def _receipt_of(effect: Effect, stream: str, stage: str) -> Receipt:
    return Receipt(stream=stream, sequence=effect.seq, happened=effect.happened, said=effect.said, stage=stage)


async def _commanded(app: Interlock, stream: str, request: CommandRequest | OrderRequest) -> Receipt:
    """The engine's answer. If it does not know all that people were told, it is brought forward, or quarantined."""
    for last in (False, True):
        standing = await off_loop(lambda: app.standings.of(stream))
        try:
            return await app.engine.command(
                stream, request.replace(acknowledged=standing.known, installation=standing.installation)
            )
        except RefusedByWorkflow as refused:
            is_quarantined = refused.refused.name == Quarantined.__name__
            if not is_quarantined and (last or not await is_behind(app.engine, stream, standing.seq)):
                raise
            if last or not await bring_forward(app.engine, app.standings, stream, standing.seq):
                if is_quarantined:
                    await _quarantine(app, stream, f"the engine ends before fact {standing.known}")
                raise
    raise AssertionError("either answered or raised")


async def _done_before(
    app: Interlock, stream: str, request: CommandRequest | OrderRequest, refused: RefusedByWorkflow
) -> Receipt:
    """What a request did that the engine has lost and the record has not. Raises the refusal for any other."""
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None or not await bring_forward(app.engine, app.standings, stream, effect.seq):
        raise refused
    stage = await off_loop(lambda: app.read.stage_of(engagement_of(stream)))
    return _receipt_of(effect, stream, stage.value if stage else "")


async def _as_recorded(
    app: Interlock, stream: str, request: CommandRequest | OrderRequest, receipt: Receipt
) -> Receipt:
    """The receipt of what is on record: it may follow facts unknown to the engine, which had to be voided first.

    Raises NotKept if the record holds other facts in place of those that were decided, or none and the workflow has
    dropped them since: the server repeats an earlier answer until the run that gave it is over.
    """
    if not receipt.happened:
        return receipt
    stands = await off_loop(lambda: app.read.command_at(stream, receipt.sequence))
    if stands == request.id or (stands is None and await app.engine.remembers(stream, request.id)):
        return receipt
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None:
        app.lag.reached(stream, receipt.sequence)  # no one waits for what never comes
        raise NotKept(
            f"Interlock was interrupted while it handled this, and nothing of it was carried out. {NOTHING_LOST}",
            remedy="Do the same again. Over the API, send the same Idempotency-Key.",
        )
    return receipt.replace(sequence=effect.seq, happened=effect.happened, said=effect.said)


async def _quarantine(app: Interlock, stream: str, why: str) -> None:
    await off_loop(lambda: app.standings.quarantine(stream, why, app.clock()))
