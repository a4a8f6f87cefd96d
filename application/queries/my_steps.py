"""What someone owes in all engagements: asks, acts, vacancies that they must see filled, conditions."""

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import Field

from adapters.console_commands import command_of, with_commands
from adapters.db.column_types import NEVER
from adapters.db.my_steps import MyStep
from adapters.db.outbox import State
from application.commands.asks import stream_of
from application.context import Interlock
from application.notifications.step_cards import could_hold
from application.off_loop import off_loop
from application.queries.view import UTC_ZONE, Instant, NamedPersonView, View
from application.reconciliation.damage import lacking, report_damage
from domain.directory.candidates import CandidateFit
from domain.directory.directory import ADMINISTRATOR, Directory
from domain.engagement.documents.prepared_requirements import prepared_lines
from domain.engagement.documents.redrafting import how_to_redraft
from domain.engagement.roles.values import VacancyCause
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.choices import AS_PREPARED, replace_action, request_action, step_action, vacancy_action
from domain.next_steps.model import StepPart
from domain.next_steps.stand_ins import away_until, in_whose_place, who_else
from domain.next_steps.texts import DRAFTS, how_filled, would_be_the_same
from domain.notifications.digest import Awaited
from domain.notifications.vacancy_offers import MAX_OFFERED
from domain.shared.calendar import shown
from domain.shared.errors import IntegrityBroken
from domain.shared.remedy_actions import ActionRef, RemedyAction
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import AskId, Day, EngagementId, PersonId, Value, Whole

# Overdue steps of others shown on a page.
MAX_LATE = 10
# Asks that someone waits for shown on a page; the digest has more.
MAX_AWAITED = 5
# Vacancies on a page for which candidates are looked up: each takes milliseconds.
MAX_VACANCIES_WITH_CANDIDATES = 10


class MyStepFilter(Value):
    """In which engagement, or in all; how many, at most."""

    engagement_id: EngagementId | None = None
    limit: Annotated[Whole, Field(ge=1, le=200)] = 50


class MyStepView(View):
    """One thing that waits for the caller. `owner` owes it, if the caller may do it in their place.

    Exactly one of `ask`, `act`, `vacancy` and `task` says what it is.
    """

    what: str
    reason: str | None
    """Why it is owed again: why it was returned, or the answer to a question that was asked back."""
    engagement_id: EngagementId
    title: str
    client: str
    owner: NamedPersonView
    is_own: bool
    """True if the caller owes it themselves."""
    since: Instant
    since_shown: str
    due: Instant | None
    due_shown: str | None
    overdue: bool
    paused: bool
    """True while its clock is paused."""
    held_until: Day | None = None
    """The day until which its engagement is on hold, if it is, and nothing can be done about it but to name people."""
    hold_has_come: bool = False
    """True from that day on: someone is to resume, extend or end it."""
    ask_id: AskId | None
    act: str | None
    vacancy: str | None
    task: str | None
    candidates: tuple[NamedPersonView, ...] = ()
    """For the first vacancies: the first few who are competent, free to take it, and not away."""
    command: str
    """The `interlock` command that does it."""
    prepared: tuple[str, ...] = ()
    """What is prepared for it, one line each: this command accepts it as it is, and it is not in force before."""
    how: str | None = None
    """What to do first about a document that was returned or is no longer valid."""
    unchanged: bool = False
    """True if drafting it would give the same text that was returned."""
    stands_in: str | None = None
    """Who else may do it, or in whose place the caller may, and why."""
    stopped: bool = False
    """It cannot be done until a technical fault is repaired: what is shown may be older than what was told."""


class AwaitedView(View):
    """An ask whose answer the caller waits for, and who owes it."""

    ask_id: AskId
    what: str
    who: tuple[str, ...]
    """Their names."""
    since: Instant
    due: Instant | None
    due_shown: str | None


class AwaitedTokenView(View):
    """Someone at a client who must sign and has no token, so that it is for the administrator. `command` makes one."""

    person: NamedPersonView
    engagement_id: EngagementId
    title: str
    client: str
    what: str
    since: Instant
    command: str


class MyStepPage(View):
    """What waits for the caller, most pressing first; `more` if there is more than is shown.

    `tokens`: who waits for a token to sign with; `reached_nobody`: how many messages; for the administrator alone.
    `incomplete` says why there may be more than can be read now; null if there is not.
    """

    items: tuple[MyStepView, ...]
    more: bool
    late: tuple[MyStepView, ...]
    """Overdue steps of others that have escalated to the caller: the command has someone else asked, if they may."""
    more_late: bool
    awaited: tuple[AwaitedView, ...] = ()
    """What the caller waits for, the longest first: their own clock is paused while they asked back."""
    more_awaited: bool = False
    tokens: tuple[AwaitedTokenView, ...] = ()
    reached_nobody: int = 0
    incomplete: str | None = None


