"""A whole engagement, as its reader may see it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from application.context import Interlock
from application.notifications.undelivered import with_undelivered
from application.off_loop import off_loop
from application.queries.access import reader_of
from application.queries.asks import AskView, ask_view, with_capacity
from application.queries.change_orders import (
    ChangeView,
    ClientChangeView,
    PotentialChangeView,
    change_views,
    open_orders,
    potential_views,
    put_to_client,
)
from application.queries.closing import ClosingView, closing_view
from application.queries.complaints import ClientComplaintView, ComplaintView, complaint_views, own_complaint_views
from application.queries.coverage import RoleView, coverage_view, person_label
from application.queries.documents import DocumentView, document_view, is_shown_outside
from application.queries.milestones import MilestoneView, milestone_view
from application.queries.price import DecisionView, FiguresView, PriceView, decision_view, figures_view, price_view
from application.queries.promises import PromiseView, promise_view
from application.queries.scope import (
    PackageView,
    RequirementView,
    SaidView,
    StaffingView,
    package_view,
    requirement_view,
    staffing_view,
)
from application.queries.step_views import NextStepView, step_views
from application.queries.tasks import TaskView, task_view
from application.queries.vacancies import VacancyView, vacancy_view
from application.queries.view import (
    Figure,
    Instant,
    MoneyFigure,
    NamedPersonView,
    Reader,
    View,
)
from application.queries.visibility import seen
from domain.asks.holder import AskHolder
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import is_attested, needs_are_confirmed
from domain.engagement.closing.values import Hold
from domain.engagement.deal_origin import External
from domain.engagement.delivery.complaint_status import OF_COMPLAINTS, newest
from domain.engagement.delivery.hours_worked import worked_of_sold
from domain.engagement.delivery.values import Contact, Pulse
from domain.engagement.documents.current_requirements import requirements_now, said_of_none
from domain.engagement.documents.values import (
    DocumentKind,
    PreparedRequirement,
)
from domain.engagement.needs.fulfilment import uncovered_needs, untraced_requirements
from domain.engagement.needs.rules import homeless_promises
from domain.engagement.needs.values import Need
from domain.engagement.permissions import (
    Sight,
    may_see,
)
from domain.engagement.pricing.values import PriceWish
from domain.engagement.scope.estimates import is_estimated
from domain.engagement.scope.values import Purchase
from domain.next_steps.client_view import awaited_of_client
from domain.playbook.model import Kind, Stage
from domain.shared.errors import (
    paused,
)
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import Day, EngagementId


class EngagementView(View):
    """An engagement as a colleague sees it."""

    view: Literal["firm"] = "firm"
    stopped: str | None = None
    """Set while changes are stopped by a technical fault: what is shown may be older than what people were told."""
    id: EngagementId
    title: str
    client: str
    kind: Kind
    vertical: str | None
    currency: str
    playbook: str
    rate_card: str
    stage: Stage
    ended_because: str | None
    hold: Hold | None
    hold_told: str | None
    """Until when it is on hold and why; from that day on also who resumes, extends or ends it, and by when."""
    started_at: Instant
    wished_start: Day
    wished_end: Day
    wished_value: MoneyFigure | None
    wished_price: PriceWish | None
    external: External | None
    seq: int
    accountable: NamedPersonView
    salesperson: NamedPersonView
    holders: dict[str, str]
    experts: dict[str, tuple[str, ...]]
    people: dict[str, str]
    vacancies: tuple[VacancyView, ...]
    next_steps: tuple[NextStepView, ...]
    coverage: tuple[RoleView, ...]
    asks: tuple[AskView, ...]
    needs: tuple[Need, ...]
    needs_confirmed: bool
    promises: tuple[PromiseView, ...]
    homeless_promises: tuple[str, ...]
    uncovered_needs: tuple[str, ...]
    """Needs for which no package is to be delivered, once there is a scope."""
    untraced_requirements: tuple[str, ...]
    """Requirements of which a signed change has removed every package."""
    packages: tuple[PackageView, ...]
    milestones: tuple[MilestoneView, ...]
    requirements: tuple[RequirementView, ...]
    requirements_said: tuple[SaidView, ...]
    """What signed changes say of requirements in free text that names none of them."""
    prepared_requirements: tuple[PreparedRequirement, ...]
    """As given when the deal began; not in force, and empty once the business analyst has set the requirements."""
    purchases: tuple[Purchase, ...]
    estimated: bool
    attested: bool
    staffing: StaffingView | None
    price: PriceView | None
    figures: FiguresView | None
    decision: DecisionView | None
    documents: dict[DocumentKind, DocumentView]
    plan: str | None
    handoff_accepted: bool
    care_accepted: bool
    changes: tuple[ChangeView, ...]
    potential_changes: tuple[PotentialChangeView, ...]
    actual_hours: dict[str, Figure]
    hours_told: tuple[str, ...]
    """How many of the hours sold are worked, and where more than sold."""
    pulses: tuple[Pulse, ...]
    contacts: tuple[Contact, ...]
    tasks: tuple[TaskView, ...]
    complaints: tuple[ComplaintView, ...] = ()
    """The newest 20."""
    complaints_in_all: int
    closing: ClosingView | None


class ClientPriceView(View):
    """What the client pays: as first signed, and now with all signed change orders; `payment` as the SOW words it."""

    price: MoneyFigure
    price_now: MoneyFigure
    currency: str
    payment: str | None


class ClientEngagementView(View):
    """An engagement as a person of the client sees it. Price and milestones are there once both sides have signed."""

    view: Literal["client"] = "client"
    stopped: str | None = None
    """Set while changes are stopped by a technical fault: what is shown may be older than what people were told."""
    id: EngagementId
    title: str
    client: str
    stage: Stage
    seq: int
    next_steps: tuple[NextStepView, ...]
    awaited: tuple[str, ...]
    """What else it waits for, in sentences: colleagues' answers, open questions, who is to talk with them."""
    asks: tuple[AskView, ...]
    documents: dict[DocumentKind, DocumentView]
    promises: tuple[PromiseView, ...]
    milestones: tuple[MilestoneView, ...]
    price: ClientPriceView | None
    changes: tuple[ClientChangeView, ...] = ()
    """Those that were put to them."""
    complaints: tuple[ClientComplaintView, ...] = ()
    """The reader's own, as far as they are among the newest 20."""


