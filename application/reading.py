"""The read side that front doors share: lists, one thing whole, documents, the record. It changes nothing."""

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import anyio
import anyio.to_thread
from pydantic import AfterValidator, BeforeValidator, Field

from adapters.my_steps import MyStep
from adapters.read_model import AskedForRole, AskInPlace, EngagementLine, Filters, LedgerEntry, ReadModel, VacancyLine
from application.administration import holiday_warnings
from application.asks import place_of, seen_ask, stream_of
from application.capacity import capacity_view, picture_of, reckoned_for
from application.damage import lacking
from application.document_changes import changes_between
from application.interlock import STORE_AWAY, Interlock
from application.off_loop import off_loop
from application.sight import change_there, has_left, not_there, seen, seen_change, without_levels
from application.step_views import FirstStepView, WhoView
from application.untold import with_untold
from application.view import UTC_ZONE, FractionFigure, Instant, MoneyFigure, Reader, View
from application.views import (
    AskView,
    CapacityView,
    ChangeOrderView,
    ClientChangeView,
    ClientEngagementView,
    DocumentView,
    EngagementView,
    ReckoningView,
    Register,
    ask_view,
    change_order_view,
    change_views,
    client_change_view,
    complaint_views,
    document_view,
    engagement_view,
    is_put_to_client,
    is_shown_outside,
    own_complaint_views,
    potential_views,
    reckoning_view,
)
from application.visibility import read_when_there
from domain.asks import Ask, Asking, AskKind, Outcome
from domain.change_order.order import ChangeOrder
from domain.complaints import OF_COMPLAINTS, newest
from domain.directory import Directory
from domain.engagement.events import (
    CommissionFellDue,
    DocumentDrafted,
    DocumentSigned,
    DocumentStatusChanged,
    EngagementReconciled,
    OfferExpirySet,
    RecordMended,
)
from domain.engagement.permissions import Sight, may_see, sees_as
from domain.engagement.state import Document, DocumentKind, DocumentStatus, Engagement, VacancyCause
from domain.near import meant
from domain.people import Cast
from domain.playbook import Kind, Method, Playbook, Stage, role_label
from domain.record import Recorded
from domain.refusals import (
    BadValue,
    IntegrityBroken,
    NotApprovedInside,
    NotFound,
    NotYours,
    Refusal,
    Refused,
    paused,
)
from domain.streams import engagement_stream
from domain.turn import Actor
from domain.values import ENGAGEMENT_FORM, EXTERNAL_FORM, Day, Money, Name, PersonId, Value, Whole
from domain.words import Line, composed, one_line, without_controls
from domain.working_time import Calendar
from domain.working_time import shown as moment_shown

Flag = Annotated[bool, BeforeValidator(lambda given: True if given == "" else given)]
"""In an address, its bare name sets it: `?mine&open`."""
Limit = Annotated[Whole, Field(ge=1, le=100)]
Sought = Annotated[
    str, Field(max_length=100), BeforeValidator(composed), AfterValidator(one_line), AfterValidator(without_controls)
]
"""A piece of a text, in the form in which texts are kept."""
FACTS_AT_ONCE = 200


class EngagementFilter(Value):
    """All that is given must hold."""

    stage: Stage | None = None
    client: Line | None = None
    waits_for: PersonId | None = None
    mine: Flag = False
    vacant: Flag | None = None
    external: (
        Annotated[str, BeforeValidator(composed), Field(pattern=EXTERNAL_FORM, examples=["crm:OPP-4711"])] | None
    ) = None
    q: Sought | None = None
    after: Annotated[str, Field(pattern=ENGAGEMENT_FORM)] | None = None
    limit: Limit = 50


class EngagementLineView(View):
    """An engagement in a list. Its margin (at P80, a fraction) shows to whom it concerns.

    Here and elsewhere `…_shown` is for people: the same moment by the clock of whoever looks.
    """

    id: str
    seq: int
    stage: Stage
    kind: Kind
    client: str
    title: str
    salesperson: str
    manager: str
    value: MoneyFigure | None
    margin: FractionFigure | None
    currency: str
    started_at: Instant
    updated_at: Instant
    next_step: FirstStepView | None
    """What is most pressing, and whose it is."""
    more_steps: int
    """How many next steps there are beside it."""
    held_until: Day | None
    """Until which day it is on hold; null where it is not."""
    hold_has_come: bool
    """True from that day on: somebody is to resume, extend or end it."""
    vacant: tuple[str, ...]
    stopped: bool = False
    """Changes are stopped by a technical fault: what is shown may be older than what somebody was told."""


class EngagementPage(View):
    """Some engagements; `next` is the `after` of the next page, null at the end.

    `incomplete` says why there may be more than can be read now; null where there is not.
    """

    items: tuple[EngagementLineView, ...]
    next: str | None
    incomplete: str | None = None


class AskFilter(Value):
    """`mine` and `open`: what I may answer now. With `engagement`: its asks, also those of others and ended ones."""

    mine: Flag = True
    open: Flag = True
    engagement: Annotated[str, Field(pattern=ENGAGEMENT_FORM)] | None = None
    after: (
        Annotated[
            str,
            Field(
                pattern=r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]{15}\+00:00\|[A-Za-z0-9.-]{1,60}$",
                examples=["2026-03-02T09:30:00.000000+00:00|ENG-2026-0042.A7"],
            ),
        ]
        | None
    ) = None
    limit: Limit = 50


