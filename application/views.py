"""What is shown of the record, and to whom: each view is cut here for the person who looks.

A client's person sees what a client may; cost, margin and dissent show only to those with a sight of figures;
commission only to whom it concerns. Front doors render these models and decide nothing about them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from application.step_views import FirstStepView, NextStepView, change_step_views, first_of, step_views
from application.view import Figure, FractionFigure, HoursFigure, Instant, MoneyFigure, PersonView, Reader, View
from domain.answers_shown import conditions_shown
from domain.asking.choices import answer_command
from domain.asking.outcomes import answer_label
from domain.asking.signing import signed_shown
from domain.asks import Ask, Asking, AskKind, Condition, Outcome, Question, Verdict
from domain.capacity import Reckoning
from domain.card import open_to, question_in_words, why_rests, why_shown_to
from domain.change_order.decide import revision_of
from domain.change_order.order import ChangeOrder
from domain.client_side import awaited_of_client
from domain.complaints import COMPLAINED_BY, Complaint, complaints_of
from domain.document_shown import DocumentShown, document_of, said_difference
from domain.engagement import commands as c
from domain.engagement.billing import NOTHING_WAS_DUE, billed_after_all_by, billing_of
from domain.engagement.change_facts import ChangeFacts, ChangeItem, ChangeLine, ItemKind
from domain.engagement.change_routing import all_together
from domain.engagement.changing import standing_of
from domain.engagement.contract import changed_since_signed, requirements_since_signed
from domain.engagement.estimates import chosen_hours, estimators, is_estimated, open_of_hours, owes_hours
from domain.engagement.homes import removed_from, uncovered_needs, untraced_requirements
from domain.engagement.hours_worked import worked_of_sold
from domain.engagement.matrix import Row, coverage_matrix
from domain.engagement.outlook import PRICE
from domain.engagement.permissions import Sight, allowed_to, hats, may_see, may_see_facts, sees_words_of
from domain.engagement.qualifying import homeless_promises, is_decline_refused, is_reconciled
from domain.engagement.requirements_now import RequirementNow, requirements_now, said_of_none
from domain.engagement.state import (
    ChangeStatus,
    Contact,
    Document,
    DocumentKind,
    DocumentStatus,
    Engagement,
    Estimate,
    External,
    Hold,
    Milestone,
    MilestoneStatus,
    Need,
    PotentialChange,
    PreparedRequirement,
    PriceStatus,
    PriceWish,
    Promise,
    Pulse,
    Purchase,
    Requirement,
    Signature,
    Task,
    Vacancy,
    VacancyCause,
    WorkPackage,
)
from domain.engagement.subjects import assumed, is_attested, needs_are_confirmed, whole_effort
from domain.engagement.wished_dates import staffing_now
from domain.estimating import ThreePoints
from domain.facts_shown import facts_shown
from domain.people import Cast
from domain.playbook import Kind, Method, Stage
from domain.shown_beside import shown_beside
from domain.turn import Actor
from domain.values import Day


class VoterView(View):
    person: str
    name: str
    roles: tuple[str, ...]
    because: str
    has_answered: bool


class ChoiceView(View):
    """One thing that the reader can say to an ask, and by which command of `interlock`."""

    verdict: Verdict
    label: str
    command: str
    leads_to: str = ""
    """What comes of it, where the label does not say so."""
    packages: tuple[str, ...] = ()
    """Those of which it may be said apart from the others; none named: of all that are asked."""


class AnswerView(View):
    voter: str
    by: str
    by_name: str
    for_name: str | None
    """Whose vote it is, where another gave it for them."""
    at_shown: str
    verdict: Verdict
    said: str
    """The verdict in the words of what was asked: `Signed`, `No-go`."""
    reason: str | None
    packages: tuple[str, ...]
    """Which packages a return of hours means; none: all that were asked."""
    conditions: tuple[Condition, ...]
    conditions_shown: tuple[str, ...]
    """The same as people read them: with by whom and by when each is met."""
    channel: str
    at: Instant


class OverbookedView(View):
    """A week, by its Monday, in which more hours are wanted of a discipline than it can still take."""

    discipline: str
    week: Day
    wanted: HoursFigure
    free: HoursFigure


class ReckoningView(View):
    """What is overbooked if a deal starts as wished: the soonest weeks, and how many more there are.

    `fits_from` is the first start at which nothing is; null: none within two years, as long as it is.
    """

    overbooked: tuple[OverbookedView, ...]
    more: int
    fits_from: Day | None


class WeekView(View):
    """Hours of a week: needed by the deal, and wanted by the others, each by how likely its stage is."""

    week: Day
    needed: HoursFigure
    others: HoursFigure
    overbooked: bool


class DisciplineView(View):
    """What a deal needs of a discipline. `free` is what it can still take in a week; null: nobody has said."""

    discipline: str
    needed: HoursFigure
    free: HoursFigure | None
    weeks: tuple[WeekView, ...]


class CapacityView(ReckoningView):
    """Whether the wished dates can be staffed, by the playbook and the directory in force."""

    engagement: str
    wished_start: Day
    wished_end: Day
    playbook: str
    disciplines: tuple[DisciplineView, ...]


class AskView(View):
    """An ask as it is put to a person. `facts` is null for whoever may not see the figures in it.

    `document` is the revision that it is about, whose text GET …/documents/{kind} gives with this number.
    `beside` is shown with the facts and not bound; `capacity` is as of now, while the ask is about staffing and open.
    `votes` is what counts of each person asked; `answers` is every answer given. `question` is open. `due_shown` is
    the due time as the clock of whoever looks shows it; `question_shown` says who asked back what, and the answer.
    """

    id: str
    engagement: str
    change: int | None
    kind: AskKind
    subject: str
    title: str
    hash: str
    facts: dict[str, str] | None
    facts_shown: dict[str, str] | None
    """The same as people read them; what is decided is bound to `facts`."""
    beside: dict[str, str] | None
    capacity: CapacityView | None
    difference: tuple[str, ...] | None
    document: DocumentShown | None
    method: Method
    quorum: int
    voters: tuple[VoterView, ...]
    asked: tuple[str, ...]
    final_role: str | None
    final_person: str | None
    climbed: str | None
    requester: str
    accountable: str | None
    for_client: bool
    in_person: bool
    opened_at: Instant
    due_at: Instant | None
    due_shown: str | None
    question: Question | None
    answered_question: Question | None
    question_shown: str | None
    rests: str | None = None
    """Until when nothing is answered, while the engagement is on hold; why, for the firm's own."""
    why_you: str
    """By which seat whoever looks is shown it, and for whom they may answer; empty where it is not put to them."""
    votes: dict[str, Verdict]
    answers: tuple[AnswerView, ...]
    choices: tuple[ChoiceView, ...]
    outcome: Outcome
    ended_at: Instant | None
    ended_because: str | None


