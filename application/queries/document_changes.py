"""What changed in the text of the document that an ask is about since an earlier ask."""

from application.context import Interlock
from application.off_loop import off_loop
from application.reconciliation.damage import report_damage
from domain.asks.document_shown import changes_of_text, document_of
from domain.asks.model import Ask
from domain.shared.errors import IntegrityBroken

SOURCE = "document.source"


async def changes_between(app: Interlock, before: Ask | None, ask: Ask) -> tuple[str, ...]:
    """What changed in the text of a document since an earlier ask, one line per heading; empty for any other ask."""
    if before is None or document_of(ask) is None or document_of(before) == document_of(ask):
        return ()
    keys = before.facts[SOURCE], ask.facts[SOURCE]
    try:
        old, new = [(await off_loop(app.documents.fetch, key)).decode() for key in keys]
    except IntegrityBroken as broken:  # reading the text itself is refused, but not the ask
        await report_damage(app, broken)
        return ()
    return changes_of_text(old, new)
