"""Events about conditions."""

from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.engagement.tasks.values import Task
from domain.shared.calendar import WorkingClock
from domain.shared.limits import KEPT_DONE, MAX_KEPT_TEXT_BYTES
from domain.shared.text import LongText, shortened
from domain.shared.transaction import Event
from domain.shared.values import Moment, PersonId


class TasksOpened(Event):
    kind: Literal["TasksOpened"] = "TasksOpened"
    tasks: tuple[Task, ...]

    def evolve(self, state: Engagement) -> Engagement:
        tasks = {**state.tasks, **{task.id: task for task in self.tasks}}
        return state.replace(tasks=tasks, tasks_opened=state.tasks_opened + len(self.tasks))


class TaskReassigned(Event):
    """The owner, or the person it escalated to, has left; it is now this person's, with a new clock."""

    kind: Literal["TaskReassigned"] = "TaskReassigned"
    task: str
    owner: PersonId

    def evolve(self, state: Engagement) -> Engagement:
        moved = state.tasks[self.task].replace(
            owner=self.owner, clock=None, reminded_at=None, rung=0, above=(), climbed_to=None, stand_ins=()
        )
        return state.replace(tasks={**state.tasks, self.task: moved})


class TaskCovered(Event):
    """The people who may meet a condition for its owner now, replacing those before."""

    kind: Literal["TaskCovered"] = "TaskCovered"
    task: str
    stand_ins: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task].replace(stand_ins=self.stand_ins)
        return state.replace(tasks={**state.tasks, self.task: task})


class TaskCompleted(Event):
    kind: Literal["TaskCompleted"] = "TaskCompleted"
    task: str
    note: LongText

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task]
        text = shortened(task.text, MAX_KEPT_TEXT_BYTES)
        done = task.replace(done=True, note=self.note, text=text, stand_ins=())
        others = {name: task for name, task in state.tasks.items() if name != self.task}
        return state.replace(tasks=_without_those_long_done({**others, self.task: done}))


def _without_those_long_done(tasks: dict[str, Task]) -> dict[str, Task]:
    """The tasks without older done ones, so that an engagement does not grow with every task."""
    done = [name for name, task in tasks.items() if task.done]
    gone = set(done[: max(0, len(done) - KEPT_DONE)])
    return {name: task for name, task in tasks.items() if name not in gone}


class TaskClockSet(Event):
    """Its working minutes run until its day, stop while the engagement is on hold, and continue afterwards."""

    kind: Literal["TaskClockSet"] = "TaskClockSet"
    task: str
    clock: WorkingClock
    due_minutes: int

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task].replace(clock=self.clock, due_minutes=self.due_minutes)
        return state.replace(tasks={**state.tasks, self.task: task})


class TaskReminded(Event):
    """Half of a task's time is over: its owner is told."""

    kind: Literal["TaskReminded"] = "TaskReminded"
    task: str
    people: tuple[PersonId, ...]
    at: Moment

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task].replace(reminded_at=self.at)
        return state.replace(tasks={**state.tasks, self.task: task})


class TaskEscalated(Event):
    """The task is one rung higher on its ladder: `above` is whom it has reached so far, `told` who is told of it."""

    kind: Literal["TaskEscalated"] = "TaskEscalated"
    task: str
    rung: int = 0
    name: str = ""
    accountable: PersonId
    told: tuple[PersonId, ...]
    above: tuple[PersonId, ...] = ()

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task]
        climbed_to = self.accountable if self.accountable != task.owner else None
        climbed = task.replace(rung=self.rung, above=self.above, climbed_to=climbed_to)
        return state.replace(tasks={**state.tasks, self.task: climbed})


AnyTasksEvent = TasksOpened | TaskReassigned | TaskCovered | TaskCompleted | TaskClockSet | TaskReminded | TaskEscalated