class RoleView(View):
    """A role that the engagement needs, and who holds it or must have it filled."""

    role: str
    needed_by: Stage
    vacant: bool
    holder: str | None
    holder_name: str | None
    since: Instant | None
    words: str | None
    until: Day | None
    waiver: str | None
    proposed: str | None
    proposed_ask: str | None
    accountable: str
    rung: int | None


class VacancyView(View):
    """A vacancy: `head` heads the role's function and names a holder, `accountable` is whom it has climbed to.

    `asked_name`: who was named and has not answered yet; null while nobody was, and for who asks for it themselves.
    """

    role: str
    function: str | None
    cause: VacancyCause
    head: str
    head_role: str
    accountable: str
    accountable_name: str
    asked_name: str | None
    since: Instant
    since_shown: str
    rung: int
    because: str


class PromiseView(Promise):
    """A promise and what became of it. `removed_homes`: of what covers it, what signed changes removed, and which."""

    covered_by: tuple[str, ...]
    removed_homes: dict[str, int]
    declined_because: str | None
    decline_acknowledged: bool
    decline_refused: bool
    """True where the client did not accept that it is declined."""
    delivered: bool | None
    why_not: str | None
    has_home: bool
    reconciled: bool


class PackageView(WorkPackage):
    """A work package with what its experts said and the hours that count.

    `removed_by` is the approved change by which it is not to be done any more. `assumed`: by its scope, and by whoever
    gave the hours that count; the SOW says it.
    """

    assumed: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    hours: ThreePoints | None
    hours_by: tuple[str, ...]
    """By name whose hours those are that count: of several estimates, whose the delivery lead took."""
    hours_open: str
    """What is still open of its hours, and whose it is; empty where nothing is."""
    actual_hours: Figure | None
    removed_by: int | None


class SaidView(View):
    """What a signed change says of requirements in free words."""

    change: int
    text: str


class RequirementView(Requirement):
    """A requirement. `text` is how it reads now, `first_text` how the BRD says it where a signed change has changed it.

    `said`: what signed changes say of it in free words; `fell_with` the change with which it fell away.
    """

    first_text: str | None
    changed_by: int | None
    fell_with: int | None
    said: tuple[SaidView, ...]


class BillingView(View):
    """How the bill of an accepted milestone stands: whose it is and by when; or who said what when, and why.

    `command`: by which whoever looks has it billed after all; null where it is billed or asked, and for who may not.
    """

    stands: str
    whose: PersonView | None
    due: Instant | None
    due_shown: str | None
    by: PersonView | None
    at: Instant | None
    at_shown: str | None
    because: str | None
    command: str | None


