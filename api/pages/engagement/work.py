"""What is sold and at which price: scope and estimate, price, promises."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.rendering import SiteRoute
from api.pages.visitor import VisitorDep
from application.queries.price_band import price_band
from application.queries.reconciliation import shown_reconciliation
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/engagements/{engagement_id}/scope")
async def show_scope(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """Packages with their three points, staffing, milestones, requirements, purchases."""
    view = await firm_view(app, visitor, engagement_id)
    return await show_tab(request, app, visitor, "scope", view)


@router.get("/engagements/{engagement_id}/price")
async def show_price(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """The price with its margins, the approvals, the decision."""
    view = await firm_view(app, visitor, engagement_id)
    band = await price_band(app, visitor.actor, engagement_id)
    return await show_tab(request, app, visitor, "price", view, band=band)


@router.get("/engagements/{engagement_id}/promises")
async def show_promises(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """Promised, bought, needed and delivered beside each other."""
    view = await firm_view(app, visitor, engagement_id)
    table = await shown_reconciliation(app, visitor.actor, engagement_id)
    return await show_tab(request, app, visitor, "promises", view, table=table)
