"""What comes next for the caller, across engagements."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.my_steps import MyStepFilter, MyStepPage, my_next_steps

router = APIRouter(tags=["me"])


@router.get("/next-steps", openapi_extra=may("everyone: their own"))
async def list_next_steps(app: AppDep, actor: ActorDep, wanted: Annotated[MyStepFilter, Query()]) -> MyStepPage:
    """What waits for the caller: asks, acts owed, vacancies to fill, conditions to meet, the most pressing first."""
    return await my_next_steps(app, actor, wanted)
