"""Change orders and potential changes, as each side may see them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from adapters.db.read_model import ReadModel
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of
from application.queries.asks import AskView, ask_view
from application.queries.coverage import person_label
from application.queries.step_views import FirstStepView, NextStepView, change_step_views, first_of
from application.queries.view import FractionFigure, Instant, MoneyFigure, NamedPersonView, Reader, ShownPersonId, View
from application.queries.visibility import seen, seen_change
from domain.asks.facts_shown import text_shown
from domain.asks.model import Ask, AskKind
from domain.change_order.facts import revision_of
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.lines import ChangeFacts, ChangeItem, ChangeLine, ItemKind
from domain.engagement.changes.outlook import PRICE
from domain.engagement.changes.routing import all_together
from domain.engagement.changes.rules import standing_of
from domain.engagement.changes.values import ChangeStatus, PotentialChange
from domain.engagement.documents.values import (
    Signature,
)
from domain.engagement.permissions import (
    Sight,
    may_see,
)
from domain.shared.errors import (
    NotApprovedInside,
)
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId


class ChangeItemView(View):
    """One item of a change. `amount` is null for those who may not see it."""

    kind: ItemKind
    package: str | None
    requirement: str | None
    work: tuple[ChangeLine, ...]
    amount: MoneyFigure | None
    days: int
    text: str | None


class ChangeView(View):
    """A line of the register of changes: `price` and `days` are net, `value` is gross, which decides its route.

    `price` and `value` are null for those who may not see them.
    """

    view: Literal["firm"] = "firm"
    n: int
    revision: int
    title: str
    reason: str
    price: MoneyFigure | None
    value: MoneyFigure | None
    currency: str
    days: int
    items: tuple[ChangeItemView, ...]
    work: tuple[ChangeLine, ...]
    terms_changed: bool
    requirements_changed: bool
    status: ChangeStatus
    route: tuple[str, ...]
    by: ShownPersonId
    by_name: str
    for_name: str | None
    """In whose place this revision was submitted."""
    submitted_at: Instant
    next_step: FirstStepView | None = None
    """Its most pressing next step, and whose it is; null if it is decided, or nothing is known of it yet."""
    more_steps: int = 0
    """How many next steps it has besides that."""


class PotentialChangeView(PotentialChange):
    """A potential change with who noted it, its status, and whose it is now; null if it is settled."""

    by_name: str
    stands: str
    whose: NamedPersonView | None


class ChangeOrderView(ChangeView):
    """A change order as a whole: its lines with the experts' hours, its asks and signatures.

    `withdrawn_because`: in the words of who withdrew it; if its engagement ended, for those who may read why.
    """

    lines: dict[str, ChangeLine]
    estimated_by: dict[str, ShownPersonId]
    estimated_by_name: dict[str, str]
    attested: bool
    approved_inside: bool
    withdrawn_because: str | None
    together: str | None
    margin_p80: FractionFigure | None
    """After it and all others that count, while it is open; null for those who may not see it."""
    outlook: dict[str, str]
    """What it makes of the contract, in words: as things are now and, once it is approved, as they were then."""
    revisions: dict[str, int]
    """By ask to approve or sign it, the revision that it showed."""
    signatures: tuple[Signature, ...]
    next_steps: tuple[NextStepView, ...]
    asks: tuple[AskView, ...]
    seq: int


class ClientChangeItemView(View):
    """One item of a change as a person of the client sees it."""

    kind: ItemKind
    package: str | None
    requirement: str | None = None
    amount: MoneyFigure
    days: int
    text: str | None


class ClientChangeView(View):
    """A change order as a person of the client sees it, once it was put to them."""

    view: Literal["client"] = "client"
    n: int
    revision: int
    title: str
    reason: str
    price: MoneyFigure
    currency: str
    days: int
    items: tuple[ClientChangeItemView, ...]
    terms_changed: bool
    requirements_changed: bool
    status: ChangeStatus


class Register(View):
    """The register of changes."""

    changes: tuple[ChangeView | ClientChangeView, ...]
    potential: tuple[PotentialChangeView, ...] = ()
    """Those pending and the last that were settled; none for a client's person."""


def potential_views(state: Engagement) -> tuple[PotentialChangeView, ...]:
    """Each potential change that is kept."""
    return tuple(_potential(state, one) for one in state.potential_changes.values())


def _potential(state: Engagement, potential: PotentialChange) -> PotentialChangeView:
    standing = standing_of(state, potential)
    return PotentialChangeView(
        **potential.model_dump(),
        by_name=state.cast.name(potential.by),
        stands=standing.stands,
        whose=person_label(state, standing.whose) if standing.whose is not None else None,
    )


def change_views(
    state: Engagement, orders: Iterable[ChangeOrder], reader: Reader, now: datetime
) -> tuple[ChangeView, ...]:
    """The register, with prices for those who may see them. `orders`: those whose next steps are shown."""
    price = may_see(state, reader.actor, Sight.PRICE)
    running = {order.brief.n: order for order in orders}
    return tuple(_change(state, n, running.get(n), reader, now, price=price) for n in state.changes)


def _change(
    state: Engagement, n: int, order: ChangeOrder | None, reader: Reader, now: datetime, *, price: bool
) -> ChangeView:
    steps = change_step_views(state, order, reader, now) if order is not None else ()
    first, more = first_of(steps), max(0, len(steps) - 1)
    return ChangeView(**_registered(state, n, price=price), next_step=first, more_steps=more)


