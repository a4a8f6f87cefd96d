"""Engagements: starting, listing, showing, pausing, ending."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath
from api.editing import tag_of
from api.operations import by, may
from api.sent_files import YAML_SENT, file_refused
from application.commands.administration import DirectoryFileRefused
from application.commands.carry_out import Receipt, carry_out
from application.commands.closing import end_engagement
from application.commands.engagement_versions import take_playbook
from application.commands.start_deal import NewDeal, start_deal
from application.queries.capacity import CapacityView
from application.queries.capacity_reckoning import shown_capacity
from application.queries.deal_files import CheckedDeal, check_deal_file
from application.queries.delivery_previews import ClosePreview, preview_of_close
from application.queries.engagement import ClientEngagementView, EngagementView, shown_engagement
from application.queries.engagements import EngagementFilter, EngagementPage, engagements
from domain.engagement.closing.commands import (
    CancelEngagement,
    CloseEngagement,
    HoldEngagement,
    LoseDeal,
    ResumeEngagement,
)
from domain.engagement.playbook.commands import TakePlaybook
from domain.shared.streams import engagement_of
from domain.shared.text import LongText, OwnText
from domain.shared.values import Day, EngagementId, Value

router = APIRouter(tags=["engagements"])


class Started(Receipt):
    """The receipt of a new engagement, with its number."""

    engagement_id: EngagementId


class Reason(Value):
    reason: OwnText


class HoldReason(Reason):
    """Why all deadlines are paused, and until when (30 days ahead at most): then it is resumed, extended or ended."""

    until: Day


class Lessons(Value):
    lessons: LongText | None = None


@router.post("/engagements", status_code=201, openapi_extra=may("sales", "head of sales"))
async def start_engagement(app: AppDep, caller: CallerDep, deal: NewDeal, response: Response) -> Started:
    """Starts a deal. Its seller starts it; in house, its champion."""
    receipt = await start_deal(app, caller, deal)
    number = engagement_of(receipt.stream)
    response.headers["Location"] = f"/api/v1/engagements/{number}"
    return Started(engagement_id=number, **receipt.model_dump())


@router.post("/deal-files/check", openapi_extra=may("all colleagues") | YAML_SENT)
async def check_deal(app: AppDep, actor: ActorDep, request: Request) -> CheckedDeal:
    """Checks a deal file, YAML as in `examples/deal-*.yaml`, and starts nothing. Every mistake is named by line."""
    try:
        return await check_deal_file(app, actor, await request.body())
    except DirectoryFileRefused as refused:
        raise file_refused(refused) from None


@router.get("/engagements", openapi_extra=may("all colleagues; client people see their own"))
async def list_engagements(
    app: AppDep, actor: ActorDep, wanted: Annotated[EngagementFilter, Query()]
) -> EngagementPage:
    """Lists engagements, the newest first, in pages: `after` is the `next` of the previous page."""
    return await engagements(app, actor, wanted)


@router.get("/engagements/{engagement}", openapi_extra=may("everyone on the engagement, heads, administrator"))
async def get_engagement(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, response: Response
) -> EngagementView | ClientEngagementView:
    """A whole engagement: its stage, what and whom it waits for, coverage, asks. Client people see less."""
    view = await shown_engagement(app, actor, engagement_id)
    response.headers["ETag"] = tag_of(view.seq)
    return view


@router.get("/engagements/{engagement}/capacity", openapi_extra=may("everyone on the engagement, heads, administrator"))
async def get_capacity(app: AppDep, actor: ActorDep, engagement_id: EngagementPath) -> CapacityView:
    """Whether the requested dates can be staffed now: by week, what is needed, taken and free, and from when."""
    return await shown_capacity(app, actor, engagement_id)


@router.post("/engagements/{engagement}/cancel", openapi_extra=by(CancelEngagement))
async def cancel_engagement(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Reason) -> Receipt:
    """Cancels an engagement; after both signed the SOW, the provider sponsor is asked."""
    return await end_engagement(app, caller, engagement_id, CancelEngagement(reason=body.reason))


@router.post("/engagements/{engagement}/lose", openapi_extra=by(LoseDeal))
async def lose_deal(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Reason) -> Receipt:
    """Records a deal as lost, and why."""
    return await end_engagement(app, caller, engagement_id, LoseDeal(reason=body.reason))


@router.post("/engagements/{engagement}/hold", openapi_extra=by(HoldEngagement))
async def hold_engagement(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: HoldReason) -> Receipt:
    """Puts an engagement on hold until a day, pausing all deadlines; or extends the hold."""
    return await carry_out(app, caller, engagement_id, HoldEngagement(reason=body.reason, until=body.until))


@router.post("/engagements/{engagement}/resume", openapi_extra=by(ResumeEngagement))
async def resume_engagement(app: AppDep, caller: CallerDep, engagement_id: EngagementPath) -> Receipt:
    """Resumes an engagement; all deadlines run again."""
    return await carry_out(app, caller, engagement_id, ResumeEngagement())


@router.post("/engagements/{engagement}/playbook", openapi_extra=by(TakePlaybook))
async def take_newer_playbook(app: AppDep, caller: CallerDep, engagement_id: EngagementPath) -> Receipt:
    """Moves an engagement to the current playbook; what is decided stays decided."""
    return await take_playbook(app, caller, engagement_id)


@router.post("/engagements/{engagement}/close", openapi_extra=by(CloseEngagement))
async def close_engagement(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Lessons | None = None
) -> Receipt:
    """Closes an engagement in which nothing is owed, each promise is reconciled, and all hours are known."""
    return await end_engagement(app, caller, engagement_id, CloseEngagement(lessons=body.lessons if body else None))


@router.get("/engagements/{engagement}/close/preview", openapi_extra=by(CloseEngagement))
async def preview_close(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, *, lessons: bool = False
) -> ClosePreview:
    """What can no longer be billed, answered or added once it is closed; `lessons`: the lessons learnt are given."""
    return await preview_of_close(app, actor, engagement_id, lessons=lessons)
