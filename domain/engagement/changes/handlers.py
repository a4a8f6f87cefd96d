"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.changes import rules as changes_rules
from domain.engagement.changes.commands import (
    DropPotentialChange,
    RecordPotentialChange,
    ReportChange,
    ReviseChange,
    SubmitChange,
)
from domain.engagement.handler_types import Handlers, Reactions

HANDLERS: Handlers = {
    SubmitChange: changes_rules.submit_change,
    ReviseChange: changes_rules.revise_change,
    RecordPotentialChange: changes_rules.record_potential_change,
    DropPotentialChange: changes_rules.drop_potential_change,
    ReportChange: changes_rules.report_change,
}
REACTIONS: Reactions = {
    AskKind.POTENTIAL_CHANGE: changes_rules.on_potential_change_answered,
}