def client_change_view(state: Engagement, n: int) -> ClientChangeView:
    """A change as a person of the client sees it."""
    shown = set(ClientChangeView.model_fields) - {"view", "items"}
    registered = {name: value for name, value in _registered(state, n, price=True).items() if name in shown}
    items = (ClientChangeItemView(**item.model_dump(exclude={"work"})) for item in state.changes[n].facts.items)
    return ClientChangeView(**registered, items=tuple(items))


def is_put_to_client(order: ChangeOrder) -> bool:
    """True once this revision was put to the client for signature, or is approved.

    The firm signs before the client is asked, and a new revision begins without signatures.
    """
    asked = any(ask.for_client for ask in order.asks.values() if ask.kind is AskKind.SIGN_CHANGE)
    return order.status is ChangeStatus.APPROVED or (asked and bool(order.signatures))


def _registered(state: Engagement, n: int, *, price: bool) -> dict[str, object]:
    change = state.changes[n]
    facts: ChangeFacts = change.facts
    own = {name: getattr(facts, name) for name in (*ChangeFacts.model_fields, "price", "value", "days", "work")}
    kept = ("n", "revision", "status", "route", "by", "submitted_at")
    hidden = {} if price else {"price": None, "value": None}
    items = {"items": tuple(_item_view(item, price=price) for item in facts.items)}
    registered = {name: getattr(change, name) for name in kept}
    for_name = state.cast.name(change.for_whom) if change.for_whom is not None else None
    more = {"currency": state.currency, "by_name": state.cast.name(change.by), "for_name": for_name}
    return own | registered | items | hidden | more


def _item_view(item: ChangeItem, *, price: bool) -> ChangeItemView:
    shown = {name: getattr(item, name) for name in ChangeItem.model_fields}
    return ChangeItemView(**(shown if price else shown | {"amount": None}))


def change_order_view(
    state: Engagement, order: ChangeOrder, asks: Iterable[Ask], reader: Reader, now: datetime
) -> ChangeOrderView:
    """A change order as a colleague sees it, with all `asks` that it ever put."""
    price, figures = (may_see(state, reader.actor, sight) for sight in (Sight.PRICE, Sight.FIGURES))
    asks = tuple(asks)
    change, hides_why = state.changes[order.brief.n], order.brief.called_off is not None and not figures
    return ChangeOrderView(
        **_registered(state, order.brief.n, price=price),
        lines=order.lines,
        estimated_by=order.estimated_by,
        estimated_by_name={line: order.cast.name(person_id) for line, person_id in order.estimated_by.items()},
        attested=order.attested,
        approved_inside=order.approved_inside,
        withdrawn_because=None if hides_why else order.withdrawn_because,
        together=text_shown("together.value", order.brief.together) if price else None,
        margin_p80=all_together(state, change.facts, change.n).margin_p80
        if figures and change.status.is_open
        else None,
        outlook={name: told for name, told in order.brief.outlook.items() if price or name != PRICE}
        if change.status.counts
        else {},
        revisions={ask.id: revision for ask in asks if (revision := revision_of(ask)) is not None},
        signatures=order.signatures,
        next_steps=(steps := change_step_views(state, order, reader, now)),
        next_step=first_of(steps),
        more_steps=max(0, len(steps) - 1),
        asks=tuple(ask_view(order, ask, state, reader) for ask in asks),
        seq=order.seq,
    )


def open_orders(read: ReadModel, state: Engagement) -> tuple[ChangeOrder, ...]:
    numbers = (change.n for change in state.changes.values() if change.status.is_open)
    orders = (read.change_order(state.id, n) for n in numbers)
    return tuple(order for order in orders if order is not None)


async def shown_change(
    app: Interlock, actor: Actor, engagement_id: EngagementId, n: int
) -> ChangeOrderView | ClientChangeView:
    """A whole change order; a client's person sees less, and only what was put to them. Raises NotApprovedInside."""
    state = await seen(app, actor, engagement_id)
    order = await seen_change(app, actor, engagement_id, n)
    if not state.cast.is_client(actor.person_id):
        asks = await off_loop(lambda: app.read.asks_of_change(engagement_id, n))
        return change_order_view(state, order, asks, await reader_of(app, actor, state.cast), app.clock())
    if not is_put_to_client(order):
        raise NotApprovedInside(
            f"Change {n} has not been sent to you yet.",
            remedy=f"{state.cast.name(state.manager)} can say when it comes.",
        )
    return client_change_view(state, n)


async def register(app: Interlock, actor: Actor, engagement_id: EngagementId) -> Register:
    """The register of changes; a client's person sees those that were put to them."""
    state = await seen(app, actor, engagement_id)
    if not state.cast.is_client(actor.person_id):
        reader = await reader_of(app, actor, state.cast)
        changes = await off_loop(lambda: change_views(state, open_orders(app.read, state), reader, app.clock()))
        return Register(changes=changes, potential=potential_views(state))
    return Register(changes=await off_loop(lambda: put_to_client(app.read, state)))


def put_to_client(read: ReadModel, state: Engagement) -> tuple[ClientChangeView, ...]:
    """The changes that a client's person sees: those that were put to them."""
    orders = (read.change_order(state.id, n) for n in state.changes)
    put = (order.brief.n for order in orders if order is not None and is_put_to_client(order))
    return tuple(client_change_view(state, n) for n in put)
