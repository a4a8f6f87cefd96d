"""Redraws documents whose bytes a restored record has lost: the same state gives the same bytes."""

import hashlib
from collections.abc import Iterable, Iterator

from adapters.db.content_store import ContentMissing, Contents
from adapters.documents.drafting import render
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.events import DocumentDrafted
from domain.engagement.documents.values import Document
from domain.record.facts import Recorded, evolve


def redraw_documents(contents: Contents, facts: Iterable[Recorded]) -> Iterator[str]:
    """Restores the missing documents among an engagement's facts; names those that cannot be.

    A document is drawn from the state right before its fact, and is kept only if it is byte for byte the one that was
    hashed then: another version of a template gives another.
    """
    state: Engagement | None = None
    for fact in facts:
        if isinstance(fact.event, DocumentDrafted) and state is not None:
            drafted = fact.event.document
            if _is_missing(contents, drafted) and not _is_drawn_again(contents, state, drafted):
                yield f"{drafted.kind.upper()} revision {drafted.revision}"
        after = evolve(state, fact)
        state = after if isinstance(after, Engagement) else None


def _is_missing(contents: Contents, drafted: Document) -> bool:
    try:
        contents.fetch(drafted.source)
        contents.fetch(drafted.rendered)
    except ContentMissing:
        return True
    return False


def _is_drawn_again(contents: Contents, before: Engagement, drafted: Document) -> bool:
    drawn = render(before, drafted.kind, drafted.revision, drafted.authors)
    same = (_sha(drawn.source), _sha(drawn.html)) == (drafted.source, drafted.rendered)
    if same:
        contents.keep(drawn.source)
        contents.keep(drawn.html)
    return same


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
