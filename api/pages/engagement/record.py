"""The record of an engagement in sentences, and whether it is as it was written."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.rendering import SiteRoute
from api.pages.visitor import VisitorDep
from application.queries.ledger import verdict_on
from application.queries.parameters import Flag
from application.queries.record_told import record_told
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
Position = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")]


@router.get("/engagements/{engagement_id}/record")
async def show_record(
    request: Request,
    app: AppDep,
    visitor: VisitorDep,
    engagement_id: EngagementId,
    after: Position = None,
    *,
    verify: Annotated[Flag, Query()] = False,
) -> Response:
    """What happened, newest first; with `verify`, every fact is compared with its chain and the read model."""
    view = await firm_view(app, visitor, engagement_id)
    told = await record_told(app, visitor.actor, engagement_id, after)
    verdict = await verdict_on(app, visitor.actor, engagement_id) if verify else None
    return await show_tab(
        request, app, visitor, "record", view, facts_told=told.items, older=told.next, verdict=verdict
    )
