"""Vacant roles, longest vacant first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.rendering import SiteRoute, show
from api.pages.visitor import VisitorDep
from application.queries.vacancies import VacancyFilter, vacancies

router = APIRouter(route_class=SiteRoute, include_in_schema=False)


@router.get("/vacancies")
async def show_vacancies(
    request: Request, app: AppDep, visitor: VisitorDep, wanted: Annotated[VacancyFilter, Query()]
) -> Response:
    """Where, since when and why, who must see each filled, and who is asked."""
    page = await vacancies(app, visitor.actor, wanted)
    return await show(request, visitor, "vacancies", page=page, wanted=wanted)
