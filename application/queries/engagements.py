"""Lists of engagements."""

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from adapters.db.my_steps import MyStep
from adapters.db.read_model_rows import EngagementLine, Filters
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import heads_a_function, may_see_all
from application.queries.parameters import Flag, Limit, Sought
from application.queries.step_views import FirstStepView, WhoView
from application.queries.view import UTC_ZONE, FractionFigure, Instant, MoneyFigure, ShownPersonId, View
from application.queries.visibility import has_left
from application.reconciliation.damage import lacking
from domain.directory.directory import Directory
from domain.engagement.permissions import Sight, sees_as
from domain.playbook.model import Kind, Stage, role_label
from domain.shared.calendar import shown as moment_shown
from domain.shared.streams import engagement_stream
from domain.shared.text import ShortText, composed
from domain.shared.transaction import Actor
from domain.shared.values import EXTERNAL_FORM, Day, EngagementId, PersonId, Value


class EngagementFilter(Value):
    """All criteria given must hold."""

    stage: Stage | None = None
    client: ShortText | None = None
    waits_for: PersonId | None = None
    mine: Flag = False
    vacant: Flag | None = None
    external: (
        Annotated[str, BeforeValidator(composed), Field(pattern=EXTERNAL_FORM, examples=["crm:OPP-4711"])] | None
    ) = None
    q: Sought | None = None
    after: EngagementId | None = None
    limit: Limit = 50


class EngagementLineView(View):
    """An engagement in a list. Its margin (at P80, a fraction) is only for those it concerns.

    Here and elsewhere `…_shown` is for people: the same time in the reader's zone.
    """

    id: EngagementId
    seq: int
    stage: Stage
    kind: Kind
    client: str
    title: str
    salesperson: ShownPersonId
    manager: ShownPersonId
    value: MoneyFigure | None
    margin: FractionFigure | None
    currency: str
    started_at: Instant
    updated_at: Instant
    next_step: FirstStepView | None
    """The most pressing next step, and whose it is."""
    more_steps: int
    """How many other next steps there are."""
    held_until: Day | None
    """The day until which it is on hold; null if it is not."""
    hold_has_come: bool
    """True from that day on: someone is to resume, extend or end it."""
    vacant: tuple[str, ...]
    stopped: bool = False
    """Changes are stopped by a technical fault: what is shown may be older than what people were told."""


class EngagementPage(View):
    """Some engagements; `next` is the `after` of the next page, null at the end.

    `incomplete` says why there may be more than can be read now; null if there is not.
    """

    items: tuple[EngagementLineView, ...]
    next: str | None
    incomplete: str | None = None


async def engagements(app: Interlock, actor: Actor, wanted: EngagementFilter) -> EngagementPage:
    """A page of engagements: all for heads and the administrator, else those in which one has a part."""
    directory = await off_loop(app.registry.directory)
    filters = filters_for(directory, actor, wanted)
    page = await off_loop(lambda: app.read.engagements(filters, wanted.after, wanted.limit, actor.person_id))
    lines = await line_views(app, directory, actor, page.items, shows_own=wanted.waits_for == actor.person_id)
    return EngagementPage(items=lines, next=page.after, incomplete=await lacking(app, page.damaged, "engagement"))


def filters_for(directory: Directory, actor: Actor, wanted: EngagementFilter) -> Filters:
    """What is asked for, among all engagements for heads and the administrator, else among one's own."""
    asks_for_own = wanted.mine or wanted.waits_for == actor.person_id
    return Filters(
        stage=wanted.stage.value if wanted.stage else None,
        client=wanted.client,
        mine=actor.person_id if wanted.mine or not (may_see_all(directory, actor) or asks_for_own) else None,
        waits_for=wanted.waits_for,
        vacant=wanted.vacant,
        external=wanted.external,
        q=wanted.q,
    )


async def line_views(
    app: Interlock, directory: Directory, actor: Actor, found: tuple[EngagementLine, ...], *, shows_own: bool = False
) -> tuple[EngagementLineView, ...]:
    """Engagements as this person may see them in a list. `shows_own`: those of a person's own steps show the value."""
    stopped = await off_loop(lambda: app.standings.paused([engagement_stream(line.id) for line in found]))
    is_client = directory.colleague(actor.person_id) is None
    own = Own()
    if is_client or shows_own:
        own = Own(await off_loop(lambda: app.read.steps_in(actor.person_id, [line.id for line in found])))
    items = await off_loop(lambda: _theirs(app, directory, actor, found)) if is_client else found
    return tuple(
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


def _theirs(
    app: Interlock, directory: Directory, actor: Actor, lines: tuple[EngagementLine, ...]
) -> tuple[EngagementLine, ...]:
    """For a client's person, the deals of their current client."""
    states = ((line, app.read.engagement(line.id)) for line in lines)
    return tuple(line for line, state in states if state is None or not has_left(directory, state, actor.person_id))


class Own(NamedTuple):
    """The steps of a list's reader."""

    steps: tuple[MyStep, ...] = ()

    def is_asked(self, engagement_id: EngagementId) -> bool:
        """True if an answer or an act waits for them: owing only a condition does not show what the deal costs."""
        return any(step.engagement_id == engagement_id and step.kind in {"ask", "act"} for step in self.steps)

    def owed(self, person_id: PersonId, engagement_id: EngagementId) -> list[MyStep]:
        """What they owe themselves in one engagement."""
        return [step for step in self.steps if step.engagement_id == engagement_id and step.owner == person_id]


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
    """A line as this person may see it. A client's person sees no figures, and only their own next steps (`own`)."""
    roles, is_head = tuple(filter(None, (line.roles or "").split(","))), heads_a_function(directory, actor.person_id)
    shown = line._asdict() | {"vacant": tuple(filter(None, line.vacant.split(",")))}
    zone = directory.zone_of(actor.person_id)
    first = _first_step(line, zone, now)
    shown |= {"next_step": first, "more_steps": max(0, line.steps - 1)}
    shown["hold_has_come"] = line.held_until is not None and first is not None and not first.paused
    if not sees_as(roles, Sight.FIGURES, is_head=is_head):
        shown["margin"] = None
    if not (own.is_asked(line.id) or sees_as(roles, Sight.PRICE, is_head=is_head)):
        shown["value"] = None
    if is_client:
        steps = own.owed(actor.person_id, line.id)
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
