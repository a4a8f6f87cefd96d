"""The ends of an engagement: lost, cancelled, on hold, or closed with promised = bought = needed = delivered."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext

from domain.asking.ending import end_ask, start_clock, stop_clock
from domain.asking.opening import open_ask
from domain.asking.seats import silent_on
from domain.asks import Ask, AskKind, Outcome, listed
from domain.engagement import act_clocks
from domain.engagement import commands as c
from domain.engagement.billing import billed_after_all_by, not_billed, nothing_was_due
from domain.engagement.dealing import require_tasks_done
from domain.engagement.delivering import require_stage
from domain.engagement.events import (
    AskedAtClose,
    CareAccepted,
    CommissionFellDue,
    EngagementEnded,
    EngagementHeld,
    EngagementReconciled,
    EngagementResumed,
    FollowupSet,
    NeedMeasured,
    PlaybookTaken,
    TasksOpened,
)
from domain.engagement.hours_worked import actual_cost
from domain.engagement.qualifying import unreconciled_promises
from domain.engagement.role_events import VacancyClocksSet
from domain.engagement.satisfaction import AT_CLOSE, how_satisfied, occasion
from domain.engagement.state import ChangeStatus, Closing, Engagement, Hold, Task
from domain.estimating import PRECISION
from domain.held import refused_on_hold
from domain.playbook import Method, Stage
from domain.pricing import commission, margin
from domain.refusals import AskedAlready, BadValue, DoneAlready, NotNow, PromiseWithoutHome, Refusal, StillOwed
from domain.turn import Turn
from domain.values import Value
from domain.words import fitting, sentence
from domain.working_time import day_shown

MOST_HELD = timedelta(days=30)
NOT_WAITED_FOR = frozenset({AskKind.PULSE, AskKind.MEASURE_NEED, AskKind.CONTACT_CLIENT, AskKind.POTENTIAL_CHANGE})
"""Asks that a close withdraws: they are asked, and their answer is not waited for."""


NOTHING_LEARNT = "Nothing is said of what was learnt, and nothing is added later."


def lose_deal(turn: Turn[Engagement], command: c.LoseDeal) -> None:
    if turn.state.baseline_signed:
        raise NotNow("Both sides have signed; a signed deal is not lost.", remedy="Cancel it with the sponsor.")
    turn.record(EngagementEnded(stage=Stage.LOST, because=command.reason))


def cancel_engagement(turn: Turn[Engagement], command: c.CancelEngagement) -> None:
    """Before the signature the engagement manager cancels; after it, with the provider sponsor."""
    state = turn.state
    if not state.baseline_signed:
        turn.record(EngagementEnded(stage=Stage.CANCELLED, because=command.reason))
        return
    if any(state.open_asks(AskKind.CANCEL_ENGAGEMENT)):
        raise AskedAlready("The sponsor is asked already.", remedy="Wait for their answer.")
    open_ask(
        turn,
        AskKind.CANCEL_ENGAGEMENT,
        "cancel",
        title=f"Cancel {state.title} after both sides signed?",
        facts={"reason": command.reason, "engagement": f"{state.title} for {state.client}"},
        roles=["provider_sponsor"],
        requester=turn.actor.person,
        method=Method.EACH,
        of_figures=True,
    )


def on_cancel_answered(turn: Turn[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        turn.record(EngagementEnded(stage=Stage.CANCELLED, because=ask.facts["reason"]))


def hold_engagement(turn: Turn[Engagement], command: c.HoldEngagement) -> None:
    """Stops all clocks: of asks, of vacancies, of acts owed. On hold already: until another day."""
    state = turn.state
    _check_until(state, command.until, turn.now)
    if state.hold is not None and (state.hold.until, state.hold.reason) == (command.until, command.reason):
        raise DoneAlready(f"It is on hold until {day_shown(command.until)}, for that reason.", remedy="Nothing to do.")
    since = state.hold.since if state.hold is not None else turn.now
    turn.record(
        EngagementHeld(hold=Hold(by=turn.actor.person, reason=command.reason, since=since, until=command.until))
    )
    for ask in list(turn.state.open_asks()):
        stop_clock(turn, ask.id)
    calendars = turn.state.cast.calendars
    stopped = {
        role: vacancy.having(clock=vacancy.clock.stopped(calendars[vacancy.clock.calendar], turn.now))
        for role, vacancy in turn.state.vacancies.items()
    }
    turn.record(VacancyClocksSet(vacancies=stopped))
    act_clocks.stop_clocks(turn)


def _check_until(state: Engagement, until: date, now: datetime) -> None:
    """A hold names its day: from tomorrow on where the engagement manager works, and not too far ahead."""
    today = state.cast.calendar_of(state.manager).local_day(now)
    latest = today + MOST_HELD
    if not today < until <= latest:
        raise BadValue(
            f"A hold lasts until a day from {day_shown(today + timedelta(days=1))} to {day_shown(latest)}.",
            remedy="Name such a day; on it you resume, extend or end the engagement.",
            field="until",
        )


def held_until(state: Engagement) -> datetime | None:
    """When the day of a hold begins, where the engagement manager works; None while nothing is held."""
    if state.hold is None:
        return None
    return state.cast.calendar_of(state.manager).day_begins(state.hold.until)


def resume_engagement(turn: Turn[Engagement], _command: c.ResumeEngagement) -> None:
    """Lets all clocks run on, but those of asks that wait for information."""
    if turn.state.hold is None:
        raise BadValue("The engagement is not on hold.", remedy="Nothing to resume.", field="hold")
    stood = turn.now - turn.state.hold.since
    turn.record(EngagementResumed())
    for followup in turn.state.followups:
        turn.record(FollowupSet(followup=followup.having(at=followup.at + stood)))
    for ask in list(turn.state.open_asks()):
        if not ask.clock_waits:
            start_clock(turn, ask.id)
    started = {role: v.having(clock=v.clock.started(turn.now)) for role, v in turn.state.vacancies.items()}
    turn.record(VacancyClocksSet(vacancies=started))
    act_clocks.start_clocks(turn)


def require_running(state: Engagement, reader: str) -> None:
    """Raises OnHold, by the clock of whoever reads it, while all clocks stand."""
    if state.hold is not None:
        since = f" Since {state.cast.shown_to(reader, state.hold.since)}."
        raise refused_on_hold(state, reader, since)


def take_playbook(turn: Turn[Engagement], command: c.TakePlaybook) -> None:
    """Moves the engagement to a newer playbook. What is decided stays decided; what is asked from now on is new."""
    if command.playbook != turn.state.playbook:
        turn.record(PlaybookTaken(playbook=command.playbook))


def enter_support(turn: Turn[Engagement]) -> None:
    """Asks customer care to take over, the client how they find it, and each measured need again."""
    state = turn.state
    if state.stage is not Stage.SUPPORT:
        return
    if state.cast.holder("customer_care") and _care_is_to_be_asked(state):
        _ask_care(turn)
    if state.cast.holder("client_sponsor") and not state.asked_at_close:
        _ask_at_close(turn)


def _ask_care(turn: Turn[Engagement]) -> None:
    state = turn.state
    facts = {"engagement": f"{state.id} {state.title} for {state.client}"}
    facts |= {f"promise {name}": promise.text for name, promise in state.promises.items()}
    open_ask(
        turn,
        AskKind.ACCEPT_CARE,
        "care",
        title=f"Take {state.title} into care: hypercare, open points, the client's day",
        facts=facts,
        roles=["customer_care"],
        requester=state.manager,
    )


def _ask_at_close(turn: Turn[Engagement]) -> None:
    state = turn.state
    turn.record(AskedAtClose())
    open_ask(
        turn,
        AskKind.PULSE,
        f"pulse:{AT_CLOSE}:{state.cast.holder('client_sponsor')}",
        title=how_satisfied(state, AT_CLOSE),
        facts={"at": occasion(state, AT_CLOSE), "engagement": state.title},
        roles=["client_sponsor"],
        requester=state.manager,
    )
    for need in state.needs.values():
        if need.measure is not None:
            measure = need.measure
            open_ask(
                turn,
                AskKind.MEASURE_NEED,
                f"measure:{need.id}",
                title=f"{measure.what}: where does it stand now?",
                facts={"need": need.text, "before": str(measure.now), "wished": str(measure.target)},
                roles=["client_sponsor"],
                requester=state.manager,
            )


def on_care_accepted(turn: Turn[Engagement], ask: Ask) -> None:
    """Care takes over; or what it lacks becomes the engagement manager's task, and care is asked again when done."""
    if ask.outcome is Outcome.APPROVED:
        turn.record(CareAccepted())
        return
    state = turn.state
    calendar = state.cast.calendar_of(state.manager)
    task = Task(
        id=f"T{state.tasks_opened + 1}",
        text=fitting(f"For care to take over: {ask.why_ended or ask.title}"),
        owner=state.manager,
        since=turn.now,
        due=calendar.local_day(calendar.after(turn.now, ask.due_minutes)),
        before=Stage.SUPPORT,
    )
    turn.record(TasksOpened(tasks=(task,)))


