"""The handlers of this slice's commands."""

from domain.engagement.handler_types import Handlers
from domain.engagement.playbook import rules as playbook_rules
from domain.engagement.playbook.commands import TakePlaybook

HANDLERS: Handlers = {
    TakePlaybook: playbook_rules.take_playbook,
}
