"""The morning digest, on demand."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.digests import DigestFilter, DigestView, todays_digest

router = APIRouter(tags=["me"])


@router.get("/digest", openapi_extra=may("all colleagues: their own; administrator: anybody's"))
async def show_digest(app: AppDep, actor: ActorDep, wanted: Annotated[DigestFilter, Query()]) -> DigestView:
    """What waits for the caller, what they wait for, what is vacant where they answer for it: today's digest."""
    return await todays_digest(app, actor, wanted)
