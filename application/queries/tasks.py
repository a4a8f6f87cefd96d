"""The view of conditions."""

from application.queries.view import Instant, ShownPersonId, View
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import sees_words_of
from domain.engagement.tasks.values import Task
from domain.playbook.model import Stage
from domain.shared.transaction import Actor
from domain.shared.values import Day


class TaskView(View):
    """A task. `text` and `note` are null for those who may not see the decision whose condition it is."""

    id: str
    text: str | None
    owner: ShownPersonId
    owner_name: str
    set_by: ShownPersonId | None = None
    set_by_name: str | None
    """Whose approval it came with; null if no one set it."""
    since: Instant
    due: Day
    before: Stage
    done: bool
    note: str | None
    reminded_at: Instant | None
    climbed_to: ShownPersonId | None
    """Who is accountable for it now that it is late: the highest that its ladder has reached."""


def task_view(state: Engagement, actor: Actor, task: Task) -> TaskView:
    hidden = {} if sees_words_of(state, actor, task) else {"text": None, "note": None}
    by = state.cast.name(task.set_by) if task.set_by is not None else None
    return TaskView(
        **(task.model_dump(include=set(TaskView.model_fields)) | hidden),
        owner_name=state.cast.name(task.owner),
        set_by_name=by,
    )
