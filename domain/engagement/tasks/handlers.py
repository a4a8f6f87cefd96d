"""How each command of this slice is carried out, and what the end of each of its asks means."""

from domain.engagement.handler_types import Handlers
from domain.engagement.tasks import completing
from domain.engagement.tasks.commands import CompleteTask

HANDLERS: Handlers = {
    CompleteTask: completing.complete_task,
}
