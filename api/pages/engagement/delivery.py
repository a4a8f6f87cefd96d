"""Delivery: milestones, hours against the estimate, contacts, pulses, complaints, the close."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.rendering import SiteRoute
from api.pages.visitor import VisitorDep
from application.queries.hours import shown_hours
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/engagements/{engagement_id}/delivery")
async def show_delivery(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """How far it is, and how satisfied the client is."""
    view = await firm_view(app, visitor, engagement_id)
    hours = await shown_hours(app, visitor.actor, engagement_id)
    return await show_tab(request, app, visitor, "delivery", view, worked=hours.items)
