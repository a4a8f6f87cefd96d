"""Interlock as its front doors see it: everything a use-case needs, wired once by `cli.py`.

A command goes: caller → this → one update → the workflow's decision → the record → a receipt. What cannot
change any more (the engagement is over, the ask has ended) is refused here from the read model, so that
stale clicks do not reach the engine.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import anyio.to_thread
from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_fixed

from adapters.chat_cards import ChatCards
from adapters.clock import SYSTEM_CLOCK, Clock
from adapters.content_store import Contents
from adapters.database import DATABASE_AWAY
from adapters.intake import Intake
from adapters.outbox import Outbox
from adapters.people_operations import PeopleOperations
from adapters.read_model import ReadModel
from adapters.registry import Registry
from adapters.standing import Standing, Standings
from application.access import Caller
from application.acknowledging import Acknowledgements
from application.engine import Engine, RefusedByWorkflow
from application.proofs import Proofs
from domain.change_order.order import AnyOrderCommand, ChangeOrder
from domain.engagement.commands import AnyCommand
from domain.engagement.permissions import Sight, may_see
from domain.engagement.state import Engagement
from domain.refusals import Ended, NotFound, NotYours, Quarantined, Refusal, Rule, quarantine_refusal
from domain.streams import change_stream, engagement_stream
from domain.turn import Actor
from domain.values import digest
from workflows.messages import OrderRequest, Receipt, Request

T = TypeVar("T")

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
    clock: Clock = SYSTEM_CLOCK


class DatabaseAway(Refusal):
    """How a front door answers one of `STORE_AWAY`."""

    rule, title, status = Rule.WELL_FORMED, "The database does not answer", 503


async def off_loop(call: Callable[[], T]) -> T:
    """Runs a query beside the event loop, so that a slow database holds up nobody else."""
    return await anyio.to_thread.run_sync(call)


def request_id(caller: Caller, stream: str) -> str:
    """The id of an update: the same caller, route and key on the same stream is the same request."""
    text = f"{caller.actor.person}|{caller.route}|{stream}|{caller.key}"
    return hashlib.sha256(text.encode()).hexdigest()


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
        id=request_id(caller, stream), body=body, actor=caller.actor, command=command, readings=caller.readings
    )
    return await _carried_out(app, stream, request, lambda: _end_of(app.read, engagement))


async def carry_out_on_change(
    app: Interlock, caller: Caller, engagement: str, n: int, command: AnyOrderCommand, *, said: object = None
) -> Receipt:
    """The same for a change order."""
    stream = change_stream(engagement, n)
    body = digest(command if said is None else said)
    request = OrderRequest(id=request_id(caller, stream), body=body, actor=caller.actor, command=command)
    return await _carried_out(app, stream, request, lambda: _end_of_change(app.read.change_order(engagement, n)))


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
    told = f": {state.ended_because}" if state.ended_because else "."
    return _End(state.stage.value, Ended(f"The engagement is {state.stage.value}{told}", remedy="Start another one."))


def _end_of_change(order: ChangeOrder | None) -> _End | None:
    if order is None or not order.is_over:
        return None
    status = order.status.value
    return _End(status, Ended(f"Change {order.brief.n} is {status}.", remedy="Submit another change."))


async def _carried_out(
    app: Interlock, stream: str, request: Request | OrderRequest, look: Callable[[], _End | None]
) -> Receipt:
    """Sends a request to what runs. What has ended knows no repeats: of it the ledger says what the request did."""
    end, standing = await off_loop(lambda: (look(), app.standings.of(stream)))
    if end is None:
        if standing.quarantined:
            raise quarantine_refusal(stream, standing.quarantined)
        try:
            receipt = await app.engine.command(stream, request.having(acknowledged=standing.acknowledged))
        except RefusedByWorkflow as refused:
            if refused.refused.name == Quarantined.__name__:
                await _quarantine(app, stream, f"the engine ends before fact {standing.acknowledged}")
            raise
        except NotFound:  # it may have ended while the request was on its way
            end = await off_loop(look)
            if end is None:
                if not standing.seq:
                    raise
                await _quarantine(app, stream, "the engine does not know it")
                raise quarantine_refusal(stream, "the engine does not know it") from None
        else:
            await until_visible(app, receipt)
            app.acknowledgements.note(stream, receipt.sequence)
            return receipt
    effect = await off_loop(lambda: app.read.effect_of(stream, request.id))
    if effect is None:
        raise end.refusal
    return Receipt(stream=stream, sequence=effect.seq, happened=effect.happened, stage=end.stage)


async def until_visible(app: Interlock, receipt: Receipt) -> None:
    """Waits until the record has reached a receipt; one that lags longer holds up nobody.

    Raises Quarantined where it never will: record and engine differ, and what was decided was let go of.
    """

    def reached() -> Standing | None:
        standing = app.standings.of(receipt.stream)
        return standing if standing.quarantined or standing.seq >= receipt.sequence else None

    standing = await eventually(reached, LAG_PATIENCE_SECONDS)
    if standing is not None and standing.quarantined:
        raise quarantine_refusal(receipt.stream, standing.quarantined)


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


async def seen(app: Interlock, actor: Actor, engagement: str, sight: Sight = Sight.EXISTENCE) -> Engagement:
    """An engagement, for somebody who may see this much of it. Raises NotFound, NotYours."""
    state = await off_loop(lambda: app.read.engagement(engagement))
    if state is None:
        raise NotFound(f"There is no engagement {engagement}.", remedy="See the list of engagements.")
    if not may_see(state, actor, sight):
        raise NotYours(f"You have no part in {engagement}.", remedy=f"Ask {state.cast.name(state.manager)}.")
    return state


async def seen_change(app: Interlock, actor: Actor, engagement: str, n: int) -> ChangeOrder:
    """A change order, for somebody who may see its engagement."""
    await seen(app, actor, engagement)
    order = await off_loop(lambda: app.read.change_order(engagement, n))
    if order is None:
        raise NotFound(f"There is no change {n}.", remedy="See the register of changes.")
    return order
