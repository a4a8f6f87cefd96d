"""The clocks of tasks: a condition is reminded of, covered and escalated like an act owed, due on its day.

The gate that checks a condition stays closed however late it is; this is for people to know why before they get there.
A hold stops the clock. If the owner is away or late, a delegate or their deputy may meet it.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.directory.people import Matter
from domain.engagement.acts_owed.called_for import MANAGER
from domain.engagement.acts_owed.clocks import moment_of
from domain.engagement.acts_owed.rules import next_rung, who_answers_for
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.tasks.commands import CompleteTask
from domain.engagement.tasks.events import TaskClockSet, TaskCovered, TaskEscalated, TaskReassigned, TaskReminded
from domain.engagement.tasks.values import Task
from domain.shared.calendar import WorkingClock
from domain.shared.transaction import Actor, Transaction
from domain.shared.values import Day, PersonId

# Working minutes for somebody who gets a condition after its day has passed.
FRESH = 8 * 60
# What a delegation must cover; one for certain kinds of ask covers no condition.
CONDITION = "condition"


def task_due(state: Engagement, task: Task) -> datetime | None:
    """When a task is due: at the end of its day, where its owner works; None while its clock is stopped."""
    if task.clock is None:
        return state.cast.calendar_of(task.owner).day_ends(task.due)
    return task.clock.reaches(state.cast.calendars[task.clock.calendar], task.due_minutes)


def task_day(state: Engagement, task: Task) -> Day:
    """The day on which it is due now: later than set if there was a hold, or its owner got it late."""
    due = task_due(state, task)
    return state.cast.calendar_of(task.owner).local_day(due) if due is not None else task.due


def task_moment(state: Engagement, task: Task) -> datetime | None:
    """When a task next needs attention: at half its time, when due, then for each rung, like an act owed."""
    if task.done or task.clock is None:
        return None
    return moment_of(state, task.clock, task.due_minutes, reminded=task.reminded_at is not None, rung=task.rung)


def reassign(transaction: Transaction[Engagement]) -> None:
    """Gives tasks whose owner or accountable person has left to the engagement manager, with a new clock."""
    for task in list(transaction.state.tasks.values()):
        if task.done:
            continue
        owner = task.owner if transaction.state.cast.is_here(task.owner) else transaction.state.manager
        gone = task.climbed_to is not None and not transaction.state.may_be_above(task.climbed_to)
        if owner != task.owner or gone:
            transaction.record(TaskReassigned(task=task.id, owner=owner))


def watch(transaction: Transaction[Engagement]) -> None:
    """Sets the clock of each condition without one, and records who may meet it for its owner now."""
    for task in transaction.state.conditions:
        if task.clock is None and not transaction.state.is_over:
            _set_clock(transaction, task)
    for name, task in as_of(transaction.state, transaction.now).tasks.items():
        if task.stand_ins != transaction.state.tasks[name].stand_ins:
            transaction.record(TaskCovered(task=name, stand_ins=task.stand_ins))


def _set_clock(transaction: Transaction[Engagement], task: Task) -> None:
    calendar = transaction.state.cast.calendar_of(task.owner)
    minutes = calendar.between(transaction.now, calendar.day_ends(task.due)) or FRESH
    clock = WorkingClock(calendar=calendar.name, since=None if transaction.state.hold is not None else transaction.now)
    transaction.record(TaskClockSet(task=task.id, clock=clock, due_minutes=minutes))


def as_of(state: Engagement, now: datetime) -> Engagement:
    """The engagement with the current stand-ins for its conditions: no clock records them while on hold."""
    tasks = {name: task.replace(stand_ins=tuple(_who_may_meet(state, task, now))) for name, task in state.tasks.items()}
    return state if tasks == state.tasks else state.replace(tasks=tasks)


def _who_may_meet(state: Engagement, task: Task, now: datetime) -> Iterator[PersonId]:
    """Never the project manager, who must not receive anything through somebody's absence."""
    if task.done or state.is_over:
        return
    late, matter = task.rung > 0, Matter(CONDITION, (), state.price_now)
    for person_id in who_answers_for(state.cast, task.owner, matter, now, late=late):
        if state.may_be_above(person_id):
            yield person_id


def for_its_owner(state: Engagement, command: Command, actor: Actor) -> Actor:
    """The actor, marked as acting for the condition's owner if they stand in for them now."""
    task = state.tasks.get(command.task) if isinstance(command, CompleteTask) else None
    return actor.replace(for_whom=task.owner) if task is not None and actor.person_id in task.stand_ins else actor


def sweep(transaction: Transaction[Engagement]) -> None:
    """Reminds about and escalates each task that is due for it."""
    for name in list(transaction.state.tasks):
        while (
            moment := task_moment(transaction.state, transaction.state.tasks[name])
        ) is not None and moment <= transaction.now:
            _attend(transaction, transaction.state.tasks[name])


def _attend(transaction: Transaction[Engagement], task: Task) -> None:
    state = transaction.state
    concerned = dict.fromkeys(p for p in (task.owner, state.manager) if state.cast.people[p].active)
    if task.reminded_at is None:
        transaction.record(TaskReminded(task=task.id, people=tuple(concerned)[:1], at=transaction.now))
        return
    climbed = next_rung(state, task.owner, role_of_owner(state, task), task.rung, task.above)
    transaction.record(
        TaskEscalated(
            task=task.id,
            rung=climbed.rung,
            name=climbed.name,
            accountable=climbed.told[-1] if climbed.told else task.owner,
            told=tuple(concerned | dict.fromkeys(climbed.told)),
            above=climbed.told,
        )
    )


def role_of_owner(state: Engagement, task: Task) -> str:
    """The role by which a condition escalates: one that its owner holds here, else the engagement manager's."""
    held = sorted(role for role in state.cast.roles_of(task.owner) if state.playbook.role(role) is not None)
    return next(iter(held), MANAGER)
