"""Needs and promises: what the client wants, what sales promised, and what became of each promise."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath, ItemPath
from api.operations import by, may
from application.commands import promises
from application.commands.carry_out import Receipt, carry_out
from application.queries.closing import ReconciliationView
from application.queries.reconciliation import shown_reconciliation
from domain.engagement.command import Few, ShortWords
from domain.engagement.item_ids import Ids
from domain.engagement.needs.commands import (
    CoverPromise,
    DeclinePromise,
    ReconcilePromise,
    RecordNeeds,
    RecordPromises,
    RestateNeeds,
)
from domain.engagement.needs.values import Need, Promise
from domain.shared.text import OwnText
from domain.shared.values import Truth, Value

router = APIRouter(prefix="/engagements/{engagement}", tags=["promises"])

PromisePath = Annotated[str, Path(pattern=ItemPath, examples=["P1"])]


class Needs(Value):
    needs: Annotated[tuple[Need, ...], Few]


class Promises(Value):
    promises: Annotated[tuple[Promise, ...], Few]


class Cover(Value):
    by: Annotated[Ids, Field(min_length=1)]


class Decline(Value):
    reason: OwnText


class Reconcile(Value):
    delivered: Truth
    why_not: ShortWords | None = None


@router.post("/needs", openapi_extra=by(RecordNeeds))
async def record_needs(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Needs) -> Receipt:
    """Adds needs, or corrects those whose id exists."""
    return await carry_out(app, caller, engagement_id, RecordNeeds(needs=body.needs))


@router.post("/needs/restate", openapi_extra=by(RestateNeeds))
async def restate_needs(app: AppDep, caller: CallerDep, engagement_id: EngagementPath) -> Receipt:
    """Asks the client's sponsor whether the needs are understood correctly."""
    return await carry_out(app, caller, engagement_id, RestateNeeds())


@router.post("/promises", openapi_extra=by(RecordPromises))
async def record_promises(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Promises) -> Receipt:
    """Records what was promised, when it is promised. A promise on record is never rewritten."""
    return await promises.record_promises(app, caller, engagement_id, body.promises)


@router.post("/promises/{promise}/cover", openapi_extra=by(CoverPromise))
async def cover_promise(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, promise: PromisePath, body: Cover
) -> Receipt:
    """Says which work packages and milestones cover a promise."""
    return await carry_out(app, caller, engagement_id, CoverPromise(promise=promise, by=body.by))


@router.post("/promises/{promise}/decline", openapi_extra=by(DeclinePromise))
async def decline_promise(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, promise: PromisePath, body: Decline
) -> Receipt:
    """Declines a promise; the client is asked to acknowledge it."""
    return await carry_out(app, caller, engagement_id, DeclinePromise(promise=promise, reason=body.reason))


@router.post("/promises/{promise}/reconcile", openapi_extra=by(ReconcilePromise))
async def reconcile_promise(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, promise: PromisePath, body: Reconcile
) -> Receipt:
    """Says that a promise was kept, or why not."""
    command = ReconcilePromise(promise=promise, delivered=body.delivered, why_not=body.why_not)
    return await carry_out(app, caller, engagement_id, command)


@router.get("/reconciliation", openapi_extra=may("all colleagues on the engagement"))
async def get_reconciliation(app: AppDep, actor: ActorDep, engagement_id: EngagementPath) -> ReconciliationView:
    """The four-way table: promised = bought = needed = delivered."""
    return await shown_reconciliation(app, actor, engagement_id)
