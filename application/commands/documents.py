"""Drafting a document, with its bytes in the content store."""

from datetime import datetime
from hashlib import sha256

from adapters.documents.drafting import render
from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.context import Interlock
from application.idempotency import taken_up
from application.off_loop import off_loop
from application.queries.visibility import seen
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import basis
from domain.engagement.decide import permit_at
from domain.engagement.documents.commands import DraftDocument
from domain.engagement.documents.rules import require_draftable
from domain.engagement.documents.values import DocumentKind
from domain.shared.errors import (
    Refusal,
)
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId, digest
from workflows.messages import Receipt


async def draft_document(app: Interlock, caller: Caller, engagement_id: EngagementId, kind: DocumentKind) -> Receipt:
    """Drafts a new revision from the record, keeps its bytes, and has it reviewed internally.

    Each draft is another revision, so a repeat of the request is identified by what was asked.
    """
    return await taken_up(app, caller, kind, Receipt, lambda: _draft(app, caller, engagement_id, kind))


async def _draft(app: Interlock, caller: Caller, engagement_id: EngagementId, kind: DocumentKind) -> Receipt:
    state = await seen(app, caller.actor, engagement_id)
    nothing = digest("")
    empty = DraftDocument(document=kind, source=nothing, rendered=nothing, basis=nothing)
    try:
        authors = drawn_by(state, empty, caller.actor, app.clock())
    except Refusal:  # readers may be behind: the engine refuses it too, or knows the request and answers as before
        return await carry_out(app, caller, engagement_id, empty, said={"document": kind})
    before = state.documents.get(kind)
    drawn = render(state, kind, before.revision + 1 if before else 1, authors)
    source = await off_loop(lambda: app.documents.keep(drawn.source))
    rendered = await off_loop(lambda: app.documents.keep(drawn.html))
    as_before = sha256(render(state, kind, before.revision, before.authors).source).hexdigest() if before else None
    drawn_from = basis(state, kind)
    command = DraftDocument(document=kind, source=source, rendered=rendered, basis=drawn_from, as_before=as_before)
    return await carry_out(app, caller, engagement_id, command, said={"document": kind})


def drawn_by(state: Engagement, command: DraftDocument, actor: Actor, now: datetime) -> tuple[PersonId, ...]:
    """Whoever drafts it, and whom they act for: neither may sign it. Raises the refusal that prevents drafting it."""
    authors = permit_at(state, command, actor, now).people
    require_draftable(state, command.document)
    return authors
