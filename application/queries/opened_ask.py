"""An ask with all that is needed to decide it, on one screen: what its page shows beside the card."""

from functools import partial
from typing import NamedTuple

from application.commands.asks import aggregate_of, place_of, stream_of
from application.context import Interlock
from application.notifications.cards import EarlierHours, asked_now, card_of, to_estimate
from application.off_loop import off_loop
from application.queries.colleagues import SelectableColleague, delegates, owners
from application.queries.document_texts import text_of
from application.queries.last_message import LastMessage, newest_message
from application.queries.price import FiguresView, PriceView, figures_view, price_view
from application.queries.scope import PackageView, package_view
from application.queries.view import UTC_ZONE, Reader
from domain.asks.card import Card
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.questions import owes_information
from domain.asks.signature_record import signed_shown
from domain.change_order.order import ChangeOrder
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import Sight, may_see
from domain.next_steps.client_view import comes_next
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId

# Asks whose readers judge the deal by its figures.
ABOUT_FIGURES = frozenset({AskKind.ATTEST_ESTIMATE, AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL})


class Package(NamedTuple):
    """Something to estimate, what this person has given for it, and what its fields begin with."""

    id: str
    given: EarlierHours | None
    shown: EarlierHours | None


class DealFigures(NamedTuple):
    """The price, its figures and the hours of each package, for those who may see figures."""

    price: PriceView | None
    figures: FiguresView | None
    packages: tuple[PackageView, ...]
    currency: str


class OpenedAsk(NamedTuple):
    """An ask as one reader sees it."""

    actor: Actor
    card: Card
    packages: tuple[Package, ...] = ()
    colleagues: tuple[SelectableColleague, ...] = ()
    """Who may get a condition."""
    delegates: tuple[SelectableColleague, ...] = ()
    """Who may answer for the reader."""
    text: str | None = None
    """The Markdown of the document that it is about."""
    zone: str = UTC_ZONE
    """The zone in which its reader reads times."""
    is_of_client: bool = False
    signing: str | None = None
    """How to sign, if an answer would be a signature that cannot be given where it is shown."""
    signed: tuple[str, ...] = ()
    """Who has signed the document by now, one sentence each: its text stays as it was drafted."""
    next: tuple[str, ...] = ()
    """What comes next, once its reader has answered or it has ended."""
    newest_key: str | None = None
    newest: AskId | None = None
    """The ask that replaced this one, if its reader has a part in that; the key to it, if it was opened by a link."""
    figures: DealFigures | None = None
    told: LastMessage | None = None
    """Who was last told of it; for colleagues."""
    may_inform: bool = False
    """True while a question is open that the reader answers."""


async def open_ask(app: Interlock, actor: Actor, ask_id: AskId) -> OpenedAsk:
    """For someone who signed in. Raises NotFound, PermissionDenied."""
    directory = await off_loop(app.registry.directory)
    card = await card_of(app, ask_id, actor.person_id)
    return await with_newest(app, await opened(app, actor, card, directory))


async def opened(app: Interlock, actor: Actor, card: Card, directory: Directory) -> OpenedAsk:
    """A card with what is around it: fields for hours, text, colleagues, signatures, figures."""
    one = OpenedAsk(actor, card, text=await text_of(app, actor, card))
    if card.kind is AskKind.ESTIMATE:
        asked = await to_estimate(app, card.ask_id, actor.person_id)
        named = (Package(name, asked.given.get(name), asked.shown.get(name)) for name in asked.packages)
        one = one._replace(packages=tuple(named))
    return await off_loop(lambda: _with_what_is_around(app, one, directory))


async def with_newest(app: Interlock, opened_ask: OpenedAsk) -> OpenedAsk:
    """If it was replaced, with the ask that is open now."""
    card = opened_ask.card
    if card.outcome is not Outcome.SUPERSEDED:
        return opened_ask
    newest = await asked_now(app, card.ask_id, opened_ask.actor.person_id)
    return opened_ask if newest == card.ask_id else opened_ask._replace(newest=newest)


def state_of(app: Interlock, of: Engagement | ChangeOrder, engagement_id: EngagementId) -> Engagement | None:
    """The engagement that an ask's aggregate is, or belongs to."""
    return of if isinstance(of, Engagement) else app.read.engagement(engagement_id)


def _with_what_is_around(app: Interlock, opened_ask: OpenedAsk, directory: Directory) -> OpenedAsk:
    person_id, card = opened_ask.actor.person_id, opened_ask.card
    of = aggregate_of(app, place_of(card.ask_id))
    ask = (of.asks.get(card.ask_id) or app.read.ask(card.ask_id)) if of is not None else None
    if of is None or ask is None:
        return opened_ask
    is_colleague = directory.colleague(person_id) is not None
    opened_ask = opened_ask._replace(
        colleagues=owners(of, directory) if is_colleague else (),
        delegates=delegates(of, ask, person_id, directory) if is_colleague and card.may_delegate else (),
        zone=of.cast.zone_of(person_id),
        is_of_client=of.cast.is_client(person_id),
        may_inform=owes_information(of, ask, person_id),
    )
    if is_colleague:
        reader = Reader(opened_ask.actor, opened_ask.zone)
        told = newest_message(app, reader, of.cast, [stream_of(card.ask_id)], card.ask_id)
        opened_ask = opened_ask._replace(told=told)
    state = state_of(app, of, card.engagement_id)
    return _with_its_engagement(opened_ask, state, of, ask) if state is not None else opened_ask


def _with_its_engagement(opened_ask: OpenedAsk, state: Engagement, of: Engagement | ChangeOrder, ask: Ask) -> OpenedAsk:
    """With who has signed, the figures, and once it is answered what comes next for a client's person."""
    person_id, card = opened_ask.actor.person_id, opened_ask.card
    document = state.documents.get(card.document.kind) if card.document else None
    if document is not None and card.document is not None and document.revision == card.document.revision:
        shown = partial(state.cast.shown_to, person_id)
        opened_ask = opened_ask._replace(signed=signed_shown(document, state.cast, shown))
    if card.kind in ABOUT_FIGURES and ask.is_open and may_see(state, opened_ask.actor, Sight.FIGURES):
        opened_ask = opened_ask._replace(figures=_figures(state, opened_ask))
    answered = not ask.is_open or any(vote.by == person_id for vote in ask.votes)
    if answered and opened_ask.is_of_client:
        aggregates = (state, *(() if of is state else (of,)))
        opened_ask = opened_ask._replace(next=comes_next(state, aggregates, person_id))
    return opened_ask


def _figures(state: Engagement, opened_ask: OpenedAsk) -> DealFigures:
    reader = Reader(opened_ask.actor, opened_ask.zone)
    packages = tuple(package_view(state, reader, one) for one in state.packages.values())
    return DealFigures(price_view(state), figures_view(state), packages, state.currency)