class AskLineView(View):
    """An ask in an inbox, with what is shown to whoever decides it; `reckoned` now, where it is about staffing."""

    id: str
    engagement: str
    engagement_title: str
    client: str
    change: int | None
    kind: AskKind
    subject: str
    title: str
    hash: str
    facts: dict[str, str]
    beside: dict[str, str]
    reckoned: ReckoningView | None
    difference: tuple[str, ...]
    method: Method
    asked: tuple[str, ...]
    requester: str
    opened_at: Instant
    due_at: Instant | None
    due_shown: str | None
    outcome: Outcome
    stopped: bool = False
    """It cannot be answered until a technical fault is repaired: what is shown may be older than what was told."""


class AskPage(View):
    """Some asks. `incomplete` says why there may be more than can be read now; null where there is not."""

    items: tuple[AskLineView | AskView, ...]
    next: str | None
    incomplete: str | None = None


class VacancyFilter(Value):
    """`accountable=me`: those that I must see filled; `mine`: those of my function or of what I manage, too.

    `function` as the engagement's playbook calls it.
    """

    mine: Flag = False
    accountable: Literal["me", "all"] = "all"
    function: Name | None = None
    after: (
        Annotated[
            str,
            Field(
                pattern=r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]{15}\+00:00\|[A-Z0-9-]{1,24}\|[a-z0-9_: -]{1,82}$",
                examples=["2026-03-02T09:30:00.000000+00:00|ENG-2026-0042|customer_care"],
            ),
        ]
        | None
    ) = None
    limit: Limit = 50


class VacancyLineView(View):
    """A role that nobody answers for: where, since when and why, whom its ladder has reached, who must fill it."""

    engagement: str
    title: str
    client: str
    stage: Stage
    role: str
    function: str
    since: Instant
    since_shown: str
    cause: VacancyCause
    because: str
    accountable: str
    accountable_name: str
    rung: int
    asked_name: str | None = None
    """Who is asked to hold it and has not answered yet; null while nobody is."""
    asked_until: Instant | None = None
    asked_until_shown: str | None = None


class VacancyPage(View):
    """Some vacancies. `incomplete` says why there may be more than can be read now; null where there is not."""

    items: tuple[VacancyLineView, ...]
    next: str | None
    incomplete: str | None = None


class FactView(View):
    """A fact in its place. `event` is null for whoever may not see what is in it; the chain shows to everyone."""

    position: int
    stream: str
    seq: int
    at: Instant
    by: str
    channel: str
    for_whom: str | None
    command: str
    kind: str
    event: dict[str, Any] | None
    prev: str
    hash: str


class FactPage(View):
    items: tuple[FactView, ...]
    next: str | None


class VerdictView(View):
    """Whether a record is what was written, and the read model what it makes.

    `faults` names the first hundred places that are not, and how it shows; `found` counts all of them. `left_out` is
    what could not be compared, because the record is not sound there.
    """

    verified: bool
    streams: int
    facts: int
    found: int
    faults: tuple[str, ...]
    left_out: tuple[str, ...]


class LeafView(View):
    stream: str
    seq: int
    hash: str


class TreeHeadView(View):
    """Where every chain stands, signed (Ed25519 over `at`, the number of `streams` and `root`).

    `leaves` name the streams, and so all engagements: they are null for whoever does not see those. The root, which is
    the digest of them, and its signature prove to anybody later that a full head is the one that was signed then.
    """

    at: Instant
    streams: int
    root: str
    leaves: tuple[LeafView, ...] | None
    signature: str
    public_key: str


class PersonLineView(View):
    """Somebody of the directory, as colleagues see them."""

    id: str
    name: str
    email: str
    title: str | None
    client: str | None
    part: tuple[str, ...]
    roles: tuple[str, ...]
    positions: tuple[str, ...]
    house_roles: tuple[str, ...]
    """Who keeps the house: `administrator`, `process_owner`."""
    verticals: tuple[str, ...]
    calendar: str | None
    manager: str | None
    deputy: str | None
    active: bool


class AbsenceView(View):
    """Days on which somebody is away, both included, and who answers then."""

    first: Day
    last: Day
    delegate: str | None
    delegate_name: str | None


class DelegationView(View):
    """Who may answer for somebody; no roles or kinds named: for all of them."""

    to: str
    to_name: str
    first: Day
    last: Day
    roles: tuple[str, ...]
    kinds: tuple[str, ...]
    up_to: Money | None
    by: str | None
    reason: str | None


class AnswersForView(View):
    """For whom somebody may answer, on which days, now or later; no roles or kinds named: for all of them."""

    person: str
    person_name: str
    first: Day
    last: Day
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class PersonView(PersonLineView):
    """Somebody of the directory; levels of competence for themselves, heads and the administrator only."""

    assistant: str | None
    absences: tuple[AbsenceView, ...]
    delegations: tuple[DelegationView, ...]
    answers_for: tuple[AnswersForView, ...] = ()
    competencies: dict[str, int] | None


class CalendarView(View):
    """Working hours of a place, by its own clock, and the last day up to which its holidays are known."""

    name: str
    zone: str
    opens: str
    closes: str
    holidays_until: Day | None


class DirectoryView(View):
    """The firm's people, then those of its clients. `warnings` tell of calendars whose holidays run out."""

    firm: str
    currency: str
    people: tuple[PersonLineView, ...]
    calendars: tuple[CalendarView, ...]
    warnings: tuple[str, ...]


