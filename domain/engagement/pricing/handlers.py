"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.handler_types import Handlers, Reactions
from domain.engagement.pricing import deal_decision
from domain.engagement.pricing import rules as pricing_rules
from domain.engagement.pricing.commands import ProposePrice

HANDLERS: Handlers = {
    ProposePrice: pricing_rules.propose_price,
}
REACTIONS: Reactions = {
    AskKind.APPROVE_PRICE: pricing_rules.on_price_answered,
    AskKind.DECIDE_DEAL: deal_decision.on_deal_decided,
}
