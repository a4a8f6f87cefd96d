"""A condition is met by its owner, with a statement."""

from domain.engagement.aggregate import Engagement
from domain.engagement.tasks.commands import CompleteTask
from domain.engagement.tasks.events import TaskCompleted
from domain.shared.errors import DoneAlready, NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import was_given


def complete_task(transaction: Transaction[Engagement], command: CompleteTask) -> None:
    task = transaction.state.tasks.get(command.task)
    if task is None and was_given(command.task, "T", transaction.state.tasks_opened):
        raise DoneAlready(f"{command.task} is already met.", remedy="There is nothing to do.")
    if task is None:
        raise NotFound(
            f"There is no condition {command.task}.",
            remedy="Check the engagement's conditions.",
            action=RemedyAction.SHOW_DEAL,
            field="task",
        )
    if task.done:
        raise DoneAlready(f"{task.id} is already met.", remedy="There is nothing to do.")
    transaction.record(TaskCompleted(task=task.id, note=command.note))