class MilestoneView(Milestone):
    """`due` is the day of now; `first_due` the day first signed, where a change order has moved it since.

    `billing` is null until the client has accepted it, and for who may not see prices.
    """

    status: MilestoneStatus
    first_due: Day | None
    billing: BillingView | None


class PriceView(View):
    """The price as every colleague may see it: `price` as first signed, `price_now` with all signed change orders."""

    price: MoneyFigure
    price_now: MoneyFigure
    currency: str
    discount_percent: Figure
    contingency_percent: Figure
    expenses: MoneyFigure
    payment: str | None
    status: PriceStatus
    approvers: tuple[str, ...]
    override: str | None


class FiguresView(View):
    """Hours, cost, services, margins as fractions, the floor and the gap under it. Services and price are in cents."""

    hours_p50: HoursFigure | None = None
    hours_p80: HoursFigure | None = None
    cost_p50: MoneyFigure | None = None
    cost_p80: MoneyFigure | None = None
    list_total: MoneyFigure | None = None
    price: MoneyFigure | None = None
    services: MoneyFigure | None = None
    margin_p50: FractionFigure | None = None
    margin_p80: FractionFigure | None = None
    floor_price: MoneyFigure | None = None
    gap: MoneyFigure | None = None


class DecisionView(View):
    method: Method
    voters: tuple[str, ...]
    final_authority: str
    climbed: str | None
    valid: bool
    hash: str


class DocumentView(View):
    kind: DocumentKind
    revision: int
    status: DocumentStatus
    source: str
    rendered: str
    author: str
    signatures: tuple[Signature, ...]
    signed_shown: tuple[str, ...]
    """Each signature in words, its time by the clock of whoever looks; the signed bytes stay as they were signed."""
    offered_until: Day | None
    """The last day on which the client can sign a SOW that was sent."""
    changed_since: tuple[str, ...]
    """What signed change orders have made of what it says, once it is signed: its text stays as it was signed."""
    stale_because: str | None
    """Why it is no longer valid and another follows: whom it names amiss, what has changed since it was drawn."""


class ChangeItemView(View):
    """One item of a change. `amount` is null for whoever may not see it."""

    kind: ItemKind
    package: str | None
    requirement: str | None
    work: tuple[ChangeLine, ...]
    amount: MoneyFigure | None
    days: int
    text: str | None


class ChangeView(View):
    """A line of the register of changes: `price` and `days` are net, `value` is gross, which routes it.

    `price` and `value` are null for whoever may not see them.
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
    by: str
    by_name: str
    for_name: str | None
    """In whose place this revision was submitted."""
    submitted_at: Instant
    next_step: FirstStepView | None = None
    """What is most pressing of it, and whose it is; null of one that is decided, or of which nothing is known yet."""
    more_steps: int = 0
    """How many next steps it has beside that."""


class PotentialChangeView(PotentialChange):
    """A potential change with who noted it, how it stands, and whose it is now; null where it is settled."""

    by_name: str
    stands: str
    whose: PersonView | None


class ChangeOrderView(ChangeView):
    """A change order as a whole: its lines with the experts' hours, its asks and signatures.

    `withdrawn_because`: in the words of who took it back; where its engagement ended, for those who read why it did.
    """

    lines: dict[str, ChangeLine]
    estimated_by: dict[str, str]
    estimated_by_name: dict[str, str]
    attested: bool
    approved_inside: bool
    withdrawn_because: str | None
    together: str | None
    margin_p80: FractionFigure | None
    """After it and all others that count, while it is open; null for whoever may not see it."""
    outlook: dict[str, str]
    """What it makes of the contract, in words: as things stand, and once it is approved, as they stood then."""
    revisions: dict[str, int]
    """By ask to approve or sign it, which revision that showed."""
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
    """Those pending and the last that were settled; none of it for a client's person."""


class TaskView(View):
    """A task. `text` and `note` are null for whoever may not see the decision whose condition it is."""

    id: str
    text: str | None
    owner: str
    owner_name: str
    set_by: str | None = None
    set_by_name: str | None
    """Whose yes it came with; null of what nobody set."""
    since: Instant
    due: Day
    before: Stage
    done: bool
    note: str | None
    reminded_at: Instant | None
    climbed_to: str | None
    """Who answers for it by now, late: the highest whom its ladder has reached."""


