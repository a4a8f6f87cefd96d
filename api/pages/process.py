"""The process in force, drawn from the playbook, with its gaps."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.rendering import SiteRoute, show
from api.pages.visitor import VisitorDep
from application.queries.playbook import current_playbook, playbook_findings
from domain.playbook.model import Stage

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/process")
async def show_process(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Stages with the roles that each needs, decisions, ladders, routes of change orders, deadlines."""
    playbook = await current_playbook(app, visitor.actor)
    found = await playbook_findings(app, visitor.actor)
    stages = tuple(stage for stage in Stage if not stage.is_end)
    return await show(request, visitor, "process", playbook=playbook, findings=found, stages=stages)
