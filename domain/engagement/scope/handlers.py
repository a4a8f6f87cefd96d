"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.handler_types import Handlers, Reactions
from domain.engagement.scope import attestation, estimating, requested_dates
from domain.engagement.scope import rules as scope_rules
from domain.engagement.scope.commands import (
    ChooseEstimate,
    GiveEstimate,
    KeepDates,
    MoveDates,
    SetMilestones,
    SetPurchases,
    SetWorkPackages,
    TakeRateCard,
)

HANDLERS: Handlers = {
    SetWorkPackages: scope_rules.set_work_packages,
    MoveDates: requested_dates.move_dates,
    KeepDates: requested_dates.keep_dates,
    SetMilestones: scope_rules.set_milestones,
    SetPurchases: scope_rules.set_purchases,
    GiveEstimate: estimating.give_estimate,
    ChooseEstimate: estimating.choose_estimate,
    TakeRateCard: scope_rules.take_rate_card,
}
REACTIONS: Reactions = {
    AskKind.ESTIMATE: estimating.on_hours_returned,
    AskKind.ATTEST_ESTIMATE: attestation.on_attestation_answered,
}
