"""What waits for someone, first due first, and what they wait for."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.rendering import SiteRoute, show
from api.pages.step_places import place_of_step
from api.pages.visitor import VisitorDep
from application.queries.my_steps import MyStepFilter, my_next_steps

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/inbox")
async def show_inbox(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Decisions, acts, conditions and vacancies of the visitor; overdue steps that escalated to them."""
    steps = await my_next_steps(app, visitor.actor, MyStepFilter())
    return await show(request, visitor, "inbox", steps=steps, place_of=place_of_step)