class MeView(PersonLineView):
    """Who the caller is, and what they keep of the house."""


class DocumentRevisions(View):
    """A document by its revisions, the oldest first: what each is bound to, how it stands, who signed."""

    kind: DocumentKind
    current: int
    revisions: tuple[DocumentView, ...]


class Bytes(NamedTuple):
    """A document's bytes and their SHA-256."""

    body: bytes
    hash: str


class Paper(NamedTuple):
    """A document of an engagement."""

    engagement: str
    kind: DocumentKind


def require_colleague(state: Engagement, actor: Actor) -> None:
    """Raises NotYours for a person of the client."""
    if state.cast.is_client(actor.person):
        so = f"What you may see of it: interlock deal show {state.id}. For more ask {state.cast.name(state.manager)}."
        raise NotYours("This is the firm's own.", remedy=so)


async def require_of_the_firm(app: Interlock, actor: Actor) -> Directory:
    """The directory, for somebody of the firm. Raises NotYours for a person of a client."""
    directory = await off_loop(app.registry.directory)
    if directory.colleague(actor.person) is None:
        raise NotYours("This is the firm's own.", remedy="Ask whom you know there.")
    return directory


async def engagements(app: Interlock, actor: Actor, wanted: EngagementFilter) -> EngagementPage:
    """A page of engagements: all for heads and the administrator, else those in which one has a part."""
    directory = await off_loop(app.registry.directory)
    sees_all = _sees_all(directory, actor)
    asks_for_own = wanted.mine or wanted.waits_for == actor.person
    filters = Filters(
        stage=wanted.stage.value if wanted.stage else None,
        client=wanted.client,
        mine=actor.person if wanted.mine or not (sees_all or asks_for_own) else None,
        waits_for=wanted.waits_for,
        vacant=wanted.vacant,
        external=wanted.external,
        q=wanted.q,
    )
    page = await off_loop(lambda: app.read.engagements(filters, wanted.after, wanted.limit, actor.person))
    stopped = await off_loop(lambda: app.standings.paused([engagement_stream(line.id) for line in page.items]))
    is_client = directory.colleague(actor.person) is None
    own = Own()
    if is_client or wanted.waits_for == actor.person:
        own = Own(await off_loop(lambda: app.read.steps_in(actor.person, [line.id for line in page.items])))
    items = await off_loop(lambda: _theirs(app, directory, actor, page.items)) if is_client else page.items
    lines = tuple(
        _line(
            directory,
            actor,
            line,
            own,
            app.clock(),
            is_client=is_client,
            is_stopped=engagement_stream(line.id) in stopped,
        )
        for line in items
    )
    return EngagementPage(items=lines, next=page.after, incomplete=await lacking(app, page.damaged, "engagement"))


def _theirs(
    app: Interlock, directory: Directory, actor: Actor, lines: tuple[EngagementLine, ...]
) -> tuple[EngagementLine, ...]:
    """For a client's person, the deals of the client that they are with now."""
    states = ((line, app.read.engagement(line.id)) for line in lines)
    return tuple(line for line, state in states if state is None or not has_left(directory, state, actor.person))


class Own(NamedTuple):
    """The steps of whoever looks at a list."""

    steps: tuple[MyStep, ...] = ()

    def is_asked(self, engagement: str) -> bool:
        """True where an answer or an act waits for them: who must meet a condition alone does not see what it costs."""
        return any(step.engagement == engagement and step.kind in {"ask", "act"} for step in self.steps)

    def owed(self, person: str, engagement: str) -> list[MyStep]:
        """What they owe themselves in one engagement."""
        return [step for step in self.steps if step.engagement == engagement and step.owner == person]


def _is_head(directory: Directory, person: str) -> bool:
    return person in directory.positions.values()


def _sees_all(directory: Directory, actor: Actor) -> bool:
    return _is_head(directory, actor.person) or "administrator" in actor.house_roles


def _line(
    directory: Directory,
    actor: Actor,
    line: EngagementLine,
    own: Own,
    now: datetime,
    *,
    is_client: bool,
    is_stopped: bool,
) -> EngagementLineView:
    """A line as this person may see it. A client's person sees no figures, and of next steps their own (`own`)."""
    roles, is_head = tuple(filter(None, (line.roles or "").split(","))), _is_head(directory, actor.person)
    shown = line._asdict() | {"vacant": tuple(filter(None, line.vacant.split(",")))}
    zone = directory.zone_of(actor.person)
    first = _first_step(line, zone, now)
    shown |= {"next_step": first, "more_steps": max(0, line.steps - 1)}
    shown["hold_has_come"] = line.held_until is not None and first is not None and not first.paused
    if not sees_as(roles, Sight.FIGURES, is_head=is_head):
        shown["margin"] = None
    if not (own.is_asked(line.id) or sees_as(roles, Sight.PRICE, is_head=is_head)):
        shown["value"] = None
    if is_client:
        steps = own.owed(actor.person, line.id)
        mine = _own_step(steps[0], zone, now) if steps else None
        shown |= {"value": None, "next_step": mine, "more_steps": max(0, len(steps) - 1), "vacant": ()}
    return EngagementLineView.model_validate(shown | {"stopped": is_stopped})


