"""What comes next for the caller, across engagements."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.my_steps import MyStepFilter, MyStepPage, my_next_steps

router = APIRouter(tags=["me"])


@router.get("/next-steps", openapi_extra=may("everyone: their own"))
async def list_next_steps(app: AppDep, actor: ActorDep, wanted: Annotated[MyStepFilter, Query()]) -> MyStepPage:
    """Lists what waits for the caller, the most urgent first: asks, acts owed, vacancies, conditions."""
    return await my_next_steps(app, actor, wanted)