class ComplaintView(View):
    """A complaint of the client: how it stands, whose it is now and by when, and what is done about it once planned.

    `text` and `plan` are null for whoever may not see what is asked about it; `complained_by` where nobody said who.
    """

    id: str
    text: str | None
    complained_by: str | None
    stands: str
    whose: PersonView | None
    due: Instant | None
    due_shown: str | None
    plan: str | None
    planned_by: str | None


class ClientComplaintView(View):
    """A complaint of whoever looks, a person of the client: who answers for it by when, and what is done about it."""

    id: str
    text: str
    stands: str
    whose: str | None
    due_shown: str | None
    plan: str | None
    planned_by: str | None


class ClosingView(View):
    realised_margin: FractionFigure | None
    commission: MoneyFigure | None
    actual_cost: MoneyFigure | None
    lessons: str | None
    not_billed: str | None
    """What of the price that the margin counts was never billed, and why; null for whoever may not see figures."""


class StaffingView(View):
    confirmed: bool
    available_from: Day | None
    note: str | None
    reckoned: ReckoningView | None
    kept_because: str | None
    """Why the dates are kept all the same; null: they are not, or there is no no."""
    kept_by_name: str | None


class EngagementView(View):
    """An engagement as a colleague sees it."""

    view: Literal["firm"] = "firm"
    stopped: str | None = None
    """Said while changes are stopped by a technical fault: what is shown may be older than what somebody was told."""
    id: str
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
    """Until when it is on hold and why; once that day has come also who resumes, extends or ends it, and by when."""
    started_at: Instant
    wished_start: Day
    wished_end: Day
    wished_value: MoneyFigure | None
    wished_price: PriceWish | None
    external: External | None
    seq: int
    accountable: PersonView
    salesperson: PersonView
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
    """What signed changes say of requirements in free words that name none of them."""
    prepared_requirements: tuple[PreparedRequirement, ...]
    """As the deal began with them; not in force, and empty once the business analyst has set the requirements."""
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
    """How many hours are worked of those that were sold, and of what more than were sold."""
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
    """Said while changes are stopped by a technical fault: what is shown may be older than what somebody was told."""
    id: str
    title: str
    client: str
    stage: Stage
    seq: int
    next_steps: tuple[NextStepView, ...]
    awaited: tuple[str, ...]
    """What it waits for beside these, in sentences: colleagues' answers, open questions, who is to talk with them."""
    asks: tuple[AskView, ...]
    documents: dict[DocumentKind, DocumentView]
    promises: tuple[PromiseView, ...]
    milestones: tuple[MilestoneView, ...]
    price: ClientPriceView | None
    changes: tuple[ClientChangeView, ...] = ()
    """Those that were put to them."""
    complaints: tuple[ClientComplaintView, ...] = ()
    """Of whoever looks, as far as they are among the newest 20."""


class PromiseKept(View):
    """A promise across promised, bought, needed and delivered."""

    promise: str
    text: str
    to: str
    on: Day
    bought: tuple[str, ...]
    needed: tuple[str, ...]
    delivered: bool | None
    why_not: str | None
    declined: bool
    reconciled: bool


class NeedMet(View):
    """A need across needed, bought and delivered."""

    need: str
    text: str
    bought: tuple[str, ...]
    requirements: tuple[str, ...]
    target: Figure | None
    measured: Figure | None


class ReconciliationView(View):
    """promised = bought = needed = delivered; `unasked` is bought though nobody needed it or was promised it."""

    promises: tuple[PromiseKept, ...]
    needs: tuple[NeedMet, ...]
    unasked: tuple[str, ...]
    is_whole: bool


def engagement_view(
    state: Engagement, reader: Reader, now: datetime, orders: Iterable[ChangeOrder] = ()
) -> EngagementView | ClientEngagementView:
    """An engagement as this person may see it now. `orders`: the change orders whose asks are shown with it."""
    orders = tuple(orders)
    aggregates: tuple[Asking, ...] = (state, *orders)
    actor = reader.actor
    if state.cast.is_client(actor.person):
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
        promises=tuple(_promise(state, promise) for promise in state.promises.values()),
        homeless_promises=homeless_promises(state),
        uncovered_needs=uncovered_needs(state),
        untraced_requirements=untraced_requirements(state),
        packages=tuple(_package(state, reader, package) for package in state.packages.values()),
        milestones=tuple(_milestone(state, milestone, reader) for milestone in state.milestones.values()),
        requirements=tuple(map(_requirement, requirements_now(state).values())),
        requirements_said=tuple(SaidView(**said._asdict()) for said in said_of_none(state)),
        prepared_requirements=tuple(state.prepared_requirements.values()),
        purchases=tuple(state.purchases.values()) if price else (),
        estimated=is_estimated(state),
        attested=is_attested(state),
        staffing=_staffing(state),
        price=_price(state) if price else None,
        figures=_figures(state) if figures else None,
        decision=_decision(state),
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
        tasks=tuple(_task(state, actor, task) for task in state.tasks.values()),
        closing=_closing(state, actor),
    )