async def my_next_steps(app: Interlock, actor: Actor, wanted: MyStepFilter) -> MyStepPage:
    """What waits for someone, or they may do. A client's person sees what they are asked."""
    directory = await off_loop(app.registry.directory)
    found = await off_loop(lambda: app.read.steps_of(actor.person_id, wanted.limit, wanted.engagement_id))
    steps = found.items
    vacant = [step for step in steps if step.kind == "vacancy"][:MAX_VACANCIES_WITH_CANDIDATES]
    gaps = {step: await _gap(app, step) for step in vacant}
    prepared = {step: await _prepared(app, step) for step in steps if _may_be_prepared(step)}
    redrafts = {step: await _redraft(app, step) for step in steps if _is_draft(step)}
    streams = {step: _stream_of(step) for step in steps}
    stopped = await off_loop(lambda: app.standings.paused(set(streams.values())))
    items = tuple(
        _view(app, directory, actor, step, gaps.get(step, NO_GAP).competent, prepared.get(step, ())).model_copy(
            update={"stopped": streams[step] in stopped, "how": gaps.get(step, NO_GAP).how, **redrafts.get(step, {})}
        )
        for step in steps
    )
    late = await off_loop(lambda: app.read.late_steps_of(actor.person_id, MAX_LATE))
    keeps = ADMINISTRATOR in actor.house_roles
    awaited, lost = await off_loop(lambda: app.read.awaited_by(actor.person_id, wanted.engagement_id))
    return MyStepPage(
        items=items,
        more=found.more,
        late=tuple(_view(app, directory, actor, step, (), ()) for step in late.items),
        more_late=late.more,
        awaited=tuple(_awaited(directory, actor, one) for one in awaited.items[:MAX_AWAITED]),
        more_awaited=awaited.total > MAX_AWAITED,
        tokens=await off_loop(lambda: _tokens(app, directory)) if keeps else (),
        reached_nobody=await off_loop(lambda: app.outbox.how_many(State.DEAD)) if keeps else 0,
        incomplete=await lacking(app, (*found.damaged, *late.damaged, *lost), "the step"),
    )


def _awaited(directory: Directory, actor: Actor, one: Awaited) -> AwaitedView:
    return AwaitedView(
        ask_id=one.ask_id,
        what=one.title,
        who=tuple(map(directory.name_of, one.owed_by)),
        since=one.since,
        due=one.due_at,
        due_shown=shown(one.due_at, directory.zone_of(actor.person_id) or UTC_ZONE) if one.due_at else None,
    )


def _tokens(app: Interlock, directory: Directory) -> tuple[AwaitedTokenView, ...]:
    """Each person of a client who must sign now and has no token, once, longest waiting first."""
    asked = {
        one.person_id: one for one in reversed(app.read.awaited_signers()) if directory.colleague(one.person_id) is None
    }
    lacking = set(app.registry.tokens.lacking(tuple(asked), app.clock()))
    waiting = sorted(
        (one for one in asked.values() if one.person_id in lacking), key=lambda one: (one.since, one.person_id)
    )
    return tuple(
        AwaitedTokenView(
            person=NamedPersonView(id=one.person_id, name=directory.name_of(one.person_id)),
            engagement_id=one.engagement_id,
            title=one.title,
            client=one.client,
            what=one.what,
            since=one.since,
            command=command_of(RemedyAction.CREATE_TOKEN.about(person=one.person_id)),
        )
        for one in waiting
    )


def _stream_of(step: MyStep) -> str:
    return stream_of(step.ask_id) if step.ask_id is not None else engagement_stream(step.engagement_id)


class Gap(NamedTuple):
    """Who could fill a vacancy, by name; if its holder is away, also how it can be filled."""

    competent: tuple[NamedPersonView, ...]
    how: str | None


NO_GAP = Gap((), None)


async def _gap(app: Interlock, step: MyStep) -> Gap:
    """Empty if its engagement is damaged, so that other steps are still shown."""
    try:
        state = await off_loop(lambda: app.read.engagement(step.engagement_id))
    except IntegrityBroken as damaged:
        await report_damage(app, damaged)
        return NO_GAP
    if state is None:
        return NO_GAP
    vacancy = state.vacancies.get(step.ref)
    is_away = vacancy is not None and vacancy.cause is VacancyCause.AWAY
    found = await could_hold(app, state, step.ref)
    fit = [one for one in found if one.standing is CandidateFit.COMPETENT and one.is_offered and not one.away_until]
    competent = tuple(NamedPersonView(id=one.person_id, name=one.name) for one in fit[:MAX_OFFERED])
    return Gap(competent, with_commands(how_filled(state, vacancy)) if vacancy is not None and is_away else None)


