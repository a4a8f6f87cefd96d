"""Vacant roles, across engagements."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.vacancies import VacancyFilter, VacancyPage, vacancies

router = APIRouter(prefix="/vacancies", tags=["roles"])


@router.get("", openapi_extra=may("all colleagues: what they must see filled or manage; heads and administrator: all"))
async def list_vacancies(app: AppDep, actor: ActorDep, wanted: Annotated[VacancyFilter, Query()]) -> VacancyPage:
    """Lists vacant roles, the oldest first. The caller's own are those they must fill or manage.

    In pages: `after` is the `next` of the previous page.
    """
    return await vacancies(app, actor, wanted)
