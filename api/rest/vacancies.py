"""Roles that nobody holds, across engagements."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.vacancies import VacancyFilter, VacancyPage, vacancies

router = APIRouter(prefix="/vacancies", tags=["roles"])


@router.get(
    "", openapi_extra=may("everyone of the firm: what they must see filled or manage; heads and administrator: all")
)
async def list_vacancies(app: AppDep, actor: ActorDep, wanted: Annotated[VacancyFilter, Query()]) -> VacancyPage:
    """Roles that nobody answers for, the oldest first: one's own are those one must see filled or manages.

    Page by page: `after` is the `next` of the page before.
    """
    return await vacancies(app, actor, wanted)