def _may_be_prepared(step: MyStep) -> bool:
    return step.kind == "act" and step.ref in {kind.value for kind in AS_PREPARED}


async def _prepared(app: Interlock, step: MyStep) -> tuple[str, ...]:
    """What is prepared for an act; empty if its engagement is damaged."""
    try:
        state = await off_loop(lambda: app.read.engagement(step.engagement_id))
    except IntegrityBroken as damaged:
        await report_damage(app, damaged)
        return ()
    return tuple(prepared_lines(state)) if state is not None else ()


def _is_draft(step: MyStep) -> bool:
    return step.kind == "act" and step.ref in {kind.value for kind in DRAFTS}


async def _redraft(app: Interlock, step: MyStep) -> dict[str, object]:
    """What to do first about a document that is to be redrafted; empty if its engagement is damaged."""
    try:
        state = await off_loop(lambda: app.read.engagement(step.engagement_id))
    except IntegrityBroken as damaged:
        await report_damage(app, damaged)
        return {}
    kind = ActKind(step.ref)
    how = how_to_redraft(state, DRAFTS[kind]) if state is not None else None
    return {
        "how": with_commands(how) if how else None,
        "unchanged": state is not None and would_be_the_same(state, kind),
    }


def _view(
    app: Interlock,
    directory: Directory,
    actor: Actor,
    step: MyStep,
    competent: tuple[NamedPersonView, ...],
    prepared: tuple[str, ...],
) -> MyStepView:
    due = None if step.due_at == NEVER else step.due_at
    overdue, zone = due is not None and due <= app.clock(), directory.zone_of(actor.person_id) or UTC_ZONE
    return MyStepView(
        what=step.what,
        reason=step.reason or None,
        engagement_id=step.engagement_id,
        title=step.title,
        client=step.client,
        owner=NamedPersonView(id=step.owner, name=step.owner_name),
        is_own=step.owner == actor.person_id,
        since=step.since,
        since_shown=shown(step.since, zone),
        due=due,
        due_shown=shown(due, zone) if due else None,
        overdue=overdue,
        stands_in=_stands_in(directory, actor, step, app.clock(), overdue=overdue),
        paused=step.paused,
        held_until=step.held_until if step.paused else None,
        hold_has_come=step.hold_has_come,
        ask_id=step.ask_id,
        act=step.ref if step.kind == "act" else None,
        vacancy=step.ref if step.kind == "vacancy" else None,
        task=step.ref if step.kind == "task" else None,
        candidates=competent,
        command=command_of(_action(step, competent, actor.person_id, prepared=bool(prepared))),
        prepared=prepared,
    )


def _action(step: MyStep, competent: tuple[NamedPersonView, ...], reader: PersonId, *, prepared: bool) -> ActionRef:
    """How it is done; for those told that it is late, how to pass it to someone else, or where to see it.

    If only one person could take a vacant role, it names them.
    """
    if step.kind == "vacancy" and step.part is StepPart.DOES and len(competent) == 1:
        if competent[0].id == reader:
            return request_action(step.engagement_id, step.ref)
        return vacancy_action(step.engagement_id, step.ref, competent[0].id)
    if step.part is StepPart.MAY_REPLACE:
        return replace_action(step.engagement_id, step.role)
    if step.part is StepPart.TOLD and step.kind != "ask":
        return RemedyAction.SHOW_DEAL.about(engagement=step.engagement_id)
    return step_action(step.engagement_id, step.kind, step.ref, step.client, prepared=prepared)


def _stands_in(directory: Directory, actor: Actor, step: MyStep, now: datetime, *, overdue: bool) -> str | None:
    if step.part is not StepPart.DOES:
        return None
    known = directory.person(step.owner)
    calendar = directory.calendars.get(known.calendar) if known and known.calendar else None
    today = calendar.local_day(now) if calendar else now.date()
    away = away_until(directory.absences, step.owner, today)
    if step.owner != actor.person_id:
        return in_whose_place(step.owner_name, away, overdue=overdue)
    others = [directory.name_of(person_id) for person_id in step.others]
    return who_else(step.kind, step.owner_name, others, away, overdue=overdue)