def _own_step(step: MyStep, zone: str | None, now: datetime) -> FirstStepView:
    due = None if step.paused else step.due_at
    return FirstStepView(
        what=step.what,
        who=WhoView(id=step.owner, name=step.owner_name, role=role_label(step.role) if step.role else None),
        since=step.since,
        due=due,
        due_shown=moment_shown(due, zone or UTC_ZONE) if due else None,
        overdue=due is not None and due <= now,
        paused=step.paused,
    )


def _first_step(line: EngagementLine, zone: str | None, now: datetime) -> FirstStepView | None:
    if not line.next_what:
        return None
    role = role_label(line.next_role) if line.next_role else None
    return FirstStepView(
        what=line.next_what,
        who=WhoView(id=line.next_who, name=line.next_who_name, role=role),
        since=line.next_since,
        due=line.next_due,
        due_shown=moment_shown(line.next_due, zone or UTC_ZONE) if line.next_due else None,
        overdue=line.next_due is not None and line.next_due <= now,
        paused=line.next_paused,
    )


async def vacancies(app: Interlock, actor: Actor, wanted: VacancyFilter) -> VacancyPage:
    """A page of vacancies, the oldest first: all for heads and the administrator.

    Others see those that they must see filled and those of the engagements that they manage.
    """
    directory = await require_of_the_firm(app, actor)
    me = actor.person
    only = me if wanted.accountable == "me" else None
    mine = me if wanted.mine or not (only or _sees_all(directory, actor)) else None
    page = await off_loop(
        lambda: app.read.vacancies(only, wanted.after, wanted.limit, function=wanted.function, concerning=mine)
    )
    zone = directory.zone_of(me) or UTC_ZONE
    places = {line.engagement for line in page.items}
    asked = await off_loop(lambda: app.read.asked_for_roles(places)) if places else ()
    of_role = {(one.engagement, one.role): one for one in asked}
    lines = tuple(_vacancy(directory, line, of_role.get((line.engagement, line.role)), zone) for line in page.items)
    return VacancyPage(items=lines, next=page.after, incomplete=await lacking(app, page.damaged, "the vacancy"))


def _vacancy(directory: Directory, line: VacancyLine, asked: AskedForRole | None, zone: str) -> VacancyLineView:
    due = asked.due_at if asked is not None else None
    return VacancyLineView(
        **line._asdict(),
        accountable_name=directory.name_of(line.accountable),
        since_shown=moment_shown(line.since, zone),
        asked_name=directory.name_of(asked.person) if asked is not None else None,
        asked_until=due,
        asked_until_shown=moment_shown(due, zone) if due is not None else None,
    )


async def shown_engagement(app: Interlock, actor: Actor, engagement: str) -> EngagementView | ClientEngagementView:
    """An engagement with the asks of its open change orders, as this person may see it."""
    state = await seen(app, actor, engagement)
    reader = await reader_of(app, actor, state.cast)
    view = await off_loop(lambda: engagement_view(state, reader, app.clock(), _open_orders(app.read, state)))
    said: dict[str, object] = {"asks": await _with_capacity(app, view.asks)}
    said["stopped"] = await _stopped(app, engagement_stream(engagement))
    if isinstance(view, EngagementView):
        said["next_steps"] = await with_untold(app, engagement, view.next_steps)
    else:
        said["changes"] = await off_loop(lambda: _put_to_client(app.read, state))
    if state.complaints:
        about = newest(state.complaints)
        asks = await off_loop(lambda: app.read.asks_of_kinds(engagement, OF_COMPLAINTS, about))
        shown = complaint_views if isinstance(view, EngagementView) else own_complaint_views
        said["complaints"] = shown(state, asks, reader)
    return view.model_copy(update=said)


async def _stopped(app: Interlock, stream: str) -> str | None:
    standing = await off_loop(lambda: app.standings.of(stream))
    return paused(stream) if standing.quarantined else None


async def reader_of(app: Interlock, actor: Actor, cast: Cast) -> Reader:
    """Whoever looks at an engagement, by their own clock; a client's person by that of who faces them there."""
    directory = await off_loop(app.registry.directory)
    return Reader(actor, directory.zone_of(actor.person) or cast.zone_of(actor.person))


async def _with_capacity(app: Interlock, asks: tuple[AskView, ...]) -> tuple[AskView, ...]:
    """The asks, those about staffing with the picture of this moment, for whoever sees their facts."""
    return tuple([await _pictured(app, ask) for ask in asks])


async def _pictured(app: Interlock, ask: AskView) -> AskView:
    if ask.kind is not AskKind.CONFIRM_STAFFING or ask.outcome is not Outcome.OPEN or ask.facts is None:
        return ask
    picture = await picture_of(app, ask.engagement)
    return ask.model_copy(update={"capacity": capacity_view(picture) if picture else None})


def _open_orders(read: ReadModel, state: Engagement) -> tuple[ChangeOrder, ...]:
    numbers = (change.n for change in state.changes.values() if change.status.is_open)
    orders = (read.change_order(state.id, n) for n in numbers)
    return tuple(order for order in orders if order is not None)


async def shown_capacity(app: Interlock, actor: Actor, engagement: str) -> CapacityView:
    """Whether the wished dates can be staffed, for a colleague who may see the engagement: hours, nothing of cost."""
    state = await seen(app, actor, engagement)
    require_colleague(state, actor)
    picture = await picture_of(app, engagement)
    if picture is None:
        raise NotFound(f"There is no engagement {engagement}.", remedy="See the list of engagements.")
    return capacity_view(picture)


