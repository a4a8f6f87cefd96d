"""What someone may see of an engagement: outside of it there is one answer, *not found*."""

from typing import Any

from application.context import Interlock
from application.off_loop import off_loop
from application.read_lag.await_visible import caught_up, eventually, on_its_way, read_when_there
from application.read_lag.unread_receipts import PATIENCE_SECONDS
from domain.asks.bound_facts import LACKS
from domain.asks.model import Ask
from domain.change_order.order import ChangeOrder
from domain.directory.delta import is_elsewhere
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import OF_COMMISSION, Sight, may_be_told, may_see, may_see_levels
from domain.shared.errors import (
    INCOMPLETE,
    OPERATORS_AT_WORK,
    IntegrityBroken,
    NotFound,
    PermissionDenied,
    Refusal,
    RefusalKind,
    Rule,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import change_stream, engagement_of, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId, PersonId
from workflows.messages import Receipt

NOT_HERE = "This engagement does not exist, or you cannot see it."


class RecordBehind(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "Some work cannot be shown right now", RefusalKind.UNAVAILABLE


def not_there() -> NotFound:
    """The one answer outside one's engagements, in the same words whether one exists or not."""
    return NotFound(NOT_HERE, remedy="Check the list of engagements.", action=RemedyAction.LIST_DEALS)


def is_not_there(refusal: Refusal | None) -> bool:
    """True for that answer."""
    return isinstance(refusal, NotFound) and str(refusal) == NOT_HERE


def incomplete(app: Interlock) -> str | None:
    """Why what can be read now may not be everything; None if it is."""
    return INCOMPLETE if app.standings.is_incomplete() else None


def unless_behind(app: Interlock, refusal: Refusal) -> Refusal:
    """RecordBehind instead of NotFound while the record may be incomplete, in the same words whatever exists."""
    if isinstance(refusal, NotFound) and incomplete(app):
        return RecordBehind(f"Not found in what can be shown now. {INCOMPLETE}", remedy=OPERATORS_AT_WORK)
    return refusal


async def seen(app: Interlock, actor: Actor, engagement_id: EngagementId, sight: Sight = Sight.EXISTENCE) -> Engagement:
    """An engagement, for someone who may see this much of it. Raises NotFound, PermissionDenied."""

    def look() -> Engagement | Refusal:
        state = app.read.engagement(engagement_id)
        if state is None or not may_see(state, actor, Sight.EXISTENCE):
            return not_there()
        if has_left(app.registry.directory(), state, actor.person_id):
            return not_there()
        if not may_see(state, actor, sight):
            return PermissionDenied(
                f"You are not part of {engagement_id}.", remedy=f"Ask {state.cast.name(state.manager)}."
            )
        return state

    found = await off_loop(look)
    if isinstance(found, Refusal) and await caught_up(app, engagement_stream(engagement_id)):
        found = await off_loop(look)
    if isinstance(found, Refusal):
        raise await off_loop(lambda: unless_behind(app, found))
    return found


def has_left(directory: Directory, state: Engagement, person_id: PersonId) -> bool:
    """True for someone who was with the client, or the firm, and no longer is: even if it ended before."""
    known = state.cast.people.get(person_id)
    return known is not None and is_elsewhere(directory, state, known)


async def receipt_seen(app: Interlock, actor: Actor, receipt: Receipt) -> Receipt:
    """A receipt without what its reader may not know: the commission, and for a client's person internal matters.

    For others the engagement is not read, so that no decision waits for it.
    """
    if OF_COMMISSION not in receipt.happened and await off_loop(lambda: _is_of_the_firm(app, actor)):
        return receipt
    state = await off_loop(lambda: app.read.engagement(engagement_of(receipt.stream)))
    if state is None:
        return receipt.replace(happened=(), asks=(), waits_for=(), made=())
    seen = receipt.replace(happened=tuple(kind for kind in receipt.happened if may_be_told(state, actor, kind)))
    return seen.replace(asks=(), waits_for=(), made=()) if state.cast.is_client(actor.person_id) else seen


def _is_of_the_firm(app: Interlock, actor: Actor) -> bool:
    """False also if the directory cannot be read: the decision is answered all the same."""
    try:
        known = app.registry.directory().person(actor.person_id)
    except (IntegrityBroken, NotFound):
        return False
    return known is not None and known.client is None


# The names under which facts hold levels of competence; so do values that an ask binds below `LACKS`.
OF_LEVELS = frozenset({"competencies", "levels"})


def without_levels(state: Engagement, actor: Actor, said: Any, person_id: PersonId | None = None) -> Any:
    """The content of a fact, with people's levels emptied wherever they occur if its reader may not see them.

    `person_id`: the person that this part is about.
    """
    if isinstance(said, list):
        return [without_levels(state, actor, one, person_id) for one in said]
    if not isinstance(said, dict):
        return said
    about = said.get("requester", said.get("id") if "competencies" in said else person_id)
    named = said.get("person_id", said.get("person", about))
    whose = PersonId(named) if isinstance(named, str) else person_id
    hides = not may_see_levels(state, actor, whose)
    return {
        name: type(one)()
        if hides and _tells_levels(name) and isinstance(one, dict | str)
        else without_levels(state, actor, one, whose)
        for name, one in said.items()
    }


def _tells_levels(name: str) -> bool:
    return name in OF_LEVELS or name.startswith(f"{LACKS}.")


async def put_to(app: Interlock, actor: Actor, ask_id: AskId, engagement_id: EngagementId) -> Ask | None:
    """An ask of an engagement, for those it concerns and those who see the engagement; None if it does not exist.

    Raises NotFound for everyone else.
    """
    known = await off_loop(lambda: app.read.ask(ask_id))
    if (
        known is not None
        and known.concerns(actor.person_id)
        and not await off_loop(lambda: _left(app, actor, engagement_id))
    ):
        return known
    await seen(app, actor, engagement_id)
    return await off_loop(lambda: app.read.ask(ask_id))


def _left(app: Interlock, actor: Actor, engagement_id: EngagementId) -> bool:
    """True if someone who was asked there is on another side now."""
    state = app.read.engagement(engagement_id)
    return state is not None and has_left(app.registry.directory(), state, actor.person_id)


async def seen_change(app: Interlock, actor: Actor, engagement_id: EngagementId, n: int) -> ChangeOrder:
    """A change order, for someone who may see its engagement. Raises CatchingUp for one that has not begun yet."""
    await seen(app, actor, engagement_id)
    return await change_there(app, engagement_id, n)


async def change_there(app: Interlock, engagement_id: EngagementId, n: int) -> ChangeOrder:
    """A change order, for someone already authorised. A registered one begins in a workflow of its own."""

    def look() -> ChangeOrder:
        order = app.read.change_order(engagement_id, n)
        if order is None:
            raise NotFound(
                f"There is no change {n}.", remedy="Check the register of changes.", action=RemedyAction.LIST_CHANGES
            )
        return order

    try:
        return await read_when_there(app, (engagement_stream(engagement_id), change_stream(engagement_id, n)), look)
    except NotFound:
        state = await off_loop(lambda: app.read.engagement(engagement_id))
        if state is None or n not in state.changes:
            raise
    order = await eventually(lambda: app.read.change_order(engagement_id, n), PATIENCE_SECONDS)
    if order is None:
        raise on_its_way()
    return order
