"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.handler_types import Handlers, Reactions
from domain.engagement.needs import client_confirmation
from domain.engagement.needs import rules as needs_rules
from domain.engagement.needs.commands import (
    CoverPromise,
    DeclinePromise,
    ReconcilePromise,
    RecordNeeds,
    RecordPromises,
    RestateNeeds,
)

HANDLERS: Handlers = {
    RecordNeeds: needs_rules.record_needs,
    RestateNeeds: needs_rules.restate_needs,
    RecordPromises: needs_rules.record_promises,
    CoverPromise: needs_rules.cover_promise,
    DeclinePromise: needs_rules.decline_promise,
    ReconcilePromise: needs_rules.reconcile_promise,
}
REACTIONS: Reactions = {
    AskKind.CONFIRM_NEEDS: needs_rules.on_needs_answered,
    AskKind.CONFIRM_CLIENT: client_confirmation.on_client_answered,
    AskKind.ACKNOWLEDGE_DECLINE: needs_rules.on_decline_answered,
}
