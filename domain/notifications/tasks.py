"""What people are told of conditions."""

from domain.engagement.aggregate import Engagement
from domain.engagement.tasks.events import (
    TaskCompleted,
    TaskCovered,
    TaskEscalated,
    TaskReassigned,
    TaskReminded,
    TasksOpened,
)
from domain.engagement.tasks.rules import task_day
from domain.engagement.tasks.values import Task
from domain.next_steps.references import task_ref
from domain.notifications.notice import Told, engagement_label
from domain.record.facts import Aggregate
from domain.shared.calendar import day_shown
from domain.shared.text import sentence
from domain.shared.values import PersonId


def told_of_new_tasks(state: Aggregate, event: TasksOpened) -> Told:
    if isinstance(state, Engagement):
        for task in event.tasks:
            text = f"Condition {task.id} of {engagement_label(state)}, by {day_shown(task.due)}: {task.text}"
            yield task.owner, "task", task_ref(state, task), text


def _day(state: Engagement, task: Task) -> str:
    return day_shown(task_day(state, task))


def told_of_task_reassigned(state: Aggregate, event: TaskReassigned) -> Told:
    """Tells the new owner that it is theirs, before anything counts as late with them."""
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        text = f"Yours now: condition {task.id} of {engagement_label(state)}, by {day_shown(task.due)}: {task.text}"
        yield task.owner, "task", task_ref(state, task), text


def told_of_task_stand_in(state: Aggregate, event: TaskCovered) -> Told:
    if isinstance(state, Engagement) and state.hold is None:  # on hold nothing is done about it
        task = state.tasks[event.task]
        condition = f"condition {task.id} of {engagement_label(state)}, due on {_day(state, task)}: {task.text}"
        for person_id in event.stand_ins:
            yield (
                person_id,
                "task",
                task_ref(state, task),
                f"You may do this for {state.cast.name(task.owner)}: {condition}",
            )


def told_of_task_due(state: Aggregate, event: TaskReminded) -> Told:
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        for person_id in event.people:
            whose = "Still yours: " if person_id == task.owner else f"{state.cast.name(task.owner)}'s: "
            text = f"{whose}condition {task.id} of {engagement_label(state)}, due on {_day(state, task)}: {task.text}"
            yield person_id, "reminder", task_ref(state, task), text


def told_of_task_met(state: Aggregate, event: TaskCompleted, by: PersonId) -> Told:
    """Tells a condition's owner and setter that it is met, and how, unless they reported it themselves."""
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        theirs = {task.set_by: "which you set", task.owner: "which was yours"}
        for person, whose in theirs.items():
            if person is not None and person != by:
                text = f"Condition {task.id} of {engagement_label(state)}, {whose}, is met, says {state.cast.name(by)}:"
                yield person, "outcome", None, f"{text} {sentence(event.note)} It was: {sentence(task.text)}"


def told_of_task_escalated(state: Aggregate, event: TaskEscalated) -> Told:
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        whose = state.cast.name(task.owner)
        late = f"{whose}'s condition {task.id} of {engagement_label(state)} is overdue since {_day(state, task)}."
        text = f"{late} Accountable now: {state.cast.name(event.accountable)}. {task.text}"
        for person_id in event.told:
            yield person_id, "escalation", task_ref(state, task), text
