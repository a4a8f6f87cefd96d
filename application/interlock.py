"""Interlock as its front doors see it: everything a use-case needs, wired once by `cli.py`.

A command goes: caller → this → one update → the workflow's decision → the record → a receipt. What cannot
change any more (the engagement is over, the ask has ended) and what is not the caller's to do is refused here from
the read model, so that neither stale clicks nor forbidden commands reach the engine.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import anyio.to_thread
from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_fixed

from adapters.chat_cards import ChatCards
from adapters.clock import SYSTEM_CLOCK, Clock
from adapters.content_store import Contents
from adapters.database import DATABASE_AWAY
from adapters.installation import Installation
from adapters.intake import Intake
from adapters.outbox import Outbox
from adapters.people_operations import PeopleOperations
from adapters.read_model import ReadModel
from adapters.registry import Registry
from adapters.standing import Standing, Standings
from application.access import Caller
from application.acknowledging import Acknowledgements
from application.bringing_forward import bring_forward, is_behind
from application.engine import Engine, RefusedByWorkflow
from application.in_flight import InFlight
from application.lag import Lag
from application.proofs import Proofs
from domain.asking.permissions import OF_THOSE_ASKED
from domain.asks import Ask
from domain.card import concerns
from domain.change_order import decide as decide_change
from domain.change_order.order import AnyOrderCommand, ChangeOrder
from domain.change_order.permissions import permit as permit_on_change
from domain.engagement import decide
from domain.engagement.commands import AnyCommand
from domain.engagement.permissions import Sight, may_see, may_try, permit
from domain.engagement.state import Engagement
from domain.refusals import (
    NOTHING_LOST,
    OPERATORS_AT_WORK,
    Ended,
    KeyReused,
    NotFound,
    NotYours,
    Quarantined,
    Refusal,
    Rule,
    quarantine_refusal,
)
from domain.streams import change_stream, engagement_of, engagement_stream
from domain.turn import Actor
from domain.values import digest
from workflows.messages import OrderRequest, Receipt, Request

T = TypeVar("T")
S = TypeVar("S", Engagement, ChangeOrder)

STORE_AWAY = DATABASE_AWAY
"""What a query or a write raises while the database cannot serve; the same may be tried again."""

LAG_PATIENCE_SECONDS = 1.0
LAG_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Interlock:
    """The engine and the stores that the use-cases share."""

    engine: Engine
    read: ReadModel
    registry: Registry
    people: PeopleOperations
    documents: Contents
    proofs: Proofs
    outbox: Outbox
    intake: Intake
    cards: ChatCards
    standings: Standings
    acknowledgements: Acknowledgements
    installation: Installation
    clock: Clock = SYSTEM_CLOCK
    lag: Lag = field(default_factory=Lag)
    in_flight: InFlight = field(default_factory=InFlight)


class DatabaseAway(Refusal):
    """How a front door answers one of `STORE_AWAY`."""

    rule, title, status = Rule.WELL_FORMED, "The database does not answer", 503


class NotKept(Refusal):
    rule, title, status = Rule.THE_RECORD_STANDS, "This was not carried out", 503


class RecordBehind(Refusal):
    rule, title, status = Rule.THE_RECORD_STANDS, "Recent work is being restored", 503


async def off_loop(call: Callable[[], T]) -> T:
    """Runs a query beside the event loop, so that a slow database holds up nobody else."""
    return await anyio.to_thread.run_sync(call)


def request_id(caller: Caller, stream: str) -> str:
    """The id of an update: the same caller, route and key on the same stream is the same request."""
    text = f"{caller.actor.person}|{caller.route}|{stream}|{caller.key}"
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(command: str) -> str:
    """The id of a command without its body: the same for whatever comes under one key."""
    return command.partition(".")[0]


def bound_id(caller: Caller, stream: str, body: str) -> str:
    """The id of a command, bound to its body: by it the ledger knows a repeat, and a key that is used for another."""
    return f"{request_id(caller, stream)}.{body[:16]}"


async def carry_out(
    app: Interlock, caller: Caller, engagement: str, command: AnyCommand, *, said: object = None
) -> Receipt:
    """Carries out a command on an engagement and waits, briefly, until readers see it.

    `said` is what the caller sent, where the command holds more (facts of the directory, rendered bytes): a repeat
    is known by that, whatever was imported meanwhile. Raises: any Refusal of the domain, NotFound, EngineAway.
    """
    stream = engagement_stream(engagement)
    body = digest(command if said is None else said)
    request = Request(
        id=bound_id(caller, stream, body), body=body, actor=caller.actor, command=command, readings=caller.readings
    )
    await _require_may(app, request, engagement, stream)
    return await _carried_out(app, stream, request, lambda: _end_of(app.read, engagement))


async def carry_out_on_change(
    app: Interlock, caller: Caller, engagement: str, n: int, command: AnyOrderCommand, *, said: object = None
) -> Receipt:
    """The same for a change order."""
    stream = change_stream(engagement, n)
    body = digest(command if said is None else said)
    request = OrderRequest(id=bound_id(caller, stream, body), body=body, actor=caller.actor, command=command)
    await _require_may_on_change(app, request, engagement, n)
    return await _carried_out(app, stream, request, lambda: _end_of_change(app.read.change_order(engagement, n)))


async def try_out(app: Interlock, caller: Caller, engagement: str, command: AnyCommand) -> None:
    """Raises what a command would be refused with, as readers see the engagement. Nothing comes of it.

    For a face that can let somebody correct what they typed: what counts is decided by the engagement alone, after.
    """
    stream, now = engagement_stream(engagement), app.clock()
    request = Request(id=request_id(caller, stream), body=digest(command), actor=caller.actor, command=command)
    await _require_may(app, request, engagement, stream)

    def look() -> Refusal | None:
        state = app.read.engagement(engagement)
        return _tried(lambda: state and decide.decide(decide.up_to(state, now), command, caller.actor, now))

    await _refuse(app, look, stream, request)


async def try_out_on_change(app: Interlock, caller: Caller, engagement: str, n: int, command: AnyOrderCommand) -> None:
    """The same for a change order."""
    stream, now = change_stream(engagement, n), app.clock()
    request = OrderRequest(id=request_id(caller, stream), body=digest(command), actor=caller.actor, command=command)
    await _require_may_on_change(app, request, engagement, n)

    def look() -> Refusal | None:
        order = app.read.change_order(engagement, n)
        return _tried(
            lambda: order and decide_change.decide(decide_change.up_to(order, now), command, caller.actor, now)
        )

    await _refuse(app, look, stream, request)


def _tried(decides: Callable[[], object]) -> Refusal | None:
    try:
        decides()
    except Refusal as refusal:
        return refusal
    return None


async def _require_may(app: Interlock, request: Request, engagement: str, stream: str) -> None:
    """Sight first, then leave: who may not is refused here, and fills none of the engine's places.

    A repeat of what was carried out keeps its answer, whatever its caller lost since. Raises NotFound, and what
    `permit` raises.
    """
    command, actor = request.command, request.actor

    def look() -> Refusal | None:
        state = app.read.engagement(engagement)
        if state is None or not (_is_put_to(app, command, actor) or may_try(state, command, actor)):
            return not_there()
        if state.is_over:
            return None
        return _refusal(lambda of: permit(of, command, actor), state, lambda: decide.up_to(state, app.clock()))

    await _refuse(app, look, stream, request)


def _is_put_to(app: Interlock, command: AnyCommand, actor: Actor) -> bool:
    """True for a word to an ask that concerns who says it, also where they see nothing else of the engagement."""
    if not isinstance(command, OF_THOSE_ASKED):
        return False
    ask = app.read.ask(command.ask)
    return ask is not None and concerns(ask, actor.person)


async def _require_may_on_change(app: Interlock, request: OrderRequest, engagement: str, n: int) -> None:
    """The same for a change order: for who sees its engagement, or is asked by it."""
    command, actor = request.command, request.actor

    def look() -> Refusal | None:
        state, order = app.read.engagement(engagement), app.read.change_order(engagement, n)
        asks = order.asks.values() if order else ()
        asked = any(concerns(ask, actor.person) for ask in asks)
        if state is None or not (asked or may_see(state, actor, Sight.EXISTENCE)):
            return not_there()
        if order is None or order.is_over:
            return None
        return _refusal(
            lambda of: permit_on_change(of, command, actor), order, lambda: decide_change.up_to(order, app.clock())
        )

    await _refuse(app, look, change_stream(engagement, n), request)


def _refusal(permit_in: Callable[[S], None], state: S, later: Callable[[], S]) -> Refusal | None:
    """Why somebody may not, neither as readers see it nor with what time has brought about since."""
    try:
        permit_in(state)
    except Refusal:
        try:
            permit_in(later())
        except Refusal as refusal:
            return refusal
    return None


async def _refuse(
    app: Interlock, look: Callable[[], Refusal | None], stream: str, request: Request | OrderRequest
) -> None:
    """Raises what `look` finds, unless readers lag behind a receipt that was given: then it looks once more."""
    refusal = await off_loop(look)
    if refusal is None:
        return
    waited = [await _caught_up(app, one) for one in {stream, engagement_stream(engagement_of(stream))}]
    if any(waited):
        refusal = await off_loop(look)
    before = await off_loop(lambda: app.read.command_of_key(stream, key_of(request.id)))
    if refusal is not None and before is None:  # a repeat keeps its answer, and a key that was used is told first
        raise await off_loop(lambda: _unless_set_back(app, refusal, stream, request.actor))


def _unless_set_back(app: Interlock, refusal: Refusal, stream: str, actor: Actor) -> Refusal:
    """A refusal, unless it may rest on what a record that was restored from an older copy does not hold any more."""
    state = app.read.engagement(engagement_of(stream))
    if state is not None and may_see(state, actor, Sight.EXISTENCE):
        for one in (stream, engagement_stream(state.id)):
            if app.standings.of(one).quarantined:
                return quarantine_refusal(one)
    return _unless_behind(app, refusal)


def _unless_behind(app: Interlock, refusal: Refusal) -> Refusal:
    """The same where nothing is known of it: in the same words whether there ever was such an engagement or not."""
    if isinstance(refusal, NotFound) and app.installation.stopped():
        return RecordBehind(
            "Not found among what can be read now. Interlock was restored from a backup, and what was done since "
            "that backup is still being filled in. Nothing was deleted.",
            remedy=OPERATORS_AT_WORK,
        )
    return refusal


async def _caught_up(app: Interlock, stream: str) -> bool:
    """Waits, briefly, until readers have reached the last receipt of a stream; False where they have already."""
    return await app.lag.caught_up(stream, lambda sequence: _visible(app, stream, sequence))


class _End(NamedTuple):
    """How something ended, and the refusal of whatever comes after."""

    stage: str
    refusal: Ended


def _end_of(read: ReadModel, engagement: str) -> _End | None:
    """Asked before each command: what still runs is told by its stage, and not read whole."""
    stage = read.stage_of(engagement)
    state = read.engagement(engagement) if stage is not None and stage.is_end else None
    if state is None or not state.is_over:
        return None
    return _End(state.stage.value, Ended(f"The engagement is {state.stage.value}.", remedy="Start another one."))


def _end_of_change(order: ChangeOrder | None) -> _End | None:
    if order is None or not order.is_over:
        return None
    status = order.status.value
    return _End(status, Ended(f"Change {order.brief.n} is {status}.", remedy="Submit another change."))


async def _carried_out(
    app: Interlock, stream: str, request: Request | OrderRequest, look: Callable[[], _End | None]
) -> Receipt:
    """Sends a request to what runs. What has ended knows no repeats: of it the ledger says what the request did."""
    return app.acknowledgements.answered(await _receipt(app, stream, request, look))


async def _receipt(
    app: Interlock, stream: str, request: Request | OrderRequest, look: Callable[[], _End | None]
) -> Receipt:
    end, standing, before = await off_loop(
        lambda: (look(), app.standings.of(stream), app.read.command_of_key(stream, key_of(request.id)))
    )
    if before not in {None, request.id}:
        raise KeyReused("This key came before with another body.", remedy="Use a new key for a new request.")
    request = request.having(done=before is not None)
    if end is None:
        if standing.quarantined:
            raise quarantine_refusal(stream)
        try:
            async with app.in_flight.place(request.actor.person):
                receipt = await _commanded(app, stream, request)
        except RefusedByWorkflow as refused:
            return await _done_before(app, stream, request, refused)
        except NotFound:  # it may have ended while the request was on its way
            end = await off_loop(look)
            if end is None:
                if not standing.seq:
                    raise
                await _quarantine(app, stream, "the engine does not know it")
                raise quarantine_refusal(stream) from None
        else:
            await until_visible(app, receipt)
            return await _as_recorded(app, stream, request, receipt)
    return await _before_the_end(app, stream, request, end, standing)


async def _before_the_end(
    app: Interlock, stream: str, request: Request | OrderRequest, end: _End, standing: Standing
) -> Receipt:
    """What a request did before it all ended. Raises the refusal of any other."""
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None:
        raise end.refusal
    if effect.seq > standing.acknowledged:  # an engine that lost it with a task would be taken for an older one
        await bring_forward(app.engine, app.standings, stream, effect.seq)
    return Receipt(stream=stream, sequence=effect.seq, happened=effect.happened, stage=end.stage)


async def _commanded(app: Interlock, stream: str, request: Request | OrderRequest) -> Receipt:
    """The engine's answer. One that does not know all that somebody was told of is brought to it, or quarantined."""
    for last in (False, True):
        standing = await off_loop(lambda: app.standings.of(stream))
        try:
            return await app.engine.command(stream, request.having(acknowledged=standing.known))
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
    app: Interlock, stream: str, request: Request | OrderRequest, refused: RefusedByWorkflow
) -> Receipt:
    """What a request did that the engine has lost and the record has not. Raises the refusal of any other."""
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None or not await bring_forward(app.engine, app.standings, stream, effect.seq):
        raise refused
    stage = await off_loop(lambda: app.read.stage_of(engagement_of(stream)))
    return Receipt(stream=stream, sequence=effect.seq, happened=effect.happened, stage=stage.value if stage else "")