async def shown_change(app: Interlock, actor: Actor, engagement: str, n: int) -> ChangeOrderView | ClientChangeView:
    """A change order whole; a client's person sees less, and only what was put to them. Raises NotApprovedInside."""
    state = await seen(app, actor, engagement)
    order = await seen_change(app, actor, engagement, n)
    if not state.cast.is_client(actor.person):
        asks = await off_loop(lambda: app.read.asks_of_change(engagement, n))
        return change_order_view(state, order, asks, await reader_of(app, actor, state.cast), app.clock())
    if not is_put_to_client(order):
        raise NotApprovedInside(
            f"Change {n} was not put to you yet.", remedy=f"{state.cast.name(state.manager)} says when it comes."
        )
    return client_change_view(state, n)


async def register(app: Interlock, actor: Actor, engagement: str) -> Register:
    """The register of changes; a client's person sees those that were put to them."""
    state = await seen(app, actor, engagement)
    if not state.cast.is_client(actor.person):
        reader = await reader_of(app, actor, state.cast)
        changes = await off_loop(lambda: change_views(state, _open_orders(app.read, state), reader, app.clock()))
        return Register(changes=changes, potential=potential_views(state))
    return Register(changes=await off_loop(lambda: _put_to_client(app.read, state)))


def _put_to_client(read: ReadModel, state: Engagement) -> tuple[ClientChangeView, ...]:
    """The changes that a client's person sees: those that were put to them."""
    orders = (read.change_order(state.id, n) for n in state.changes)
    put = (order.brief.n for order in orders if order is not None and is_put_to_client(order))
    return tuple(client_change_view(state, n) for n in put)


async def inbox(app: Interlock, actor: Actor, wanted: AskFilter) -> AskPage:
    """What a person may answer now, by due date; or the asks of one engagement."""
    if wanted.engagement is not None:
        return await _asks_of(app, actor, wanted.engagement, wanted)
    if not (wanted.mine and wanted.open):
        what = "Asks of others, and those that have ended, are shown engagement by engagement."
        raise BadValue(what, remedy="Name the engagement.", field="engagement")
    page = await off_loop(lambda: app.read.inbox(actor.person, wanted.after, wanted.limit))
    directory = await off_loop(app.registry.directory)
    lines = [_ask_line(found, directory, actor) for found in page.items]
    reckoned = [await reckoned_for(app, found.ask, found.engagement) for found in page.items]
    views = (reckoning_view(now) if now else None for now in reckoned)
    stopped = await off_loop(lambda: app.standings.paused([stream_of(line.id) for line in lines]))
    shown = (
        line.model_copy(update={"reckoned": view, "stopped": stream_of(line.id) in stopped})
        for line, view in zip(lines, views, strict=True)
    )
    return AskPage(items=tuple(shown), next=page.after, incomplete=await lacking(app, page.damaged, "ask"))


def _ask_line(found: AskInPlace, directory: Directory, actor: Actor) -> AskLineView:
    """A line of an inbox. A client's person reads the clock by which the ask itself runs."""
    ask = found.ask
    runs_by = directory.calendars.get(ask.clock.calendar)
    zone = directory.zone_of(actor.person) or (runs_by.zone if runs_by else UTC_ZONE)
    kept = ("id", "kind", "subject", "title", "hash", "facts", "beside", "difference", "method", "asked", "requester")
    return AskLineView(
        **{name: getattr(ask, name) for name in (*kept, "opened_at", "due_at", "outcome")},
        engagement=found.engagement,
        engagement_title=found.title,
        client=found.client,
        change=place_of(ask.id).change,
        due_shown=moment_shown(ask.due_at, zone) if ask.due_at else None,
        reckoned=None,
    )


async def _asks_of(app: Interlock, actor: Actor, engagement: str, wanted: AskFilter) -> AskPage:
    """All asks of an engagement in the order in which they were opened; a client's person sees their own."""
    state = await seen(app, actor, engagement)
    is_open = True if wanted.open else None
    found = await off_loop(lambda: app.read.asks_of(engagement, is_open=is_open))
    only_own = wanted.mine or state.cast.is_client(actor.person)
    asks = (place.ask for place in found.rows)
    shown = [ask for ask in asks if not only_own or actor.person in (v.person for v in ask.voters)]
    reader = await reader_of(app, actor, state.cast)
    views = tuple(ask_view(state, ask, state, reader) for ask in shown)
    missing = await lacking(app, found.damaged, "ask")
    return AskPage(items=await _with_capacity(app, views), next=None, incomplete=missing)


async def shown_ask(app: Interlock, actor: Actor, ask: str) -> AskView:
    """One ask, for whom it concerns."""
    known = await seen_ask(app, actor, ask)
    place = place_of(ask)
    state = await off_loop(lambda: app.read.engagement(place.engagement))
    if state is None:
        raise NotFound(f"There is no engagement {place.engagement}.", remedy="See the list of engagements.")
    of: Asking = state
    if place.change is not None:
        of = await change_there(app, place.engagement, place.change)
    view = ask_view(of, known, state, await reader_of(app, actor, state.cast))
    return await _pictured(app, await _with_changes(app, view, known))