def _care_is_to_be_asked(state: Engagement) -> bool:
    """Not asked yet, or sent back and every task done since."""
    last = state.last_ask(AskKind.ACCEPT_CARE, "care")
    if last is None:
        return True
    return not last.is_open and not state.care_accepted and all(task.done for task in state.tasks.values())


def on_need_measured(turn: Turn[Engagement], ask: Ask) -> None:
    value = ask.votes[-1].answer.measured if ask.votes else None
    if ask.outcome is Outcome.APPROVED and value is not None:
        turn.record(NeedMeasured(need=ask.subject.removeprefix("measure:"), value=value))


class Realised(Value):
    """What an engagement came to, unrounded; no margin and no commission in house."""

    actual_cost: Decimal
    services: Decimal | None
    margin: Decimal | None
    commission: Decimal | None


def realised(state: Engagement) -> Realised:
    """Actual hours at their rates against services and approved changes, and the commission that they make."""
    with localcontext() as context:
        context.prec = PRECISION
        cost = actual_cost(state, state.actual_hours)
        quoted = state.price.quote.services if state.price else None
        if quoted is None:
            return Realised(actual_cost=cost, services=None, margin=None, commission=None)
        services = quoted + state.net_of_changes
        gross = margin(services, cost)
        paid = commission(services, gross, state.playbook.price, state.playbook.commission)
        return Realised(actual_cost=cost, services=services, margin=gross, commission=paid)