def engagement_view(
    state: Engagement, reader: Reader, now: datetime, orders: Iterable[ChangeOrder] = ()
) -> EngagementView | ClientEngagementView:
    """An engagement as this person may see it now. `orders`: the change orders whose asks are shown with it."""
    orders = tuple(orders)
    aggregates: tuple[AskHolder, ...] = (state, *orders)
    actor = reader.actor
    if state.cast.is_client(actor.person_id):
        return _client_view(state, reader, aggregates, now)
    figures, price = may_see(state, actor, Sight.FIGURES), may_see(state, actor, Sight.PRICE)
    return EngagementView(
        **_head(state),
        ended_because=state.ended_because if figures else None,
        wished_value=state.wished_value if price else None,
        wished_price=state.wished_price if figures else None,
        next_steps=step_views(state, aggregates, reader, now),
        coverage=coverage_view(state),
        vacancies=tuple(vacancy_view(state, reader, vacancy) for vacancy in state.vacancies.values()),
        asks=tuple(ask_view(of, ask, state, reader) for of in aggregates for ask in of.open_asks()),
        needs=tuple(state.needs.values()),
        needs_confirmed=needs_are_confirmed(state),
        promises=tuple(promise_view(state, promise) for promise in state.promises.values()),
        homeless_promises=homeless_promises(state),
        uncovered_needs=uncovered_needs(state),
        untraced_requirements=untraced_requirements(state),
        packages=tuple(package_view(state, reader, package) for package in state.packages.values()),
        milestones=tuple(milestone_view(state, milestone, reader) for milestone in state.milestones.values()),
        requirements=tuple(map(requirement_view, requirements_now(state).values())),
        requirements_said=tuple(SaidView(**said._asdict()) for said in said_of_none(state)),
        prepared_requirements=tuple(state.prepared_requirements.values()),
        purchases=tuple(state.purchases.values()) if price else (),
        estimated=is_estimated(state),
        attested=is_attested(state),
        staffing=staffing_view(state),
        price=price_view(state) if price else None,
        figures=figures_view(state) if figures else None,
        decision=decision_view(state),
        documents={kind: document_view(document, state, reader) for kind, document in state.documents.items()},
        plan=state.plan,
        handoff_accepted=state.handoff_accepted,
        care_accepted=state.care_accepted,
        changes=change_views(state, orders, reader, now),
        potential_changes=potential_views(state),
        actual_hours=dict(state.actual_hours),
        hours_told=worked_of_sold(state),
        pulses=state.pulses,
        contacts=state.contacts,
        complaints_in_all=state.complaints,
        tasks=tuple(task_view(state, actor, task) for task in state.tasks.values()),
        closing=closing_view(state, actor),
    )


