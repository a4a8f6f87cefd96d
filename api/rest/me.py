"""The caller."""

from fastapi import APIRouter

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.people import MeView, me

router = APIRouter(tags=["me"])


@router.get("/me", openapi_extra=may("everyone"))
async def get_me(app: AppDep, actor: ActorDep) -> MeView:
    """The caller, and what they administer."""
    return await me(app, actor)
