"""Who answers for what in an engagement: functions, vacancies with candidates, RACI by gate, the client's people."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.rendering import SiteRoute
from api.pages.visitor import Visitor, VisitorDep
from application.context import Interlock
from application.queries.coverage_matrix import CandidatesView, shown_candidates, shown_coverage
from domain.shared.errors import Refusal
from domain.shared.values import EngagementId, RoleName

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/engagements/{engagement_id}/people")
async def show_people(
    request: Request,
    app: AppDep,
    visitor: VisitorDep,
    engagement_id: EngagementId,
    role: Annotated[RoleName | None, Query()] = None,
) -> Response:
    """The coverage matrix; with `role`, who could hold it."""
    view = await firm_view(app, visitor, engagement_id)
    coverage = await shown_coverage(app, visitor.actor, engagement_id)
    found = await _candidates(app, visitor, engagement_id, role) if role else None
    return await show_tab(request, app, visitor, "people", view, coverage=coverage, role=role, found=found)


async def _candidates(
    app: Interlock, visitor: Visitor, engagement_id: EngagementId, role: RoleName
) -> CandidatesView | str:
    """Who could hold a role, or why the visitor is not shown that."""
    try:
        return await shown_candidates(app, visitor.actor, engagement_id, role)
    except Refusal as refusal:
        return f"{refusal} {refusal.refused.remedy}".strip()
