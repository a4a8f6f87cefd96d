"""The text of the document that an ask is about, for whoever may read it."""

from application.interlock import Interlock
from application.reading import Paper, read_document
from domain.asks import AskKind
from domain.card import Card
from domain.engagement.state import DocumentKind
from domain.refusals import NotApprovedInside, NotFound, NotYours
from domain.turn import Actor

OF_A_HANDOFF: tuple[DocumentKind, ...] = ("sow", "brd")
"""What whoever takes the work over reads: what both sides have signed."""


def is_read(card: Card) -> bool:
    """True for a card of which a document's text is to be read."""
    return card.document is not None or card.kind is AskKind.ACCEPT_HANDOFF


async def text_of(app: Interlock, actor: Actor, card: Card) -> str | None:
    """The Markdown of what a card is about, of a handoff of both documents; None where there is none to be read."""
    if card.document is not None:
        return await _text(app, actor, Paper(card.engagement, card.document.kind), card.document.revision)
    if card.kind is not AskKind.ACCEPT_HANDOFF or not card.facts:
        return None
    texts = [await _text(app, actor, Paper(card.engagement, kind), None) for kind in OF_A_HANDOFF]
    return "\n\n".join(filter(None, texts)) or None


async def _text(app: Interlock, actor: Actor, paper: Paper, revision: int | None) -> str | None:
    try:
        return (await read_document(app, actor, paper, "md", revision)).body.decode()
    except (NotApprovedInside, NotFound, NotYours):
        return None
