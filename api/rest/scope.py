"""The scope and its estimates."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.callers import AppDep, CallerDep, EngagementPath, ItemPath
from api.editing import EditorDep
from api.operations import by
from application.commands.carry_out import Receipt, carry_out
from application.commands.engagement_versions import take_rate_card
from domain.asks.model import ShownSubject
from domain.engagement.command import Few
from domain.engagement.documents.commands import SetRequirements, TakeRequirements
from domain.engagement.documents.values import Requirement
from domain.engagement.scope.commands import (
    ChooseEstimate,
    GiveEstimate,
    GivenHours,
    KeepDates,
    MoveDates,
    PackageHours,
    SetMilestones,
    SetPurchases,
    SetWorkPackages,
    TakeRateCard,
)
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.pricing.three_points import ThreePoints
from domain.shared.limits import MAX_ROWS
from domain.shared.text import OwnText
from domain.shared.values import Day, Value

router = APIRouter(prefix="/engagements/{engagement}", tags=["scope"])

PackagePath = Annotated[str, Path(pattern=ItemPath, examples=["W1"])]


class Packages(Value):
    packages: Annotated[tuple[WorkPackage, ...], Few]


class WishedDates(Value):
    start: Day
    end: Day


class WhyKept(Value):
    reason: OwnText


class Milestones(Value):
    milestones: Annotated[tuple[Milestone, ...], Few]


class Requirements(Value):
    requirements: Annotated[tuple[Requirement, ...], Few]


class Purchases(Value):
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MAX_ROWS)]


class OneEstimate(GivenHours):
    """Hours for one package; `reason` says why they changed, if delivery had attested others."""

    reason: OwnText | None = None


class Estimates(Value):
    """Hours for several packages; `shown` is the ask that requested them, `reason` why attested ones changed."""

    estimates: Annotated[tuple[PackageHours, ...], Few]
    shown: ShownSubject | None = None
    reason: OwnText | None = None


class EstimateChoiceBody(Value):
    """One of the estimates given, or a merge of them, and why."""

    hours: ThreePoints
    statement: OwnText


@router.put("/work-packages", openapi_extra=by(SetWorkPackages))
async def put_work_packages(app: AppDep, caller: EditorDep, engagement_id: EngagementPath, body: Packages) -> Receipt:
    """Replaces the whole scope."""
    return await carry_out(app, caller, engagement_id, SetWorkPackages(packages=body.packages))


@router.put("/dates", openapi_extra=by(MoveDates))
async def put_dates(app: AppDep, caller: EditorDep, engagement_id: EngagementPath, body: WishedDates) -> Receipt:
    """Moves the requested dates, until both sides have signed; staffing is asked again."""
    return await carry_out(app, caller, engagement_id, MoveDates(start=body.start, end=body.end))


@router.post("/dates/keep", openapi_extra=by(KeepDates))
async def keep_dates(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: WhyKept) -> Receipt:
    """Keeps the requested dates although they cannot be staffed; the people who decide the deal read why."""
    return await carry_out(app, caller, engagement_id, KeepDates(reason=body.reason))


@router.put("/milestones", openapi_extra=by(SetMilestones))
async def put_milestones(app: AppDep, caller: EditorDep, engagement_id: EngagementPath, body: Milestones) -> Receipt:
    """Sets the milestones; their shares must add up to 100 %."""
    return await carry_out(app, caller, engagement_id, SetMilestones(milestones=body.milestones))


@router.put("/requirements", openapi_extra=by(SetRequirements))
async def put_requirements(
    app: AppDep, caller: EditorDep, engagement_id: EngagementPath, body: Requirements
) -> Receipt:
    """Sets the requirements of the BRD, each traced to what was bought and why."""
    return await carry_out(app, caller, engagement_id, SetRequirements(requirements=body.requirements))


@router.post("/requirements/take", openapi_extra=by(TakeRequirements))
async def take_requirements(app: AppDep, caller: CallerDep, engagement_id: EngagementPath) -> Receipt:
    """Sets the prepared requirements with which the deal was started (`prepared_requirements`)."""
    return await carry_out(app, caller, engagement_id, TakeRequirements())


@router.put("/purchases", openapi_extra=by(SetPurchases))
async def put_purchases(app: AppDep, caller: EditorDep, engagement_id: EngagementPath, body: Purchases) -> Receipt:
    """Sets what is to be bought for the deal."""
    return await carry_out(app, caller, engagement_id, SetPurchases(purchases=body.purchases))


@router.post("/work-packages/{package}/estimate", openapi_extra=by(GiveEstimate))
async def estimate_package(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, package: PackagePath, body: OneEstimate
) -> Receipt:
    """An expert's three points for one package of their discipline."""
    given = PackageHours(package=package, hours=body.hours, assumptions=body.assumptions, risks=body.risks)
    return await carry_out(app, caller, engagement_id, GiveEstimate(estimates=(given,), reason=body.reason))


@router.post("/estimates", openapi_extra=by(GiveEstimate))
async def estimate_packages(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: Estimates) -> Receipt:
    """An expert's three points for several packages at once."""
    command = GiveEstimate(estimates=body.estimates, shown=body.shown, reason=body.reason)
    return await carry_out(app, caller, engagement_id, command)


@router.post("/work-packages/{package}/choose", openapi_extra=by(ChooseEstimate))
async def choose_estimate(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, package: PackagePath, body: EstimateChoiceBody
) -> Receipt:
    """The lead chooses one of several estimates, or merges them."""
    command = ChooseEstimate(package=package, hours=body.hours, statement=body.statement)
    return await carry_out(app, caller, engagement_id, command)


@router.post("/rate-card", openapi_extra=by(TakeRateCard))
async def take_newer_rate_card(app: AppDep, caller: CallerDep, engagement_id: EngagementPath) -> Receipt:
    """Takes the directory's current rate card; estimate and price are then asked again."""
    return await take_rate_card(app, caller, engagement_id)