async def _with_changes(app: Interlock, view: AskView, ask: Ask) -> AskView:
    """What changed in the text of the document that it is about, for whoever may see what it is about."""
    if view.document is None or view.difference is None:
        return view
    earlier = await off_loop(app.read.asks_before, ask)
    changes = await changes_between(app, earlier[-1] if earlier else None, ask)
    return view.model_copy(update={"difference": (*view.difference, *changes)})


# -- documents


class Revision(NamedTuple):
    """A revision of a document, and whether it ever left the house."""

    document: Document
    was_sent: bool


async def read_document(
    app: Interlock, actor: Actor, paper: Paper, form: Literal["md", "html"], revision: int | None
) -> Bytes:
    """A document's bytes: the current revision, or an earlier one. Raises NotApprovedInside for the client's eyes."""
    found = await _revision(app, actor, paper, revision)
    key = found.document.source if form == "md" else found.document.rendered
    return Bytes(await _fetch(app, key), key)


async def document_difference(app: Interlock, actor: Actor, paper: Paper, before: int, after: int) -> str:
    """A unified difference of two revisions' Markdown."""
    old, new = [await _lines(app, actor, paper, revision) for revision in (before, after)]
    names = f"{paper.kind} revision {before}", f"{paper.kind} revision {after}"
    return "".join(difflib.unified_diff(old, new, fromfile=names[0], tofile=names[1]))


async def _lines(app: Interlock, actor: Actor, paper: Paper, revision: int) -> list[str]:
    found = await _revision(app, actor, paper, revision)
    return (await _fetch(app, found.document.source)).decode().splitlines(keepends=True)


async def _revision(app: Interlock, actor: Actor, paper: Paper, revision: int | None) -> Revision:
    engagement, kind = paper
    state = await seen(app, actor, engagement)
    is_client = state.cast.is_client(actor.person)
    if not (is_client or may_see(state, actor, Sight.PRICE)):
        raise NotYours("Documents say the price.", remedy=f"Ask {state.cast.name(state.manager)}.")
    own = (engagement_stream(engagement),)
    found = await read_when_there(app, own, lambda: _found_revision(app.read, paper, revision))
    if is_client and not found.was_sent:
        raise _not_sent(state, f"Revision {found.document.revision} of the {kind.upper()}")
    return found


def _found_revision(read: ReadModel, paper: Paper, revision: int | None) -> Revision:
    """Raises NotFound for one that is not there."""
    engagement, kind = paper
    state = _there(read, engagement)
    current = _current(state, kind)
    if revision is None or revision == current.revision:
        return Revision(current, is_shown_outside(state, kind))
    found = _revisions(read, engagement, kind).get(revision)
    if found is None:
        raise NotFound(f"There is no revision {revision}.", remedy=f"The newest is {current.revision}.")
    return found


def _there(read: ReadModel, engagement: str) -> Engagement:
    state = read.engagement(engagement)
    if state is None:
        raise not_there()
    return state


def _current(state: Engagement, kind: DocumentKind) -> Document:
    current = state.documents.get(kind)
    if current is None:
        raise NotFound(f"There is no {kind.upper()} yet.", remedy="Draft it.")
    return current


def _not_sent(state: Engagement, what: str) -> NotApprovedInside:
    return NotApprovedInside(f"{what} is not sent yet.", remedy=f"{state.cast.name(state.manager)} says when it comes.")


async def document_revisions(app: Interlock, actor: Actor, paper: Paper) -> DocumentRevisions:
    """Every revision of a document; a client's person sees those that were sent. Raises NotApprovedInside."""
    engagement, kind = paper
    await seen(app, actor, engagement)

    def look() -> Engagement:
        state = _there(app.read, engagement)
        _current(state, kind)
        return state

    state = await read_when_there(app, (engagement_stream(engagement),), look)
    found = (await off_loop(lambda: _revisions(app.read, engagement, kind))).values()
    client = state.cast.is_client(actor.person)
    reader = await reader_of(app, actor, state.cast)
    readable = [revision.document for revision in found if revision.was_sent or not client]
    shown = tuple(document_view(document, state, reader) for document in readable)
    if not shown:
        raise _not_sent(state, f"The {kind.upper()}")
    return DocumentRevisions(kind=kind, current=shown[-1].revision, revisions=shown)


OF_DOCUMENTS = tuple(
    str(event.model_fields["kind"].default)
    for event in (DocumentDrafted, DocumentStatusChanged, OfferExpirySet, DocumentSigned, RecordMended)
)
"""The kinds of facts that touch a document."""


def _revisions(read: ReadModel, engagement: str, kind: DocumentKind) -> dict[int, Revision]:
    """Every revision of a document by its number, as the record has it."""
    found: dict[int, Revision] = {}
    for entry in entries_of(read, engagement, OF_DOCUMENTS):
        event = entry.fact.event
        if isinstance(event, RecordMended):
            stands = event.engagement.documents.get(kind)
            found = {n: known for n, known in found.items() if stands is not None and n <= stands.revision}
            document = stands
        else:
            document = _document_after(event, kind, found)
        if document is not None:
            was_sent = document.revision in found and found[document.revision].was_sent
            found[document.revision] = Revision(document, was_sent or document.status is DocumentStatus.SENT)
    return found


