"""SOW and BRD: their status, their revisions, and what changed between two."""

import difflib
from typing import Any, Literal, NamedTuple

from adapters.db.read_model import ReadModel
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of
from application.queries.ledger import entries_of
from application.queries.stored_engagements import stored_engagement
from application.queries.view import Reader, ShownPersonId, View
from application.queries.visibility import seen
from application.read_lag.await_visible import read_when_there
from domain.asks.signature_record import signed_shown
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.contract import changed_since_signed, requirements_since_signed
from domain.engagement.documents.events import DocumentDrafted, DocumentSigned, DocumentStatusChanged, OfferExpirySet
from domain.engagement.documents.values import (
    Document,
    DocumentKind,
    DocumentStatus,
    Signature,
)
from domain.engagement.engagement_events import FactsVoided
from domain.engagement.permissions import Sight, may_see
from domain.shared.errors import (
    NotApprovedInside,
    NotFound,
    PermissionDenied,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import Day, EngagementId


class DocumentView(View):
    kind: DocumentKind
    revision: int
    status: DocumentStatus
    source: str
    rendered: str
    author: ShownPersonId
    signatures: tuple[Signature, ...]
    signed_shown: tuple[str, ...]
    """Each signature in words, with its time in the reader's zone; the signed bytes stay as they were signed."""
    offered_until: Day | None
    """The last day on which the client can sign a SOW that was sent."""
    changed_since: tuple[str, ...]
    """What signed change orders have changed of it since it was signed: its text stays as it was signed."""
    stale_because: str | None
    """Why it is no longer valid and must be replaced: people wrongly named, what has changed since it was drafted."""


def is_shown_outside(state: Engagement, kind: DocumentKind) -> bool:
    """True once the current revision was sent to the client, or is signed."""
    document = state.documents.get(kind)
    return document is not None and document.status in {DocumentStatus.SENT, DocumentStatus.SIGNED}


def document_view(document: Document, state: Engagement, reader: Reader) -> DocumentView:
    """A revision of a document."""
    signed = signed_shown(document, state.cast, reader.shown)
    plain = document.model_dump(exclude={"basis", "signatures"})
    since = changed_since(state, document, reader) if document.status is DocumentStatus.SIGNED else ()
    return DocumentView(**plain, signatures=document.signatures, signed_shown=signed, changed_since=since)


def changed_since(state: Engagement, document: Document, reader: Reader) -> tuple[str, ...]:
    if document.kind == "brd":
        return requirements_since_signed(state)
    return changed_since_signed(state) if may_read_price(state, reader) else ()


def may_read_price(state: Engagement, reader: Reader) -> bool:
    """True if the reader may see the price; a client's person reads it in the SOW itself."""
    return state.cast.is_client(reader.actor.person_id) or may_see(state, reader.actor, Sight.PRICE)


class DocumentRevisions(View):
    """A document by its revisions, oldest first: what each is bound to, its status, who signed."""

    kind: DocumentKind
    current: int
    revisions: tuple[DocumentView, ...]


class DocumentBytes(NamedTuple):
    """A document's bytes and their SHA-256."""

    body: bytes
    hash: str


class Paper(NamedTuple):
    """A document of an engagement."""

    engagement_id: EngagementId
    kind: DocumentKind


# -- documents


class Revision(NamedTuple):
    """A revision of a document, and whether it was ever sent to the client."""

    document: Document
    was_sent: bool


async def read_document(
    app: Interlock, actor: Actor, paper: Paper, form: Literal["md", "html"], revision: int | None
) -> DocumentBytes:
    """A document's bytes: the current revision, or an earlier one.

    Raises NotApprovedInside for what a person of the client may not see yet.
    """
    found = await _revision(app, actor, paper, revision)
    key = found.document.source if form == "md" else found.document.rendered
    return DocumentBytes(await _fetch(app, key), key)


async def document_difference(app: Interlock, actor: Actor, paper: Paper, before: int, after: int) -> str:
    """A unified difference of two revisions' Markdown."""
    old, new = [await _lines(app, actor, paper, revision) for revision in (before, after)]
    names = f"{paper.kind} revision {before}", f"{paper.kind} revision {after}"
    return "".join(difflib.unified_diff(old, new, fromfile=names[0], tofile=names[1]))


async def _lines(app: Interlock, actor: Actor, paper: Paper, revision: int) -> list[str]:
    found = await _revision(app, actor, paper, revision)
    return (await _fetch(app, found.document.source)).decode().splitlines(keepends=True)


async def _revision(app: Interlock, actor: Actor, paper: Paper, revision: int | None) -> Revision:
    engagement_id, kind = paper
    state = await seen(app, actor, engagement_id)
    is_client = state.cast.is_client(actor.person_id)
    if not (is_client or may_see(state, actor, Sight.PRICE)):
        raise PermissionDenied(
            "Documents contain the price, which you cannot see.", remedy=f"Ask {state.cast.name(state.manager)}."
        )
    own = (engagement_stream(engagement_id),)
    found = await read_when_there(app, own, lambda: _found_revision(app.read, paper, revision))
    if is_client and not found.was_sent:
        raise _not_sent(state, f"Revision {found.document.revision} of the {kind.upper()}")
    return found


def _found_revision(read: ReadModel, paper: Paper, revision: int | None) -> Revision:
    """Raises NotFound for a revision that does not exist."""
    engagement_id, kind = paper
    state = stored_engagement(read, engagement_id)
    current = current_document(state, kind)
    if revision is None or revision == current.revision:
        return Revision(current, is_shown_outside(state, kind))
    found = _revisions(read, engagement_id, kind).get(revision)
    if found is None:
        raise NotFound(f"There is no revision {revision}.", remedy=f"The newest is {current.revision}.")
    return found


def current_document(state: Engagement, kind: DocumentKind) -> Document:
    current = state.documents.get(kind)
    if current is None:
        raise NotFound(f"There is no {kind.upper()} yet.", remedy="Draft it.", action=RemedyAction.DRAFT_DOCUMENT)
    return current


def _not_sent(state: Engagement, what: str) -> NotApprovedInside:
    return NotApprovedInside(
        f"{what} has not been sent yet.", remedy=f"{state.cast.name(state.manager)} can say when it comes."
    )


async def document_revisions(app: Interlock, actor: Actor, paper: Paper) -> DocumentRevisions:
    """Every revision of a document; a client's person sees those that were sent. Raises NotApprovedInside."""
    engagement_id, kind = paper
    await seen(app, actor, engagement_id)

    def look() -> Engagement:
        state = stored_engagement(app.read, engagement_id)
        current_document(state, kind)
        return state

    state = await read_when_there(app, (engagement_stream(engagement_id),), look)
    found = (await off_loop(lambda: _revisions(app.read, engagement_id, kind))).values()
    client = state.cast.is_client(actor.person_id)
    reader = await reader_of(app, actor, state.cast)
    readable = [revision.document for revision in found if revision.was_sent or not client]
    shown = tuple(document_view(document, state, reader) for document in readable)
    if not shown:
        raise _not_sent(state, f"The {kind.upper()}")
    return DocumentRevisions(kind=kind, current=shown[-1].revision, revisions=shown)


# The kinds of facts that affect a document.
OF_DOCUMENTS = tuple(
    str(event.model_fields["kind"].default)
    for event in (DocumentDrafted, DocumentStatusChanged, OfferExpirySet, DocumentSigned, FactsVoided)
)


def _revisions(read: ReadModel, engagement_id: EngagementId, kind: DocumentKind) -> dict[int, Revision]:
    """Every revision of a document by its number, according to the record."""
    found: dict[int, Revision] = {}
    for entry in entries_of(read, engagement_id, OF_DOCUMENTS):
        event = entry.fact.event
        if isinstance(event, FactsVoided):
            stands = event.engagement.documents.get(kind)
            found = {n: known for n, known in found.items() if stands is not None and n <= stands.revision}
            document = stands
        else:
            document = _document_after(event, kind, found)
        if document is not None:
            was_sent = document.revision in found and found[document.revision].was_sent
            found[document.revision] = Revision(document, was_sent or document.status is DocumentStatus.SENT)
    return found


def _document_after(event: Any, kind: DocumentKind, found: dict[int, Revision]) -> Document | None:
    """The newest revision after a fact; None if the fact does not affect it."""
    if isinstance(event, DocumentDrafted):
        return event.document if event.document.kind == kind else None
    if (
        not isinstance(event, DocumentStatusChanged | OfferExpirySet | DocumentSigned)
        or event.document != kind
        or not found
    ):
        return None
    newest = found[max(found)].document
    if isinstance(event, DocumentSigned):
        return newest.replace(signatures=(*newest.signatures, event.signature))
    if isinstance(event, OfferExpirySet):
        return newest.replace(offered_until=event.until)
    return newest.replace(status=event.status, stale_because=event.because)


async def _fetch(app: Interlock, key: str) -> bytes:
    """Raises IntegrityBroken if the bytes are gone, or do not match their hash."""
    return await off_loop(lambda: app.documents.fetch(key))