def _head(state: Engagement) -> dict[str, object]:
    """Who and what it is."""
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
        "accountable": _person(state, state.manager),
        "salesperson": _person(state, state.seller),
        "holders": dict(cast.holders),
        "experts": {role: cast.experts(role.partition(":")[2]) for role in cast.holders if role.startswith("expert:")},
        "people": {person.id: person.name for person in cast.people.values()},
    }


def _client_view(
    state: Engagement, reader: Reader, aggregates: tuple[Asking, ...], now: datetime
) -> ClientEngagementView:
    me = reader.actor.person
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
        promises=tuple(_promise(state, promise) for promise in state.promises.values() if promise.to == me),
        milestones=tuple(_milestone(state, milestone, reader) for milestone in state.milestones.values())
        if state.baseline_signed
        else (),
        price=_price_signed(state),
    )


def _price_signed(state: Engagement) -> ClientPriceView | None:
    """What the client pays, as the SOW says it that both sides have signed; before that nobody owes a price."""
    price = state.price
    if price is None or not state.baseline_signed:
        return None
    first = price.quote.price
    now = first + state.net_of_changes
    return ClientPriceView(price=first, price_now=now, currency=state.currency, payment=price.payment)


def is_shown_outside(state: Engagement, kind: DocumentKind) -> bool:
    """True once the current revision was sent to the client, or is signed."""
    document = state.documents.get(kind)
    return document is not None and document.status in {DocumentStatus.SENT, DocumentStatus.SIGNED}


def ask_view(of: Asking, ask: Ask, state: Engagement, reader: Reader) -> AskView:
    """An ask of an engagement, or of one of its change orders (`of`), as this person may see it."""
    whole = may_see_facts(state, reader.actor, ask)
    cast, question = of.cast, ask.question if whole else None
    change = of.brief.n if isinstance(of, ChangeOrder) else None
    return AskView(
        id=ask.id,
        engagement=state.id,
        change=change,
        kind=ask.kind,
        subject=ask.subject,
        title=ask.title,
        hash=ask.hash,
        facts=ask.facts if whole else None,
        facts_shown=facts_shown(cast, ask.kind, ask.facts) if whole else None,
        beside=shown_beside(of, state, ask, reader.actor) if whole else None,
        capacity=None,
        difference=said_difference(ask) if whole else None,
        document=document_of(ask) if whole else None,
        method=ask.method,
        quorum=ask.quorum,
        voters=tuple(
            VoterView(
                person=voter.person,
                name=cast.name(voter.person),
                roles=voter.roles,
                because=voter.because,
                has_answered=ask.vote_of(voter.person) is not None,
            )
            for voter in ask.voters
        ),
        asked=ask.asked if ask.is_open else (),
        final_role=ask.final_role,
        final_person=ask.final_person,
        climbed=ask.climbed,
        requester=ask.requester,
        accountable=of.accountable_for(ask) if ask.is_open else None,
        for_client=ask.for_client,
        in_person=ask.answered_only_in_person,
        opened_at=ask.opened_at,
        due_at=ask.due_at,
        due_shown=reader.shown(ask.due_at) if ask.due_at else None,
        question=question if question and question.answer is None else None,
        answered_question=question if question and question.answer is not None else None,
        why_you=why_shown_to(of, ask, reader.actor.person),
        question_shown=question_in_words(of, ask, reader.actor.person) if whole else None,
        rests=why_rests(of, ask, reader.actor.person),
        votes={vote.voter: vote.answer.verdict for vote in ask.votes},
        answers=tuple(_answers(ask, cast, reader, whole=whole)),
        choices=tuple(_choices(of, ask, reader)) if whole else (),
        outcome=ask.outcome,
        ended_at=ask.ended_at,
        ended_because=ask.why_ended if whole else None,
    )


def _choices(of: Asking, ask: Ask, reader: Reader) -> Iterator[ChoiceView]:
    for choice in open_to(of, ask, reader.actor.person):
        yield ChoiceView(
            verdict=choice.verdict,
            label=choice.label,
            command=answer_command(of, ask, choice),
            leads_to=choice.leads_to,
            packages=choice.packages,
        )


