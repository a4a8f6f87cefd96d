"""Cards of asks, for those who may see them: composed from the read model each time, and never stored."""

from typing import NamedTuple

from application.commands.asks import place_of
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.document_changes import changes_between
from application.queries.visibility import has_left, not_there
from domain.asks.bound_facts import part_of
from domain.asks.card import Card, CardPlace, card_for, seen_before, thread_card
from domain.asks.context_shown import shown_beside
from domain.asks.facts_shown import facts_shown
from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import may_see_facts
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import NotFound, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import AskId, PersonId


class _Found(NamedTuple):
    """An ask with its aggregate and its engagement."""

    of: AskHolder
    ask: Ask
    state: Engagement
    before: tuple[Ask, ...]
    """Asks among which are those about the same thing that someone was asked before."""

    @property
    def place(self) -> CardPlace:
        return CardPlace(self.state.id, self.state.title, self.state.client)


async def card_of(app: Interlock, ask_id: AskId, person_id: PersonId) -> Card:
    """An ask as it is now, for someone who may see it. Raises NotFound, PermissionDenied."""
    found = await off_loop(lambda: _find(app, ask_id))
    if await off_loop(lambda: has_left(app.registry.directory(), found.state, person_id)):
        raise not_there()
    actor = Actor(person_id=person_id)
    whole = may_see_facts(found.state, actor, found.ask)
    if not (whole or found.ask.concerns(person_id)):
        raise PermissionDenied("You are not asked this.", remedy="Speak with the people asked.")
    card = card_for(found.of, found.ask, found.place, person_id, whole=whole, before=found.before)
    if whole:
        card = card.replace(beside=shown_beside(found.of, found.state, found.ask, actor))
    if card.document is None:
        return card
    changes = await changes_between(app, seen_before(found.before, found.ask, person_id), found.ask)
    return card.replace(changed=(*card.changed, *changes))


async def card_in_thread(app: Interlock, ask_id: AskId) -> Card:
    """An ask as it is shown in the channel of its engagement. Raises NotFound."""
    found = await off_loop(lambda: _find(app, ask_id))
    return thread_card(found.of, found.ask, found.place)


async def asked_now(app: Interlock, ask_id: AskId, person_id: PersonId) -> AskId:
    """The newest ask about the same thing, if this person has a part in it; otherwise this one."""
    found = await off_loop(lambda: _find(app, ask_id))
    newest = found.of.last_ask(found.ask.kind, found.ask.subject)
    return newest.id if newest is not None and newest.concerns(person_id) else ask_id


def _find(app: Interlock, ask_id: AskId) -> _Found:
    place = place_of(ask_id)
    state = app.read.engagement(place.engagement_id)
    of: AskHolder | None = state if place.change is None else app.read.change_order(place.engagement_id, place.change)
    known = (of.asks.get(ask_id) or app.read.ask(ask_id)) if of else None
    if state is None or of is None or known is None:
        raise NotFound(
            f"There is no ask {ask_id}.",
            remedy="Copy the id from your inbox.",
            action=RemedyAction.LIST_ASKS,
            field="ask_id",
        )
    return _Found(of, known, state, app.read.asks_before(known) if of.ended else tuple(of.asks.values()))


class EarlierHours(NamedTuple):
    """What someone gave for a package before."""

    hours: ThreePoints
    assumptions: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


class ToEstimate(NamedTuple):
    """The packages, or lines of a change, that an ask wants hours for: what each is, and what was given before."""

    packages: dict[str, str]
    given: dict[str, EarlierHours]
    shown: dict[str, EarlierHours]
    """What a form begins with: what was given, else what was given before a return or a change of the package."""


async def to_estimate(app: Interlock, ask_id: AskId, person_id: PersonId) -> ToEstimate:
    """What an ask for an estimate wants of someone. Raises NotFound."""
    found = await off_loop(lambda: _find(app, ask_id))
    known = found.of.lines if isinstance(found.of, ChangeOrder) else found.state.packages
    packages = {name: _shown_of(found, name) for name in (*found.ask.packages, *found.ask.lines) if name in known}
    given = {name: one for name, one in _given(found, person_id).items() if name in packages}
    return ToEstimate(
        packages, given, {name: one for name in packages if (one := _before(found, person_id, name))} | given
    )


def _shown_of(found: _Found, name: str) -> str:
    """What an ask for hours says about one package, or line of a change."""
    facts = part_of(found.ask.facts, f"package.{name}") or part_of(found.ask.facts, f"line.{name}")
    return "".join(facts_shown(found.of.cast, found.ask.kind, facts).values())


def _before(found: _Found, person_id: PersonId, package: str) -> EarlierHours | None:
    one = found.of.hours_before(person_id, package) if isinstance(found.of, Engagement) else None
    return EarlierHours(one.hours, one.assumptions, one.risks) if one is not None else None


def _given(found: _Found, person_id: PersonId) -> dict[str, EarlierHours]:
    if isinstance(found.of, ChangeOrder):
        order = found.of
        return {
            name: EarlierHours(hours)
            for name, hours in order.hours.items()
            if order.estimated_by.get(name) == person_id
        }
    estimates = (one for one in found.state.estimates if one.by == person_id)
    return {one.package: EarlierHours(one.hours, one.assumptions, one.risks) for one in estimates}