def _document_after(event: Any, kind: DocumentKind, found: dict[int, Revision]) -> Document | None:
    """The newest revision after a fact that touches it; None where the fact does not."""
    if isinstance(event, DocumentDrafted):
        return event.document if event.document.kind == kind else None
    if (
        not isinstance(event, DocumentStatusChanged | OfferExpirySet | DocumentSigned)
        or event.document != kind
        or not found
    ):
        return None
    newest = found[max(found)].document
    if isinstance(event, DocumentSigned):
        return newest.having(signatures=(*newest.signatures, event.signature))
    if isinstance(event, OfferExpirySet):
        return newest.having(offered_until=event.until)
    return newest.having(status=event.status, stale_because=event.because)


def facts_of(read: ReadModel, engagement: str, kinds: Collection[str]) -> Iterator[Recorded]:
    """The facts of these kinds in the record of an engagement and its change orders, in order."""
    yield from (entry.fact for entry in entries_of(read, engagement, kinds))


def entries_of(read: ReadModel, engagement: str, kinds: Collection[str]) -> Iterator[LedgerEntry]:
    """The same with their places."""
    page = read.ledger(engagement, None, FACTS_AT_ONCE, kinds=kinds)
    yield from page.items
    while page.after is not None:
        page = read.ledger(engagement, page.after, FACTS_AT_ONCE, kinds=kinds)
        yield from page.items


async def _fetch(app: Interlock, key: str) -> bytes:
    """Raises IntegrityBroken where the bytes are gone, or are not what their hash says."""
    return await off_loop(lambda: app.documents.fetch(key))


# -- the record

OF_COMMISSION = (CommissionFellDue, EngagementReconciled, RecordMended)
"""What tells a commission; a mend holds the whole state, with its commission."""


async def ledger_page(app: Interlock, actor: Actor, engagement: str, after: str | None, limit: int) -> FactPage:
    """A page of the record. What is in a fact shows to those who see figures; commission to whom it concerns."""
    state = await seen(app, actor, engagement)
    require_colleague(state, actor)
    page = await off_loop(lambda: app.read.ledger(engagement, after, limit))
    return FactPage(items=tuple(_fact(state, actor, entry) for entry in page.items), next=page.after)


def _fact(state: Engagement, actor: Actor, entry: LedgerEntry) -> FactView:
    fact = entry.fact
    visible = may_see(state, actor, Sight.FIGURES)
    if isinstance(fact.event, OF_COMMISSION):
        visible = may_see(state, actor, Sight.COMMISSION)
    return FactView(
        position=entry.position,
        stream=fact.stream,
        seq=fact.seq,
        at=fact.at,
        by=fact.by,
        channel=fact.channel,
        for_whom=fact.for_whom,
        command=fact.command,
        kind=fact.event.kind,
        event=without_levels(state, actor, fact.event.model_dump(mode="json")) if visible else None,
        prev=entry.prev,
        hash=entry.hash,
    )


async def verdict_on(app: Interlock, actor: Actor, engagement: str) -> VerdictView:
    """Whether the record of an engagement is what was written, and the read model what it makes."""
    state = await seen(app, actor, engagement)
    require_colleague(state, actor)
    found = await off_loop(lambda: app.proofs.verdict(engagement))
    return VerdictView(
        verified=found.is_sound,
        **found.size._asdict(),
        found=found.found,
        faults=tuple(fault.told for fault in found.faults),
        left_out=found.left_out,
    )


async def tree_head(app: Interlock, actor: Actor) -> TreeHeadView:
    """Where every chain stands now, signed, for somebody of the firm; the streams for who sees all engagements."""
    directory = await require_of_the_firm(app, actor)
    signed = await off_loop(app.proofs.signed_head)
    head = signed.head
    leaves = tuple(LeafView(**leaf.model_dump()) for leaf in head.leaves)
    return TreeHeadView(
        at=head.at,
        streams=len(leaves),
        root=head.root,
        leaves=leaves if _sees_all(directory, actor) else None,
        signature=head.signature,
        public_key=signed.public_key,
    )


# -- who is who, and which process


async def people(app: Interlock, actor: Actor) -> DirectoryView:
    """The directory, for somebody of the firm."""
    directory = await require_of_the_firm(app, actor)
    lines = tuple(PersonLineView(**_person(directory, person.id)) for person in directory.everyone())
    return DirectoryView(
        firm=directory.firm,
        currency=directory.currency,
        people=lines,
        calendars=tuple(_calendar(calendar) for calendar in directory.calendars.values()),
        warnings=holiday_warnings(directory, app.clock().date()),
    )


async def person_as_of(app: Interlock, actor: Actor, person: str) -> tuple[int, PersonView]:
    """The same, with the version of the directory that it was read from, or one before. Raises NotFound, NotYours."""
    version, _ = await off_loop(app.registry.directory_version)
    return version, await person_view(app, actor, person)


async def person_view(app: Interlock, actor: Actor, person: str) -> PersonView:
    """Somebody of the directory, for a colleague. Raises NotFound, NotYours."""
    directory = await require_of_the_firm(app, actor)
    known = directory.person(person)
    if known is None:
        remedy = meant(person, (one.id for one in directory.everyone()), "See the directory.")
        raise NotFound(f"Nobody is called {person}.", remedy=remedy, field="person")
    overseer = "administrator" in actor.house_roles or actor.person in directory.positions.values()
    own = person == actor.person or overseer
    return PersonView(
        **_person(directory, person),
        assistant=known.assistant,
        absences=tuple(
            AbsenceView(
                first=absence.first,
                last=absence.last,
                delegate=absence.delegate,
                delegate_name=directory.name_of(absence.delegate) if absence.delegate else None,
            )
            for absence in directory.absences
            if absence.person == person
        ),
        delegations=tuple(
            DelegationView(**given.model_dump(exclude={"person"}), to_name=directory.name_of(given.to))
            for given in directory.delegations
            if given.person == person
        ),
        answers_for=tuple(_answers_for(directory, person, app.clock())),
        competencies=dict(known.competencies) if own else None,
    )


