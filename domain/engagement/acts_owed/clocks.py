"""The clocks of acts owed and conditions: when each needs attention next, and how a hold stops them."""

from datetime import datetime

from domain.engagement.acts_owed.events import ActClockSet
from domain.engagement.aggregate import Engagement
from domain.engagement.tasks.events import TaskClockSet
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.shared.calendar import WorkingClock
from domain.shared.transaction import Transaction


def act_moment(state: Engagement, act: ActOwed) -> datetime | None:
    """When an act next needs attention: for its reminder, then for each rung; None if nothing is left to happen."""
    return moment_of(state, act.clock, act.due_minutes, reminded=act.reminded, rung=act.rung)


def moment_of(
    state: Engagement, clock: WorkingClock, due_minutes: int, *, reminded: bool, rung: int
) -> datetime | None:
    """The same for anything owed by somebody that has a clock and a ladder."""
    calendar, ladder = state.cast.calendars[clock.calendar], state.playbook.ladder
    if not reminded:
        return clock.reaches(calendar, due_minutes * ladder.reminder_percent // 100)
    if rung < len(ladder.ask):
        return clock.reaches(calendar, due_minutes + ladder.ask[rung].after)
    return None


def stop_clocks(transaction: Transaction[Engagement]) -> None:
    """Stops the clocks of all acts and conditions for a hold."""
    calendars = transaction.state.cast.calendars
    for act in list(transaction.state.acts.values()):
        if act.kind is not ActKind.RESOLVE_HOLD and act.clock.since is not None:
            clock = act.clock.stopped(calendars[act.clock.calendar], transaction.now)
            transaction.record(ActClockSet(act=act.id, clock=clock, due_at=None))
    for task in transaction.state.conditions:
        if task.clock is not None and task.clock.since is not None:
            clock = task.clock.stopped(calendars[task.clock.calendar], transaction.now)
            transaction.record(TaskClockSet(task=task.id, clock=clock, due_minutes=task.due_minutes))


def start_clocks(transaction: Transaction[Engagement]) -> None:
    """Restarts the clocks of all acts and conditions after a hold."""
    for act in list(transaction.state.acts.values()):
        clock, calendar = act.clock.started(transaction.now), transaction.state.cast.calendars[act.clock.calendar]
        if clock != act.clock:
            transaction.record(ActClockSet(act=act.id, clock=clock, due_at=clock.reaches(calendar, act.due_minutes)))
    for task in transaction.state.conditions:
        if task.clock is not None and task.clock.since is None:
            clock = task.clock.started(transaction.now)
            transaction.record(TaskClockSet(task=task.id, clock=clock, due_minutes=task.due_minutes))
