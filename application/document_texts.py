"""The text of the document that an ask is about, for whoever may read it."""

from application.interlock import Interlock
from application.reading import Paper, read_document
from domain.card import Card
from domain.refusals import NotApprovedInside, NotFound, NotYours
from domain.turn import Actor


async def text_of(app: Interlock, actor: Actor, card: Card) -> str | None:
    """The Markdown of the document that a card is about; None for another card, and for whoever may not read it."""
    if card.document is None:
        return None
    paper = Paper(card.engagement, card.document.kind)
    try:
        return (await read_document(app, actor, paper, "md", card.document.revision)).body.decode()
    except (NotApprovedInside, NotFound, NotYours):
        return None
