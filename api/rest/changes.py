"""Change orders and potential changes."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath, ItemPath, NumberPath
from api.operations import by, may
from application.commands import changes
from application.commands.carry_out import Receipt, carry_out
from application.queries.change_orders import ChangeOrderView, ClientChangeView, Register, register, shown_change
from application.queries.change_preview import ChangeDraft, ChangePreview, preview_change
from domain.asks.model import ShownSubject
from domain.engagement.changes.commands import DropPotentialChange, RecordPotentialChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.command import ShortWords
from domain.engagement.scope.commands import PackageHours
from domain.shared.text import OwnText, ShortText
from domain.shared.values import ItemId, Value

router = APIRouter(prefix="/engagements/{engagement}", tags=["changes"])


PotentialPath = Annotated[str, Path(pattern=ItemPath, examples=["K1"])]


class Submitted(Value):
    change: ChangeFacts


class SubmittedAnew(Submitted):
    """`potential` is the potential change (K1) that it comes from."""

    potential: ItemId | None = None


class Potential(Value):
    text: OwnText
    link: ShortText | None = None


class ShortReason(Value):
    reason: ShortWords


class Withdrawal(Value):
    reason: OwnText


class LineEstimates(Value):
    """Three-point estimates for a change's lines, named L1, L2, …; `shown` is the ask that requested them."""

    estimates: Annotated[tuple[PackageHours, ...], Field(min_length=1, max_length=50)]
    shown: ShownSubject | None = None


@router.post("/changes", openapi_extra=by(SubmitChange))
async def submit_change(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: SubmittedAnew) -> Receipt:
    """Submits a change order. It is routed by its own effect and by what all changes add up to."""
    command = SubmitChange(change=body.change, potential=body.potential)
    return await carry_out(app, caller, engagement_id, command)


@router.post("/changes/preview", openapi_extra=by(SubmitChange))
async def preview_the_change(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: ChangeDraft
) -> ChangePreview:
    """Says who would have to approve a change order, each with the reasons, without submitting it."""
    return await preview_change(app, caller, engagement_id, body)


@router.get("/changes", openapi_extra=may("everyone on the engagement"))
async def list_changes(app: AppDep, actor: ActorDep, engagement_id: EngagementPath) -> Register:
    """The register of changes: each with its route and status. Client people see less."""
    return await register(app, actor, engagement_id)


@router.get("/changes/{n}", openapi_extra=may("everyone on the engagement"))
async def get_change(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, n: NumberPath
) -> ChangeOrderView | ClientChangeView:
    """A whole change order: its lines, asks and signatures. Client people see less, once it was sent to them."""
    return await shown_change(app, actor, engagement_id, n)


@router.post("/changes/{n}/revise", openapi_extra=by(ReviseChange))
async def revise_change(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, n: NumberPath, body: Submitted
) -> Receipt:
    """Submits a returned change again; it is routed again."""
    return await carry_out(app, caller, engagement_id, ReviseChange(n=n, change=body.change))


@router.post("/changes/{n}/withdraw", openapi_extra=may("who submitted it", "project manager", "engagement manager"))
async def withdraw_change(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, n: NumberPath, body: Withdrawal
) -> Receipt:
    """Withdraws a change order."""
    return await changes.withdraw_change(app, caller, engagement_id, n, body.reason)


@router.post("/changes/{n}/estimate", openapi_extra=may("experts of the line's discipline"))
async def estimate_change(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, n: NumberPath, body: LineEstimates
) -> Receipt:
    """An expert's three points for lines of the change."""
    return await changes.estimate_change(app, caller, engagement_id, n, body.estimates, body.shown)


@router.post("/potential-changes", openapi_extra=by(RecordPotentialChange))
async def record_potential_change(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Potential
) -> Receipt:
    """Records a potential change, such as a "can we also…"."""
    return await carry_out(app, caller, engagement_id, RecordPotentialChange(text=body.text, link=body.link))


@router.post("/potential-changes/{potential}/drop", openapi_extra=by(DropPotentialChange))
async def drop_potential_change(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, potential: PotentialPath, body: ShortReason
) -> Receipt:
    """Drops a potential change that was to become a change order."""
    command = DropPotentialChange(potential=potential, reason=body.reason)
    return await carry_out(app, caller, engagement_id, command)
