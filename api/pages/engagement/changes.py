"""The register of change orders, and each change."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import AppDep, NumberPath
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.rendering import SiteRoute
from api.pages.visitor import VisitorDep
from application.queries.change_orders import shown_change
from application.queries.changes_together import changes_together
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/engagements/{engagement_id}/changes")
async def show_changes(request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId) -> Response:
    """All changes with their value, status and next step, and what may become one."""
    view = await firm_view(app, visitor, engagement_id)
    together = await changes_together(app, visitor.actor, engagement_id)
    return await show_tab(request, app, visitor, "changes", view, together=together)


@router.get("/engagements/{engagement_id}/changes/{n}")
async def show_change(
    request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId, n: NumberPath
) -> Response:
    """One change: items, hours, approvals, what it makes of the contract."""
    view = await firm_view(app, visitor, engagement_id)
    change = await shown_change(app, visitor.actor, engagement_id, n)
    return await show_tab(request, app, visitor, "changes", view, template="change", change=change)
