"""The text of the document that an ask is about, for those who may read it."""

from application.context import Interlock
from application.queries.documents import Paper, read_document
from domain.asks.card import Card
from domain.asks.model import AskKind
from domain.engagement.documents.values import DocumentKind
from domain.shared.errors import NotApprovedInside, NotFound, PermissionDenied
from domain.shared.transaction import Actor

# What those who take over the work read: what both sides have signed.
OF_A_HANDOFF: tuple[DocumentKind, ...] = ("sow", "brd")


async def text_of(app: Interlock, actor: Actor, card: Card) -> str | None:
    """The Markdown of a card's document, or for a handoff of both; None if there is none to read."""
    if card.document is not None:
        return await _text(app, actor, Paper(card.engagement_id, card.document.kind), card.document.revision)
    if card.kind is not AskKind.ACCEPT_HANDOFF or not card.facts:
        return None
    texts = [await _text(app, actor, Paper(card.engagement_id, kind), None) for kind in OF_A_HANDOFF]
    return "\n\n".join(filter(None, texts)) or None


async def _text(app: Interlock, actor: Actor, paper: Paper, revision: int | None) -> str | None:
    try:
        return (await read_document(app, actor, paper, "md", revision)).body.decode()
    except (NotApprovedInside, NotFound, PermissionDenied):
        return None