def _answers(ask: Ask, cast: Cast, reader: Reader, *, whole: bool) -> Iterator[AnswerView]:
    """Reasons and conditions speak of the figures: they are left out where these are."""
    for vote in ask.votes:
        yield AnswerView(
            voter=vote.voter,
            by=vote.by,
            by_name=cast.name(vote.by),
            for_name=cast.name(vote.voter) if vote.voter != vote.by else None,
            at_shown=reader.shown(vote.at),
            verdict=vote.answer.verdict,
            said=answer_label(ask.kind, vote.answer.verdict),
            reason=vote.answer.reason if whole else None,
            packages=vote.answer.packages if whole else (),
            conditions=vote.answer.conditions if whole else (),
            conditions_shown=conditions_shown(cast, vote.answer) if whole else (),
            channel=vote.channel,
            at=vote.at,
        )


def coverage_view(state: Engagement) -> tuple[RoleView, ...]:
    """Each role that the engagement needs, in short, as the coverage matrix has it."""
    return tuple(
        _role(state, row, row.role, row.needed_by or Stage.QUALIFY)
        for row in coverage_matrix(state)
        if row.role is not None and row.accountable is not None
    )


def _role(state: Engagement, row: Row, role: str, needed_by: Stage) -> RoleView:
    return RoleView(
        role=role,
        needed_by=needed_by,
        vacant=row.holder is None or (row.vacancy is not None and row.vacancy.shuts),
        holder=row.holder,
        holder_name=state.cast.name(row.holder) if row.holder else None,
        since=row.since,
        words=row.words,
        until=row.until,
        waiver=row.waiver.reason if row.waiver else None,
        proposed=row.pending.person if row.pending else None,
        proposed_ask=row.pending.ask if row.pending else None,
        accountable=row.accountable or state.manager,
        rung=row.vacancy.rung if row.vacancy else None,
    )


def vacancy_view(state: Engagement, reader: Reader, vacancy: Vacancy) -> VacancyView:
    """A vacancy as colleagues see it."""
    head_role, proposal = state.head_role(vacancy.role), state.proposals.get(vacancy.role)
    defined = state.playbook.role(vacancy.role)
    return VacancyView(
        role=vacancy.role,
        function=defined.function if defined else None,
        cause=vacancy.cause,
        head=state.cast.holder(head_role) or vacancy.accountable,
        head_role=head_role,
        accountable=vacancy.accountable,
        accountable_name=state.cast.name(vacancy.accountable),
        asked_name=state.cast.name(proposal.person)
        if proposal is not None and proposal.person != proposal.by
        else None,
        since=vacancy.since,
        since_shown=reader.shown(vacancy.since),
        rung=vacancy.rung,
        because=vacancy.because,
    )


def _person(state: Engagement, person: str) -> PersonView:
    return PersonView(id=person, name=state.cast.name(person))


def _promise(state: Engagement, promise: Promise) -> PromiseView:
    fate = state.fate(promise.id)
    return PromiseView(
        **promise.model_dump(),
        **fate.model_dump(),
        decline_refused=is_decline_refused(state, promise.id),
        removed_homes=removed_from(state, fate.covered_by),
        has_home=promise.id not in homeless_promises(state),
        reconciled=is_reconciled(state, promise.id),
    )


def _package(state: Engagement, reader: Reader, package: WorkPackage) -> PackageView:
    """A package; whoever still owes hours for it is shown nobody's but their own."""
    owes = owes_hours(state, reader.actor.person, package.id)
    given = (estimate for estimate in state.estimates if estimate.package == package.id)
    return PackageView(
        **package.model_dump(),
        assumed=package.assumes if owes else assumed(state, package),
        estimates=tuple(estimate for estimate in given if not owes or estimate.by == reader.actor.person),
        hours=None if owes else chosen_hours(state, package.id),
        hours_by=() if owes else tuple(map(state.cast.name, estimators(state, package.id))),
        hours_open="" if state.baseline_signed else open_of_hours(state, package),
        actual_hours=state.actual_hours.get(package.id),
        removed_by=state.removed.get(package.id),
    )


def _requirement(one: RequirementNow) -> RequirementView:
    return RequirementView(
        **(one.first.model_dump() | {"text": one.text}),
        first_text=one.first.text if one.changed_by is not None else None,
        changed_by=one.changed_by,
        fell_with=one.fell_with,
        said=tuple(SaidView(**said._asdict()) for said in one.said),
    )


def _milestone(state: Engagement, milestone: Milestone, reader: Reader) -> MilestoneView:
    status, first_due = state.status_of(milestone.id), state.first_days.get(milestone.id)
    billing = _billing(state, milestone, reader) if may_see(state, reader.actor, Sight.PRICE) else None
    return MilestoneView(**milestone.model_dump(), status=status, first_due=first_due, billing=billing)


