"""The handlers of this slice's commands."""

from domain.engagement.handler_types import Handlers
from domain.engagement.tasks import completing
from domain.engagement.tasks.commands import CompleteTask

HANDLERS: Handlers = {
    CompleteTask: completing.complete_task,
}
