"""Putting an engagement on hold until a given day, and resuming it."""

from datetime import date, datetime, timedelta

from domain.asks.ending import start_clock, stop_clock
from domain.engagement.acts_owed import clocks
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.commands import HoldEngagement, ResumeEngagement
from domain.engagement.closing.events import EngagementHeld, EngagementResumed
from domain.engagement.closing.hold_texts import refused_on_hold
from domain.engagement.closing.values import Hold
from domain.engagement.delivery.events import FollowupSet
from domain.engagement.roles.events import VacancyClocksSet
from domain.shared.calendar import day_shown
from domain.shared.errors import BadValue, DoneAlready
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId

MAX_HELD = timedelta(days=30)


def hold_engagement(transaction: Transaction[Engagement], command: HoldEngagement) -> None:
    """Stops all clocks: of asks, vacancies and acts owed. If already on hold, sets another day."""
    state = transaction.state
    _check_until(state, command.until, transaction.now)
    if state.hold is not None and (state.hold.until, state.hold.reason) == (command.until, command.reason):
        raise DoneAlready(
            f"It is already on hold until {day_shown(command.until)}, for that reason.",
            remedy="There is nothing to do.",
        )
    since = state.hold.since if state.hold is not None else transaction.now
    transaction.record(
        EngagementHeld(
            hold=Hold(by=transaction.actor.person_id, reason=command.reason, since=since, until=command.until)
        )
    )
    for ask in list(transaction.state.open_asks()):
        stop_clock(transaction, ask.id)
    calendars = transaction.state.cast.calendars
    stopped = {
        role: vacancy.replace(clock=vacancy.clock.stopped(calendars[vacancy.clock.calendar], transaction.now))
        for role, vacancy in transaction.state.vacancies.items()
    }
    transaction.record(VacancyClocksSet(vacancies=stopped))
    clocks.stop_clocks(transaction)


def _check_until(state: Engagement, until: date, now: datetime) -> None:
    """Raises BadValue unless the day is from tomorrow, where the engagement manager works, to `MAX_HELD` ahead."""
    today = state.cast.calendar_of(state.manager).local_day(now)
    latest = today + MAX_HELD
    if not today < until <= latest:
        raise BadValue(
            f"A hold must end on a day from {day_shown(today + timedelta(days=1))} to {day_shown(latest)}.",
            remedy="Give a day in that range. On that day, resume, extend or end the engagement.",
            field="until",
        )


def held_until(state: Engagement) -> datetime | None:
    """When the day named by the hold begins, where the engagement manager works; None if not on hold."""
    if state.hold is None:
        return None
    return state.cast.calendar_of(state.manager).day_begins(state.hold.until)


def resume_engagement(transaction: Transaction[Engagement], _command: ResumeEngagement) -> None:
    """Restarts all clocks, except those of asks that wait for information."""
    if transaction.state.hold is None:
        raise BadValue("The engagement is not on hold.", remedy="There is nothing to resume.", field="hold")
    stood = transaction.now - transaction.state.hold.since
    transaction.record(EngagementResumed())
    for followup in transaction.state.followups:
        transaction.record(FollowupSet(followup=followup.replace(at=followup.at + stood)))
    for ask in list(transaction.state.open_asks()):
        if not ask.clock_waits:
            start_clock(transaction, ask.id)
    started = {
        role: v.replace(clock=v.clock.started(transaction.now)) for role, v in transaction.state.vacancies.items()
    }
    transaction.record(VacancyClocksSet(vacancies=started))
    clocks.start_clocks(transaction)


def require_running(state: Engagement, reader: PersonId) -> None:
    """Raises OnHold, with times in the reader's zone, while all clocks are stopped."""
    if state.hold is not None:
        since = f" Since {state.cast.shown_to(reader, state.hold.since)}."
        raise refused_on_hold(state, reader, since)