def _billing(state: Engagement, milestone: Milestone, reader: Reader) -> BillingView | None:
    billing = billing_of(state, milestone)
    if billing is None:
        return None
    again = c.BillMilestone(milestone=milestone.id)
    may = (
        billing.stands == NOTHING_WAS_DUE
        and not (state.is_over or state.clocks_stand)
        and allowed_to(again) & hats(state, reader.actor, again)
    )
    return BillingView(
        stands=billing.stands,
        whose=_person(state, billing.whose) if billing.whose is not None else None,
        due=billing.due,
        due_shown=reader.shown(billing.due) if billing.due is not None else None,
        by=_person(state, billing.by) if billing.by is not None else None,
        at=billing.at,
        at_shown=reader.shown(billing.at) if billing.at is not None else None,
        because=billing.because,
        command=billed_after_all_by(state, milestone.id) if may else None,
    )


def _staffing(state: Engagement) -> StaffingView | None:
    """The word on the dates as they are: of others it says nothing."""
    word = staffing_now(state)
    if word is None:
        return None
    return StaffingView(
        kept_because=word.kept.reason if word.kept else None,
        kept_by_name=state.cast.name(word.kept.by) if word.kept else None,
        confirmed=word.confirmed,
        available_from=word.available_from,
        note=word.note,
        reckoned=reckoning_view(word.reckoned) if word.reckoned else None,
    )


def reckoning_view(reckoned: Reckoning) -> ReckoningView:
    """What is overbooked, and from when it would fit."""
    return ReckoningView(**reckoned.model_dump())


def _price(state: Engagement) -> PriceView | None:
    price = state.price
    if price is None:
        return None
    return PriceView(
        price=price.quote.price,
        price_now=price.quote.price + state.net_of_changes,
        currency=state.currency,
        discount_percent=price.terms.discount,
        contingency_percent=price.terms.contingency,
        expenses=price.terms.expenses,
        payment=price.payment,
        status=price.status,
        approvers=price.approvers,
        override=price.override,
    )


def _figures(state: Engagement) -> FiguresView | None:
    whole = whole_effort(state) if is_estimated(state) else None
    effort = whole.model_dump(exclude={"six_list_total"}) | {"list_total": whole.list_total} if whole else {}
    quote = state.price.quote.model_dump() if state.price else {}
    return FiguresView(**effort, **quote) if effort or quote else None


def _decision(state: Engagement) -> DecisionView | None:
    decision = state.decision
    return DecisionView(**decision.model_dump()) if decision else None


def document_view(document: Document, state: Engagement, reader: Reader) -> DocumentView:
    """A revision of a document."""
    signed = signed_shown(document, state.cast, reader.shown)
    plain = document.model_dump(exclude={"basis", "signatures"})
    since = _changed_since(state, document, reader) if document.status is DocumentStatus.SIGNED else ()
    return DocumentView(**plain, signatures=document.signatures, signed_shown=signed, changed_since=since)


def _changed_since(state: Engagement, document: Document, reader: Reader) -> tuple[str, ...]:
    if document.kind == "brd":
        return requirements_since_signed(state)
    return changed_since_signed(state) if _may_read_price(state, reader) else ()


def _may_read_price(state: Engagement, reader: Reader) -> bool:
    """A client's person reads it in the SOW itself."""
    return state.cast.is_client(reader.actor.person) or may_see(state, reader.actor, Sight.PRICE)


def potential_views(state: Engagement) -> tuple[PotentialChangeView, ...]:
    """Each potential change that is kept."""
    return tuple(_potential(state, one) for one in state.potential_changes.values())


def _potential(state: Engagement, potential: PotentialChange) -> PotentialChangeView:
    standing = standing_of(state, potential)
    return PotentialChangeView(
        **potential.model_dump(),
        by_name=state.cast.name(potential.by),
        stands=standing.stands,
        whose=_person(state, standing.whose) if standing.whose is not None else None,
    )


def change_views(
    state: Engagement, orders: Iterable[ChangeOrder], reader: Reader, now: datetime
) -> tuple[ChangeView, ...]:
    """The register, with prices for whoever may see them. `orders`: those of which next steps are shown."""
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
        estimated_by_name={line: order.cast.name(person) for line, person in order.estimated_by.items()},
        attested=order.attested,
        approved_inside=order.approved_inside,
        withdrawn_because=None if hides_why else order.withdrawn_because,
        together=order.brief.together if price else None,
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


def _task(state: Engagement, actor: Actor, task: Task) -> TaskView:
    hidden = {} if sees_words_of(state, actor, task) else {"text": None, "note": None}
    by = state.cast.name(task.set_by) if task.set_by is not None else None
    return TaskView(
        **(task.model_dump(include=set(TaskView.model_fields)) | hidden),
        owner_name=state.cast.name(task.owner),
        set_by_name=by,
    )


