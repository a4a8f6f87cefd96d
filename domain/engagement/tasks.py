"""The clock of tasks: a condition is reminded of, covered and climbs as an act that is owed, with its day as its due.

The gate that checks a condition stays shut however late it is; this is so that somebody knows why before they stand
at the gate. A hold stops it. Whoever is away, or late, has it met by a delegate or their deputy.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.engagement.act_clocks import moment_of
from domain.engagement.acts import next_rung, who_answers_for
from domain.engagement.acts_called_for import MANAGER
from domain.engagement.commands import Command, CompleteTask
from domain.engagement.events import TaskClimbed, TaskClockSet, TaskCovered, TaskMoved, TaskReminded
from domain.engagement.state import Engagement, Task
from domain.people import Matter
from domain.turn import Actor, Turn
from domain.values import Day
from domain.working_time import Clock

FRESH = 8 * 60
"""Working minutes for whoever gets a condition once its day has passed."""
CONDITION = "condition"
"""What a delegation is asked of; one for certain kinds of ask covers no condition."""


def task_due(state: Engagement, task: Task) -> datetime | None:
    """When a task is due: at the end of its day where its owner works; None while its clock stands."""
    if task.clock is None:
        return state.cast.calendar_of(task.owner).day_ends(task.due)
    return task.clock.reaches(state.cast.calendars[task.clock.calendar], task.due_minutes)


def task_day(state: Engagement, task: Task) -> Day:
    """The day by which it is due now: later than was said where a hold lay between, or who has it got it late."""
    due = task_due(state, task)
    return state.cast.calendar_of(task.owner).local_day(due) if due is not None else task.due


def task_moment(state: Engagement, task: Task) -> datetime | None:
    """When a task next wants attention: at half its time, when it is due, and rung after rung, as an act owed."""
    if task.done or task.clock is None:
        return None
    return moment_of(state, task.clock, task.due_minutes, reminded=task.reminded_at is not None, rung=task.rung)


def reassign(turn: Turn[Engagement]) -> None:
    """What somebody owned or answers for who has left is the engagement manager's, and its clock begins anew."""
    for task in list(turn.state.tasks.values()):
        if task.done:
            continue
        owner = task.owner if turn.state.cast.is_here(task.owner) else turn.state.manager
        gone = task.climbed_to is not None and not turn.state.may_be_above(task.climbed_to)
        if owner != task.owner or gone:
            turn.record(TaskMoved(task=task.id, owner=owner))


def watch(turn: Turn[Engagement]) -> None:
    """Sets the clock of each condition that has none, and records who may meet it for its owner now."""
    for task in turn.state.conditions:
        if task.clock is None and not turn.state.is_over:
            _set_clock(turn, task)
    for name, task in as_of(turn.state, turn.now).tasks.items():
        if task.stand_ins != turn.state.tasks[name].stand_ins:
            turn.record(TaskCovered(task=name, stand_ins=task.stand_ins))


def _set_clock(turn: Turn[Engagement], task: Task) -> None:
    calendar = turn.state.cast.calendar_of(task.owner)
    minutes = calendar.between(turn.now, calendar.day_ends(task.due)) or FRESH
    clock = Clock(calendar=calendar.name, since=None if turn.state.hold is not None else turn.now)
    turn.record(TaskClockSet(task=task.id, clock=clock, due_minutes=minutes))


def as_of(state: Engagement, now: datetime) -> Engagement:
    """The engagement with whoever may meet its conditions at this moment: on hold no clock notices that."""
    tasks = {name: task.having(stand_ins=tuple(_who_may_meet(state, task, now))) for name, task in state.tasks.items()}
    return state if tasks == state.tasks else state.having(tasks=tasks)


def _who_may_meet(state: Engagement, task: Task, now: datetime) -> Iterator[str]:
    """Never whoever manages the project: nothing comes to them by another's absence."""
    if task.done or state.is_over:
        return
    late, matter = task.rung > 0, Matter(CONDITION, (), state.price_now)
    for person in who_answers_for(state.cast, task.owner, matter, now, late=late):
        if state.may_be_above(person):
            yield person


def for_its_owner(state: Engagement, command: Command, actor: Actor) -> Actor:
    """The actor with whose condition they say to be met, where they stand in for its owner now."""
    task = state.tasks.get(command.task) if isinstance(command, CompleteTask) else None
    return actor.having(for_whom=task.owner) if task is not None and actor.person in task.stand_ins else actor


def sweep(turn: Turn[Engagement]) -> None:
    """Reminds of each task whose moment has come, and lets it climb."""
    for name in list(turn.state.tasks):
        while (moment := task_moment(turn.state, turn.state.tasks[name])) is not None and moment <= turn.now:
            _attend(turn, turn.state.tasks[name])


def _attend(turn: Turn[Engagement], task: Task) -> None:
    state = turn.state
    concerned = dict.fromkeys(p for p in (task.owner, state.manager) if state.cast.people[p].active)
    if task.reminded_at is None:
        turn.record(TaskReminded(task=task.id, people=tuple(concerned)[:1], at=turn.now))
        return
    climbed = next_rung(state, task.owner, role_of_owner(state, task), task.rung, task.above)
    turn.record(
        TaskClimbed(
            task=task.id,
            rung=climbed.rung,
            name=climbed.name,
            accountable=climbed.told[-1] if climbed.told else task.owner,
            told=tuple(concerned | dict.fromkeys(climbed.told)),
            above=climbed.told,
        )
    )


def role_of_owner(state: Engagement, task: Task) -> str:
    """By whose head a condition climbs: that of a role that its owner holds here; of who holds none the manager's."""
    held = sorted(role for role in state.cast.roles_of(task.owner) if state.playbook.role(role) is not None)
    return next(iter(held), MANAGER)