def _answers_for(directory: Directory, person: PersonId, now: datetime) -> Iterator[AnswersForView]:
    """Whose delegate somebody is: for the days of an absence, or by a delegation that has not ended."""
    today = now.astimezone(ZoneInfo(directory.zone_of(person) or UTC_ZONE)).date()
    for away in directory.absences:
        if away.delegate == person and away.last >= today:
            name = directory.name_of(away.person)
            yield AnswersForView(person=away.person, person_name=name, first=away.first, last=away.last)
    for given in directory.delegations:
        if given.to == person and given.last >= today:
            name = directory.name_of(given.person)
            known = given.model_dump(include={"person", "first", "last", "roles", "kinds"})
            yield AnswersForView(**known, person_name=name)


def _calendar(calendar: Calendar) -> CalendarView:
    return CalendarView(
        name=calendar.name,
        zone=calendar.zone,
        opens=_wall(calendar.opens),
        closes=_wall(calendar.closes),
        holidays_until=calendar.holidays_until,
    )


def _wall(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


async def me(app: Interlock, actor: Actor) -> MeView:
    """Who is calling."""
    directory = await off_loop(app.registry.directory)
    return MeView(**_person(directory, actor.person) | {"house_roles": actor.house_roles})


def _person(directory: Directory, person: str) -> dict[str, object]:
    known = directory.person(person)
    if known is None:
        raise NotFound(f"Nobody is called {person}.", remedy="See the directory.")
    positions = tuple(sorted(name for name, holder in directory.positions.items() if holder == person))
    keeps = tuple(sorted(name for name, holder in directory.house_roles.items() if holder == person))
    return known.model_dump(exclude={"assistant", "competencies"}) | {"positions": positions, "house_roles": keeps}


async def current_playbook(app: Interlock, actor: Actor) -> Playbook:
    """The process in force, for somebody of the firm."""
    await require_of_the_firm(app, actor)
    return await off_loop(app.registry.playbook)


READY_PATIENCE = 2.0
"""Seconds that whoever asks whether work can be done waits for each answer at most."""


class Ready(NamedTuple):
    """What must answer before work can be done, and why something of it does not, where that is known."""

    engine: bool
    worker: bool
    database: bool
    writes: bool
    is_foreign: bool = False
    """The engine belongs to another installation: beside it no worker works."""
    directory: Refused | None = None
    """The directory is not what was written: nobody is let in, and no deal begins."""


async def is_ready(app: Interlock) -> Ready:
    """Engine, worker, database and its write turn. Each is bounded in time."""
    damaged = asyncio.ensure_future(_damage_of_directory(app))
    engine, worker, counted, installed, writes, own = await asyncio.gather(
        _in_time(app.engine.is_reachable),
        _in_time(app.engine.is_worked_on),
        _in_time(lambda: _answers(app.read.by_stage)),
        _in_time(lambda: _answers(app.installation.try_to_read)),
        _in_time(lambda: _answers(app.intake.try_to_write)),
        _in_time(app.engine.is_own),
    )
    answers = counted and installed
    is_foreign = engine and answers and not own  # another's worker answers for another
    wrong = await damaged
    database = answers and wrong is None
    return Ready(engine, worker and (own or not answers), database, writes, is_foreign, wrong)


async def _damage_of_directory(app: Interlock) -> Refused | None:
    def look() -> Refused | None:
        try:
            app.registry.sound_directory()
        except IntegrityBroken as damaged:
            return damaged.refused
        return None

    with anyio.move_on_after(READY_PATIENCE), suppress(Refusal, *STORE_AWAY):
        return await anyio.to_thread.run_sync(look, abandon_on_cancel=True)
    return None


class Paused(NamedTuple):
    """What an operator must mend though all answers: null where that cannot be read now."""

    new_deals: bool | None = None
    """True while none are taken."""
    quarantined: int | None = None
    """Engagements and change orders that cannot be changed until they are reconciled."""
    contradicted: bool | None = None
    """True while the record is not what the newest signed head says."""


async def paused_now(app: Interlock) -> Paused:
    """What is paused. Bounded in time."""

    def look() -> Paused:
        return Paused(
            new_deals=bool(app.installation.stopped()),
            quarantined=app.standings.how_many_quarantined(),
            contradicted=bool(app.installation.contradicted()),
        )

    with anyio.move_on_after(READY_PATIENCE), suppress(Refusal, *STORE_AWAY):
        return await anyio.to_thread.run_sync(look, abandon_on_cancel=True)
    return Paused()


async def _in_time(look: Callable[[], Awaitable[bool]]) -> bool:
    with anyio.move_on_after(READY_PATIENCE), suppress(Refusal, *STORE_AWAY):
        return await look()
    return False


async def _answers(call: Callable[[], object]) -> bool:
    try:
        await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
    except Exception:
        return False
    return True
