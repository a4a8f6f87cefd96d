"""Handoff, milestones, hours, contacts, pulses, complaints, tasks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath, ItemPath
from api.operations import by, inlined, may
from api.problems import FieldError, InputRefused, field_errors
from application.commands.carry_out import Receipt, carry_out
from application.queries.delivery_previews import DeliveryPreview, preview_of_delivery
from application.queries.hours import HoursView, shown_hours
from domain.deal_file.hours_table import NoTableError, hours_in
from domain.engagement.command import Few, MilestoneNote, ShortWords
from domain.engagement.delivery.commands import (
    AskPulse,
    BillMilestone,
    DeliverMilestone,
    HoursWorked,
    OfferHandoff,
    RaiseComplaint,
    RecordContact,
    ReportHours,
    TakeMilestoneBack,
    WithdrawComplaint,
)
from domain.engagement.tasks.commands import CompleteTask
from domain.shared.text import OwnText
from domain.shared.unique_rows import repeated, told
from domain.shared.values import TASK_FORM, ItemId, PersonId, Value

router = APIRouter(prefix="/engagements/{engagement}", tags=["delivery"])

MilestonePath = Annotated[str, Path(pattern=ItemPath, examples=["M1"])]
ComplaintPath = Annotated[str, Path(pattern=ItemPath, examples=["X1"])]
TaskPath = Annotated[str, Path(pattern=TASK_FORM, examples=["T1"])]


class Plan(Value):
    plan: OwnText


class Note(Value):
    note: MilestoneNote | None = None


class MilestoneTakenBackBody(Value):
    reason: ShortWords


class Hours(Value):
    hours: Annotated[tuple[HoursWorked, ...], Few]


class Contacted(Value):
    person_id: PersonId
    summary: OwnText


class AskedPulse(Value):
    at: ItemId
    person_id: PersonId


class ComplaintBody(Value):
    """`person` is the client's person who complained: they read `text`, who takes care of it, and what is done."""

    text: OwnText
    person_id: PersonId | None = None


class TaskDoneBody(Value):
    note: ShortWords


@router.post("/handoff", openapi_extra=by(OfferHandoff))
async def offer_handoff(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Plan) -> Receipt:
    """Offers the engagement to delivery, with the baseline plan."""
    return await carry_out(app, caller, engagement_id, OfferHandoff(plan=body.plan))


@router.post("/milestones/{milestone}/deliver", openapi_extra=by(DeliverMilestone))
async def deliver_milestone(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, milestone: MilestonePath, body: Note | None = None
) -> Receipt:
    """Delivers a milestone; the client's sponsor is asked to accept it."""
    command = DeliverMilestone(milestone=milestone, note=body.note if body else None)
    return await carry_out(app, caller, engagement_id, command)


@router.get("/milestones/{milestone}/deliver/preview", openapi_extra=may("all colleagues on the engagement"))
async def preview_delivery(
    app: AppDep, actor: ActorDep, engagement_id: EngagementPath, milestone: MilestonePath
) -> DeliveryPreview:
    """Warns if another milestone may be meant: an earlier one is not delivered, or the due day is far off."""
    return await preview_of_delivery(app, actor, engagement_id, milestone)


@router.post("/milestones/{milestone}/take-back", openapi_extra=by(TakeMilestoneBack))
async def take_milestone_back(
    app: AppDep,
    caller: CallerDep,
    engagement_id: EngagementPath,
    milestone: MilestonePath,
    body: MilestoneTakenBackBody,
) -> Receipt:
    """Takes a milestone back that was delivered by mistake, until the client has answered; the client is told why."""
    command = TakeMilestoneBack(milestone=milestone, reason=body.reason)
    return await carry_out(app, caller, engagement_id, command)


@router.post("/milestones/{milestone}/bill", openapi_extra=by(BillMilestone))
async def bill_milestone(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, milestone: MilestonePath
) -> Receipt:
    """Asks finance again to bill a milestone for which they had said that nothing is due; until the close."""
    return await carry_out(app, caller, engagement_id, BillMilestone(milestone=milestone))