def _head(state: Engagement) -> dict[str, object]:
    """Who and what it is about."""
    cast = state.cast
    return {
        "id": state.id,
        "external": state.external,
        "title": state.title,
        "client": state.client,
        "kind": state.kind,
        "vertical": state.vertical,
        "currency": state.currency,
        "playbook": f"{state.playbook.name} {state.playbook.version}",
        "rate_card": state.rate_card.version,
        "stage": state.stage,
        "hold": state.hold,
        "hold_told": state.hold_shown,
        "started_at": state.started_at,
        "wished_start": state.wished_start,
        "wished_end": state.wished_end,
        "seq": state.seq,
        "accountable": person_label(state, state.manager),
        "salesperson": person_label(state, state.seller),
        "holders": dict(cast.holders),
        "experts": {role: cast.experts(role.partition(":")[2]) for role in cast.holders if role.startswith("expert:")},
        "people": {person.id: person.name for person in cast.people.values()},
    }


def _client_view(
    state: Engagement, reader: Reader, aggregates: tuple[AskHolder, ...], now: datetime
) -> ClientEngagementView:
    me = reader.actor.person_id
    theirs = ((of, ask) for of in aggregates for ask in of.open_asks() if me in ask.asked)
    return ClientEngagementView(
        id=state.id,
        title=state.title,
        client=state.client,
        stage=state.stage,
        seq=state.seq,
        next_steps=step_views(state, aggregates, reader, now),
        awaited=awaited_of_client(state, aggregates, me),
        asks=tuple(ask_view(of, ask, state, reader) for of, ask in theirs),
        documents={
            kind: document_view(document, state, reader)
            for kind, document in state.documents.items()
            if is_shown_outside(state, kind)
        },
        promises=tuple(promise_view(state, promise) for promise in state.promises.values() if promise.to == me),
        milestones=tuple(milestone_view(state, milestone, reader) for milestone in state.milestones.values())
        if state.baseline_signed
        else (),
        price=_price_signed(state),
    )


def _price_signed(state: Engagement) -> ClientPriceView | None:
    """What the client pays by the SOW that both sides have signed; before that no price is owed."""
    price = state.price
    if price is None or not state.baseline_signed:
        return None
    first = price.quote.price
    now = first + state.net_of_changes
    return ClientPriceView(price=first, price_now=now, currency=state.currency, payment=price.payment)


async def shown_engagement(
    app: Interlock, actor: Actor, engagement_id: EngagementId
) -> EngagementView | ClientEngagementView:
    """An engagement with the asks of its open change orders, as this person may see it."""
    state = await seen(app, actor, engagement_id)
    reader = await reader_of(app, actor, state.cast)
    view = await off_loop(lambda: engagement_view(state, reader, app.clock(), open_orders(app.read, state)))
    said: dict[str, object] = {"asks": await with_capacity(app, view.asks)}
    said["stopped"] = await _stopped(app, engagement_stream(engagement_id))
    if isinstance(view, EngagementView):
        said["next_steps"] = await with_undelivered(app, engagement_id, view.next_steps)
    else:
        said["changes"] = await off_loop(lambda: put_to_client(app.read, state))
    if state.complaints:
        about = newest(state.complaints)
        asks = await off_loop(lambda: app.read.asks_of_kinds(engagement_id, OF_COMPLAINTS, about))
        shown = complaint_views if isinstance(view, EngagementView) else own_complaint_views
        said["complaints"] = shown(state, asks, reader)
    return view.model_copy(update=said)


async def _stopped(app: Interlock, stream: str) -> str | None:
    standing = await off_loop(lambda: app.standings.of(stream))
    return paused(stream) if standing.quarantined else None