def close_engagement(turn: Turn[Engagement], command: c.CloseEngagement) -> None:
    """Ends it well: care accepted, nothing owed, each promise shown kept or told why not, hours known."""
    state = turn.state
    require_closable(state)
    result = realised(state)
    if result.commission is not None:
        rest = result.commission - state.commission_paid
        turn.record(CommissionFellDue(seller=state.sold_last, amount=rest, of=result.commission))
    closing = Closing(
        realised_margin=result.margin,
        commission=result.commission,
        actual_cost=result.actual_cost,
        lessons=command.lessons,
        not_billed=fitting("; ".join(not_billed(state))) or None,
    )
    turn.record(EngagementReconciled(closing=closing))
    turn.record(EngagementEnded(stage=Stage.CLOSED))


def require_closable(state: Engagement) -> None:
    """Raises the refusal that stands in the way of the close now, if any does."""
    require_stage(state, Stage.SUPPORT)
    _require_nothing_owed(state)
    require_tasks_done(state, Stage.SUPPORT)
    unknown = unreconciled_promises(state)
    if unknown:
        raise PromiseWithoutHome(
            f"Nothing shows whether {', '.join(unknown)} was kept.",
            remedy=f"{state.cast.name(state.manager)} says it was delivered, or why not.",
        )
    unreported = without_hours(state)
    if unreported:
        raise BadValue(
            f"No actual hours for {', '.join(unreported)}.", remedy="The project manager reports them.", field="hours"
        )


def before_close(state: Engagement, *, lessons: bool) -> Iterator[str]:
    """What whoever closes it should know before; nothing of an engagement that cannot be closed now."""
    try:
        require_closable(state)
    except Refusal:
        return
    yield from left_by_close(state)
    if not lessons:
        yield NOTHING_LEARNT


def left_by_close(state: Engagement) -> Iterator[str]:
    """What nobody bills, answers or adds any more once it is closed, a sentence each; it forbids nothing."""
    lacking = "; ".join(not_billed(state))
    if lacking:
        yield sentence(fitting(f"Not billed: {lacking}"))
    for milestone in nothing_was_due(state):
        yield f"To have {milestone} billed after all: {billed_after_all_by(state, milestone)}."
    for ask in state.open_asks(*sorted(NOT_WAITED_FOR)):
        who = listed([state.cast.name(voter.person) for voter in ask.silent]) or "Nobody"
        yield fitting(f"{who} has not answered, and is asked no more once it is closed: {sentence(ask.title)}")


def without_hours(state: Engagement) -> tuple[str, ...]:
    """Packages that no change has removed, and approved changes with work, of which no hours worked are known."""
    changes = (
        f"C{change.n}"
        for change in state.changes.values()
        if change.status is ChangeStatus.APPROVED and change.facts.work
    )
    packages = (package for package in state.packages if package not in state.removed)
    return tuple(item for item in (*packages, *changes) if item not in state.actual_hours)


def _require_nothing_owed(state: Engagement) -> None:
    owed = [ask for ask in state.open_asks() if ask.kind not in NOT_WAITED_FOR]
    if state.care_accepted and not owed:
        return
    waits = silent_on(state, owed)
    raise StillOwed(
        "What somebody is asked is open." if owed else "Customer care has not taken over.",
        waits_for=waits,
        remedy=f"{waits[0].who} answers first." if waits else "Have customer care accept.",
    )


def withdraw_what_is_open(turn: Turn[Engagement]) -> None:
    """An engagement that has ended asks nobody anything any more."""
    if turn.state.is_over:
        for ask in list(turn.state.open_asks()):
            end_ask(turn, ask, Outcome.WITHDRAWN, f"the engagement is {turn.state.stage.value}")
