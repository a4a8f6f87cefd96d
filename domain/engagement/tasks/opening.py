"""Conditions of an approval become tasks, and gates check whether they are met."""

from collections.abc import Sequence

from domain.asks.model import Ask, Condition, Outcome
from domain.engagement.aggregate import Engagement
from domain.engagement.tasks.events import TasksOpened
from domain.engagement.tasks.values import Task
from domain.playbook.model import Stage
from domain.shared.calendar import day_shown
from domain.shared.errors import ConditionOpen, Waiting
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId


def open_tasks(transaction: Transaction[Engagement], ask: Ask, before: Stage) -> None:
    """Makes each condition of an approval somebody's task, to be done before a later gate."""
    if ask.outcome is not Outcome.APPROVED:
        return
    given = [(condition, vote.by) for vote in ask.votes for condition in vote.answer.conditions]
    add_tasks(transaction, given, before)


def add_tasks(
    transaction: Transaction[Engagement], given: Sequence[tuple[Condition, PersonId | None]], before: Stage
) -> None:
    """Opens a task for each condition, with whose approval it came."""
    first = transaction.state.tasks_opened + 1
    tasks = tuple(
        Task(
            id=f"T{n}",
            text=condition.text,
            owner=_owner(transaction.state, condition),
            set_by=set_by,
            since=transaction.now,
            due=condition.due,
            before=before,
        )
        for n, (condition, set_by) in enumerate(given, first)
    )
    if tasks:
        transaction.record(TasksOpened(tasks=tasks))


def _owner(state: Engagement, condition: Condition) -> PersonId:
    """The owner that the condition names or, if they have left since, the engagement manager."""
    return condition.owner if state.cast.is_here(condition.owner) else state.manager


def require_tasks_done(state: Engagement, gate: Stage) -> None:
    """Raises ConditionOpen while a condition that this gate checks is not met."""
    undone = [task for task in state.tasks.values() if not task.done and task.before.order <= gate.order]
    if undone:
        raise ConditionOpen(
            f"{undone[0].id}: “{undone[0].text}”."[:1900],
            waits_for=tuple(Waiting(ask_id=task.id, who=state.cast.name(task.owner)) for task in undone),
            remedy=f"{state.cast.name(undone[0].owner)} must meet it by {day_shown(undone[0].due)}.",
            action=RemedyAction.COMPLETE_CONDITION,
        )
