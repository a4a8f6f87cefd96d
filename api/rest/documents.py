"""SOW and BRD: drafting, reading and comparing revisions, sending for signature."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Field

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath
from api.editing import EditorDep
from api.operations import by, may
from application.commands.carry_out import Receipt, carry_out
from application.commands.documents import draft_document
from application.queries.documents import (
    DocumentBytes,
    DocumentRevisions,
    Paper,
    document_difference,
    document_revisions,
    read_document,
)
from domain.engagement.documents.commands import DraftDocument, ExtendOffer, SendDocument
from domain.engagement.documents.values import DocumentKind
from domain.shared.values import Day, Value, Whole

router = APIRouter(prefix="/engagements/{engagement}/documents", tags=["documents"])

KindPath = Annotated[DocumentKind, Path(alias="kind")]
Revision = Annotated[Whole, Query(ge=1, le=100_000)]
READERS = may("everyone on the engagement; the client once it is sent")
NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'"


def _text(media_type: str) -> dict[int | str, dict[str, object]]:
    """The description of an answer that is not JSON."""
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": "The document."}}


def _answer(document: DocumentBytes, media_type: str) -> Response:
    """The bytes exactly as hashed. They never change, and nothing in them may execute."""
    headers = {"ETag": f'"{document.hash}"', "Content-Security-Policy": NOTHING_RUNS}
    return Response(document.body, media_type=media_type, headers=headers | {"X-Content-Type-Options": "nosniff"})


@router.put("/{kind}", openapi_extra=by(DraftDocument))
async def put_document(app: AppDep, caller: EditorDep, engagement_id: EngagementPath, kind: KindPath) -> Receipt:
    """Drafts a new revision from the current record, for internal review."""
    return await draft_document(app, caller, engagement_id, kind)


@router.get("/{kind}.md", response_class=Response, responses=_text("text/markdown"), openapi_extra=READERS)
async def get_document_source(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, kind: KindPath, revision: Revision | None = None
) -> Response:
    """A revision's Markdown, the current one unless another is named."""
    return _answer(await read_document(app, actor, Paper(engagement_id, kind), "md", revision), "text/markdown")


@router.get("/{kind}.html", response_class=Response, responses=_text("text/html"), openapi_extra=READERS)
async def get_document_page(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, kind: KindPath, revision: Revision | None = None
) -> Response:
    """A revision as a page, the current one unless another is named."""
    return _answer(await read_document(app, actor, Paper(engagement_id, kind), "html", revision), "text/html")


@router.get("/{kind}", openapi_extra=READERS)
async def get_document(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, kind: KindPath
) -> DocumentRevisions:
    """Lists every revision with its hashes, status and signatures. Client people see those that were sent."""
    return await document_revisions(app, actor, Paper(engagement_id, kind))


class Revisions(Value):
    """The revisions to compare."""

    before: Annotated[Whole, Field(alias="from", ge=1, le=100_000)]
    after: Annotated[Whole, Field(alias="to", ge=1, le=100_000)]


@router.get("/{kind}/diff", response_class=Response, responses=_text("text/x-diff"), openapi_extra=READERS)
async def get_document_difference(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, kind: KindPath, of: Annotated[Revisions, Query()]
) -> Response:
    """The unified difference of two revisions' Markdown."""
    text = await document_difference(app, actor, Paper(engagement_id, kind), of.before, of.after)
    return Response(text, media_type="text/x-diff")


class OfferDay(Value):
    """The last day on which the SOW that was sent can be signed."""

    until: Day


@router.post("/sow/extend", openapi_extra=by(ExtendOffer))
async def extend_offer(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: OfferDay) -> Receipt:
    """Extends the offer of a sent SOW until another day, expired or not."""
    return await carry_out(app, caller, engagement_id, ExtendOffer(until=body.until))


@router.post("/{kind}/send", openapi_extra=by(SendDocument))
async def send_document(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, kind: KindPath) -> Receipt:
    """Sends the internally approved revision to its signers."""
    return await carry_out(app, caller, engagement_id, SendDocument(document=kind))