def complaint_views(state: Engagement, asks: Iterable[Ask], reader: Reader) -> tuple[ComplaintView, ...]:
    """Each complaint, told by all `asks` that were ever put about them."""
    return tuple(_complaint(state, one, reader) for one in complaints_of(asks))


def own_complaint_views(state: Engagement, asks: Iterable[Ask], reader: Reader) -> tuple[ClientComplaintView, ...]:
    """Those of whoever looks, told by all `asks` that were ever put about complaints; what was said inside is not."""
    own = (one for one in complaints_of(asks) if state.complained.get(one.id) == reader.actor.person)
    return tuple(_own_complaint(state, one, reader) for one in own)


def _own_complaint(state: Engagement, one: Complaint, reader: Reader) -> ClientComplaintView:
    due = one.ask.due_at if one.whose is not None else None
    return ClientComplaintView(
        id=one.id,
        text=one.ask.facts["complaint"],
        stands=one.stands,
        whose=state.cast.name(one.whose) if one.whose is not None else None,
        due_shown=reader.shown(due) if due is not None else None,
        plan=one.plan,
        planned_by=state.cast.name(one.planned_by) if one.planned_by is not None else None,
    )


def _complaint(state: Engagement, complaint: Complaint, reader: Reader) -> ComplaintView:
    ask, whole = complaint.ask, may_see_facts(state, reader.actor, complaint.ask)
    due = ask.due_at if complaint.whose is not None else None
    return ComplaintView(
        id=complaint.id,
        text=ask.facts["complaint"] if whole else None,
        complained_by=ask.beside.get(COMPLAINED_BY),
        stands=complaint.stands,
        whose=_person(state, complaint.whose) if complaint.whose is not None else None,
        due=due,
        due_shown=reader.shown(due) if due is not None else None,
        plan=complaint.plan if whole else None,
        planned_by=state.cast.name(complaint.planned_by) if complaint.planned_by is not None else None,
    )


def _closing(state: Engagement, actor: Actor) -> ClosingView | None:
    closing = state.closing
    if closing is None:
        return None
    figures, commission = (may_see(state, actor, sight) for sight in (Sight.FIGURES, Sight.COMMISSION))
    return ClosingView(
        realised_margin=closing.realised_margin if figures else None,
        commission=closing.commission if commission else None,
        actual_cost=closing.actual_cost if figures else None,
        lessons=closing.lessons,
        not_billed=closing.not_billed if figures else None,
    )


def reconciliation_view(state: Engagement) -> ReconciliationView:
    """The four-way table: what was promised, what was bought for it, which need it serves, whether it came."""
    promises = tuple(_kept(state, promise) for promise in state.promises.values())
    needs = tuple(_met(state, need) for need in state.needs.values())
    unasked = tuple(p.id for p in _bought(state) if not _serves_something(state, p))
    whole = bool(needs) and all(need.bought for need in needs) and all(row.reconciled for row in promises)
    return ReconciliationView(promises=promises, needs=needs, unasked=unasked, is_whole=whole and not unasked)


def _bought(state: Engagement) -> tuple[WorkPackage, ...]:
    """The packages that no change has removed."""
    return tuple(package for package in state.packages.values() if package.id not in state.removed)


def _serves_something(state: Engagement, package: WorkPackage) -> bool:
    covers = any(package.id in fate.covered_by for fate in state.fates.values())
    return covers or bool(package.needs or package.promises)


def _kept(state: Engagement, promise: Promise) -> PromiseKept:
    fate = state.fate(promise.id)
    items: tuple[WorkPackage | Milestone, ...] = (*_bought(state), *state.milestones.values())
    bought = [item.id for item in items if promise.id in item.promises or item.id in fate.covered_by]
    needed = [need for item in bought if item in state.packages for need in state.packages[item].needs]
    declined, reconciled = fate.decline_acknowledged, is_reconciled(state, promise.id)
    return PromiseKept(
        promise=promise.id,
        text=promise.text,
        to=promise.to,
        on=promise.on,
        bought=tuple(bought),
        needed=tuple(dict.fromkeys(needed)),
        delivered=fate.delivered if fate.delivered is not None else (True if reconciled and not declined else None),
        why_not=fate.why_not or fate.declined_because,
        declined=declined,
        reconciled=reconciled,
    )


def _met(state: Engagement, need: Need) -> NeedMet:
    return NeedMet(
        need=need.id,
        text=need.text,
        bought=tuple(package.id for package in _bought(state) if need.id in package.needs),
        requirements=tuple(
            name
            for name, row in requirements_now(state).items()
            if need.id in row.first.needs and row.fell_with is None
        ),
        target=need.measure.target if need.measure else None,
        measured=state.measured.get(need.id),
    )