async def _as_recorded(app: Interlock, stream: str, request: Request | OrderRequest, receipt: Receipt) -> Receipt:
    """The receipt of what stands: after facts that the engine did not know, where it had to void these first.

    Raises NotKept where the record holds other facts in the place of those that were decided.
    """
    if not receipt.happened:
        return receipt
    stands = await off_loop(lambda: app.read.command_at(stream, receipt.sequence))
    if stands in {None, request.id}:  # not there yet, or its own
        return receipt
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None:
        raise NotKept(
            f"Interlock was interrupted while it handled this, and nothing of it was carried out. {NOTHING_LOST}",
            remedy="Do the same again. Over the API, send the same Idempotency-Key.",
        )
    return receipt.having(sequence=effect.seq, happened=effect.happened)


async def until_visible(app: Interlock, receipt: Receipt) -> None:
    """Waits until the record has reached a receipt; one that lags longer holds up nobody.

    Raises Quarantined where it never will: record and engine differ, and what was decided was let go of.
    """
    app.lag.given(receipt.stream, receipt.sequence)
    standing = await _visible(app, receipt.stream, receipt.sequence)
    if standing is not None and standing.quarantined:
        raise quarantine_refusal(receipt.stream)


async def _visible(app: Interlock, stream: str, sequence: int) -> Standing | None:
    def reached() -> Standing | None:
        standing = app.standings.of(stream)
        return standing if standing.quarantined or standing.seq >= sequence else None

    standing = await eventually(reached, LAG_PATIENCE_SECONDS)
    if standing is not None:
        app.lag.reached(stream, sequence)
    return standing


