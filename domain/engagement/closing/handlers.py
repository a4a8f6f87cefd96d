"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.closing import holds
from domain.engagement.closing import rules as closing_rules
from domain.engagement.closing.commands import (
    CancelEngagement,
    CloseEngagement,
    HoldEngagement,
    LoseDeal,
    ResumeEngagement,
)
from domain.engagement.handler_types import Handlers, Reactions

HANDLERS: Handlers = {
    HoldEngagement: holds.hold_engagement,
    ResumeEngagement: holds.resume_engagement,
    LoseDeal: closing_rules.lose_deal,
    CancelEngagement: closing_rules.cancel_engagement,
    CloseEngagement: closing_rules.close_engagement,
}
REACTIONS: Reactions = {
    AskKind.ACCEPT_CARE: closing_rules.on_care_accepted,
    AskKind.MEASURE_NEED: closing_rules.on_need_measured,
    AskKind.CANCEL_ENGAGEMENT: closing_rules.on_cancel_answered,
}
