"""The outbox: what could not be delivered, what is waiting, and retries."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep, CallerDep
from api.operations import may
from application.notifications.outbox import Again, Messages, OutboxFilter, Revived, messages, tell_again

router = APIRouter(prefix="/outbox", tags=["outbox"])


@router.get("", openapi_extra=may("administrator"))
async def list_messages(app: AppDep, actor: ActorDep, wanted: Annotated[OutboxFilter, Query()]) -> Messages:
    """Lists messages, the oldest first: those given up, unless asked otherwise, and why. Never their texts."""
    return await messages(app, actor, wanted)


@router.post("/again", openapi_extra=may("administrator"))
async def post_again(app: AppDep, caller: CallerDep, body: Again) -> Revived:
    """Retries a message that was given up, or all of them if none is named."""
    return await tell_again(app, caller, body)
