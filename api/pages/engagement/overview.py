"""The overview of an engagement; for a client's person, all that they see of it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.engagement.frame import show_tab
from api.pages.rendering import SiteRoute, show
from api.pages.step_places import place_of_step
from api.pages.visitor import VisitorDep
from application.queries.engagement import EngagementView, shown_engagement
from application.queries.price_band import price_band
from application.queries.record_told import last_told
from application.queries.stage_line import stage_line
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
# Events shown on the overview.
MAX_LAST = 8


@router.get("/engagements/{engagement_id}")
async def show_overview(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """Who answers for what, the price, promises, conditions, and what happened last."""
    view = await shown_engagement(app, visitor.actor, engagement_id)
    if not isinstance(view, EngagementView):
        stages = await stage_line(app, visitor.actor, engagement_id)
        return await show(request, visitor, "engagement/client", view=view, stages=stages, place_of=place_of_step)
    last = await last_told(app, visitor.actor, engagement_id, MAX_LAST)
    band = await price_band(app, visitor.actor, engagement_id)
    return await show_tab(request, app, visitor, "", view, last=last, band=band)
