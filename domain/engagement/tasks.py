"""The clock of tasks: a condition whose day has passed is told to its owner, then to whoever answers for it.

The gate that checks a condition stays shut however late it is; this is so that somebody knows why before they stand
at the gate. A hold stops it: what fell due meanwhile is told at the resume.

Whoever is away, or late, has it met by a delegate or their deputy, as an act that they owe (`acts.who_answers_for`).
"""

from collections.abc import Iterator
from datetime import datetime

from domain.asks import LAST_POSITIONS
from domain.engagement.acts import who_answers_for
from domain.engagement.commands import Command, CompleteTask
from domain.engagement.events import TaskClimbed, TaskCovered, TaskMoved, TaskReminded
from domain.engagement.state import Engagement, Task
from domain.people import Matter
from domain.turn import Actor, Turn

CONDITION = "condition"
"""What a delegation is asked of; one for certain kinds of ask covers no condition."""


def task_due(state: Engagement, task: Task) -> datetime:
    """When a task is due: at the end of its day where its owner works."""
    return state.cast.calendar_of(task.owner).day_ends(task.due)


def task_moment(state: Engagement, task: Task) -> datetime | None:
    """When a task next wants attention: at the end of its day where the owner works, and a working day later."""
    calendar = state.cast.calendar_of(task.owner)
    if task.done or task.climbed_to is not None:
        return None
    return calendar.days_after(task.reminded_at, 1) if task.reminded_at else task_due(state, task)


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
    """Records for each condition that is not met who may meet it for its owner, where that is another than before."""
    for name, task in as_of(turn.state, turn.now).tasks.items():
        if task.stand_ins != turn.state.tasks[name].stand_ins:
            turn.record(TaskCovered(task=name, stand_ins=task.stand_ins))


def as_of(state: Engagement, now: datetime) -> Engagement:
    """The engagement with whoever may meet its conditions at this moment: on hold no clock notices that."""
    tasks = {name: task.having(stand_ins=tuple(_who_may_meet(state, task, now))) for name, task in state.tasks.items()}
    return state if tasks == state.tasks else state.having(tasks=tasks)


def _who_may_meet(state: Engagement, task: Task, now: datetime) -> Iterator[str]:
    """Never whoever manages the project: nothing comes to them by another's absence."""
    if task.done or state.is_over:
        return
    late, matter = task.reminded_at is not None, Matter(CONDITION, (), state.price_now)
    for person in who_answers_for(state.cast, task.owner, matter, now, late=late):
        if state.may_be_above(person):
            yield person


def for_its_owner(state: Engagement, command: Command, actor: Actor) -> Actor:
    """The actor with whose condition they say to be met, where they stand in for its owner now."""
    task = state.tasks.get(command.task) if isinstance(command, CompleteTask) else None
    return actor.having(for_whom=task.owner) if task is not None and actor.person in task.stand_ins else actor


def sweep(turn: Turn[Engagement]) -> None:
    """Reminds of each task whose day has passed, and lets it climb where a working day later it is still not done."""
    for name in list(turn.state.tasks):
        while (moment := task_moment(turn.state, turn.state.tasks[name])) is not None and moment <= turn.now:
            _attend(turn, turn.state.tasks[name])


def _attend(turn: Turn[Engagement], task: Task) -> None:
    state = turn.state
    concerned = dict.fromkeys(p for p in (task.owner, state.manager) if state.cast.people[p].active)
    if task.reminded_at is None:
        turn.record(TaskReminded(task=task.id, people=tuple(concerned), at=turn.now))
        return
    positions = (state.cast.holder(role) for role in LAST_POSITIONS)
    above = next((p for p in positions if p not in concerned and state.may_be_above(p)), None) or state.overseer
    turn.record(TaskClimbed(task=task.id, accountable=above, told=tuple(concerned | {above: None})))
