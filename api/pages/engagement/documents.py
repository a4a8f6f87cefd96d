"""SOW and BRD: revisions, signatures, the text, and the difference between two revisions."""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.rendering import SiteRoute
from api.pages.visitor import VisitorDep
from application.queries.documents import Paper, document_difference, document_revisions, read_document
from domain.engagement.documents.values import DocumentKind
from domain.shared.values import EngagementId, Whole

router = APIRouter(route_class=SiteRoute, include_in_schema=False)

Revision = Annotated[Whole | None, Query(ge=1, le=9999)]


class DifferenceLine(NamedTuple):
    """A line of a difference: `added`, `removed`, or `same`."""

    mark: str
    text: str


@router.get("/engagements/{engagement_id}/documents")
async def show_documents(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """Both documents with their status and signatures."""
    view = await firm_view(app, visitor, engagement_id)
    return await show_tab(request, app, visitor, "documents", view)


@router.get("/engagements/{engagement_id}/documents/{kind}")
async def show_document(
    request: Request,
    app: AppDep,
    visitor: VisitorDep,
    engagement_id: EngagementId,
    kind: DocumentKind,
    revision: Revision = None,
    since: Revision = None,
) -> Response:
    """The text of a revision, the current one by default; with `since`, how it differs from that one."""
    view = await firm_view(app, visitor, engagement_id)
    paper = Paper(engagement_id, kind)
    revisions = await document_revisions(app, visitor.actor, paper)
    wanted = revision or revisions.current
    text = (await read_document(app, visitor.actor, paper, "md", wanted)).body.decode()
    lines = tuple(_lines(await document_difference(app, visitor.actor, paper, since, wanted))) if since else None
    shown: dict[str, Any] = {
        "kind": kind,
        "revisions": revisions,
        "wanted": wanted,
        "text": text,
        "since": since,
        "lines": lines,
    }
    return await show_tab(request, app, visitor, "documents", view, template="document", **shown)


def _lines(difference: str) -> Iterator[DifferenceLine]:
    """The lines of a unified difference, without its heads."""
    marks = {"+": "added", "-": "removed", " ": "same"}
    for line in difference.splitlines()[2:]:
        if line[:1] in marks:
            yield DifferenceLine(marks[line[:1]], line[1:])
        elif line.startswith("@@"):
            yield DifferenceLine("gap", "…")