async def _quarantine(app: Interlock, stream: str, why: str) -> None:
    await off_loop(lambda: app.standings.quarantine(stream, why, app.clock()))


async def eventually(query: Callable[[], T], seconds: float) -> T | None:
    """Asks until there is an answer that is not empty; None when the time is up."""
    try:
        return await AsyncRetrying(
            retry=retry_if_result(lambda answer: not answer),
            wait=wait_fixed(LAG_PAUSE_SECONDS),
            stop=stop_after_delay(seconds),
        )(off_loop, query)
    except RetryError:
        return None


def not_there() -> NotFound:
    """The one answer outside one's engagements, in the same words whether there is one or not."""
    return NotFound("There is no such engagement here.", remedy="See the list of engagements.")


async def seen(app: Interlock, actor: Actor, engagement: str, sight: Sight = Sight.EXISTENCE) -> Engagement:
    """An engagement, for somebody who may see this much of it. Raises NotFound, NotYours."""

    def look() -> Engagement | Refusal:
        state = app.read.engagement(engagement)
        if state is None or not may_see(state, actor, Sight.EXISTENCE):
            return not_there()
        if not may_see(state, actor, sight):
            return NotYours(f"You have no part in {engagement}.", remedy=f"Ask {state.cast.name(state.manager)}.")
        return state

    found = await off_loop(look)
    if isinstance(found, Refusal) and await _caught_up(app, engagement_stream(engagement)):
        found = await off_loop(look)
    if isinstance(found, Refusal):
        raise await off_loop(lambda: _unless_behind(app, found))
    return found


async def put_to(app: Interlock, actor: Actor, ask: str, engagement: str) -> Ask | None:
    """An ask of an engagement, for those whom it concerns and who see the engagement; None for one that is not there.

    Raises NotFound for everybody else.
    """
    known = await off_loop(lambda: app.read.ask(ask))
    if known is not None and concerns(known, actor.person):
        return known
    await seen(app, actor, engagement)
    return await off_loop(lambda: app.read.ask(ask))


async def seen_change(app: Interlock, actor: Actor, engagement: str, n: int) -> ChangeOrder:
    """A change order, for somebody who may see its engagement."""
    await seen(app, actor, engagement)
    order = await off_loop(lambda: app.read.change_order(engagement, n))
    if order is None:
        raise NotFound(f"There is no change {n}.", remedy="See the register of changes.")
    return order