async def hours_sent(request: Request) -> Hours:
    """Parses hours as JSON, or as CSV with the columns `item,hours`. Raises InputRefused, naming fields and lines."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "text/csv":
            rows, lines = _rows(body)
            return _each_once(Hours.model_validate({"hours": rows}), "lines", lines)
        hours = Hours.model_validate_json(body)
        return _each_once(hours, "rows", range(1, len(hours.hours) + 1))
    except ValidationError as error:
        raise InputRefused(*field_errors(error.errors(include_url=False))) from None


def _rows(body: bytes) -> tuple[list[dict[str, str]], list[int]]:
    """The rows of a CSV, and the line on which each ends."""
    try:
        found = list(hours_in(body.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise InputRefused(FieldError(field="body", message="is not CSV in UTF-8")) from None
    except NoTableError as wrong:
        raise InputRefused(FieldError(field="body", message=str(wrong), line=wrong.line)) from None
    return [row.values for row in found], [row.line for row in found]


def _each_once(sent: Hours, what: str, numbers: Sequence[int]) -> Hours:
    """Hours are cumulative, so an item may appear only once. Raises InputRefused, naming item and lines."""
    found = repeated(row.item for row in sent.hours)
    if found:
        raise InputRefused(
            *(
                FieldError(
                    field=f"hours.{places[1]}.item",
                    message=f"{told(item, what, [numbers[at] for at in places])}: send its total hours in one row",
                    line=numbers[places[1]] if what == "lines" else None,
                )
                for item, places in found.items()
            )
        )
    return sent


HOURS_SENT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": inlined(Hours)},
            "text/csv": {"schema": {"type": "string"}, "example": "item,hours\nW1,104\n"},
        },
    }
}


@router.post("/actuals", openapi_extra=by(ReportHours) | HOURS_SENT)
async def report_hours(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, request: Request) -> Receipt:
    """Takes all hours worked so far on packages (W1) and approved changes (C1), as JSON or as CSV `item,hours`."""
    body = await hours_sent(request)
    return await carry_out(app, caller, engagement_id, ReportHours(hours=body.hours))


@router.get("/actuals", openapi_extra=may("all colleagues on the engagement"))
async def get_hours(app: AppDep, actor: ActorDep, engagement_id: EngagementPath) -> HoursView:
    """The hours of each package and approved change: estimated, worked so far, and who recorded what when."""
    return await shown_hours(app, actor, engagement_id)


@router.post("/contacts", openapi_extra=by(RecordContact))
async def record_contact(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Contacted) -> Receipt:
    """Records a contact with a person at the client."""
    return await carry_out(app, caller, engagement_id, RecordContact(person_id=body.person_id, summary=body.summary))


@router.post("/pulses", openapi_extra=by(AskPulse))
async def ask_pulse(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: AskedPulse) -> Receipt:
    """Asks a person at the client how satisfied they are, from 0 to 10."""
    return await carry_out(app, caller, engagement_id, AskPulse(at=body.at, person_id=body.person_id))


@router.post("/complaints", openapi_extra=by(RaiseComplaint))
async def raise_complaint(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: ComplaintBody
) -> Receipt:
    """Raises a client's complaint: it must be acknowledged within hours, then planned."""
    return await carry_out(app, caller, engagement_id, RaiseComplaint(text=body.text, person_id=body.person_id))


@router.post("/complaints/{complaint}/withdraw", openapi_extra=by(WithdrawComplaint))
async def withdraw_complaint(
    app: AppDep,
    caller: CallerDep,
    engagement_id: EngagementPath,
    complaint: ComplaintPath,
    body: MilestoneTakenBackBody,
) -> Receipt:
    """Withdraws a complaint recorded by mistake, until it has a plan; the person who complained is told why."""
    command = WithdrawComplaint(complaint=complaint, reason=body.reason)
    return await carry_out(app, caller, engagement_id, command)


@router.post("/tasks/{task}/complete", openapi_extra=by(CompleteTask))
async def complete_task(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, task: TaskPath, body: TaskDoneBody
) -> Receipt:
    """Marks a condition of an approval as met."""
    return await carry_out(app, caller, engagement_id, CompleteTask(task=task, note=body.note))
