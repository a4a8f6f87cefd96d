"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.documents import prepared_requirements
from domain.engagement.documents import rules as documents_rules
from domain.engagement.documents.commands import (
    DraftDocument,
    ExtendOffer,
    SendDocument,
    SetRequirements,
    TakeRequirements,
)
from domain.engagement.handler_types import Handlers, Reactions

HANDLERS: Handlers = {
    SetRequirements: documents_rules.set_requirements,
    TakeRequirements: prepared_requirements.take_requirements,
    DraftDocument: documents_rules.draft_document,
    SendDocument: documents_rules.send_document,
    ExtendOffer: documents_rules.extend_offer,
}
REACTIONS: Reactions = {
    AskKind.REVIEW_SOW: documents_rules.on_reviewed,
    AskKind.REVIEW_BRD: documents_rules.on_reviewed,
    AskKind.SIGN_SOW: documents_rules.on_signed,
    AskKind.SIGN_BRD: documents_rules.on_signed,
}
