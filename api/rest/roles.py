"""Who holds which role: proposed here, accepted by an ask, never taken by default."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath
from api.editing import Unedited
from api.operations import by, may
from application.commands import Receipt, carry_out
from application.deals import Proposal, propose_holder
from application.interlock import seen
from application.reading import require_colleague
from application.views import RoleView, View, coverage_view
from domain.engagement import commands as c
from domain.values import Day, Value
from domain.words import Words

router = APIRouter(prefix="/engagements/{engagement}", tags=["roles"])

RolePath = Annotated[
    str, Path(pattern=r"^[a-z][a-z_]{0,40}(:[a-z][a-z0-9_ -]{0,40})?$", examples=["delivery_lead", "expert:data"])
]


class Release(Value):
    reason: Words


class SecondRole(Value):
    """In the project manager's own words, until a date."""

    words: Words
    until: Day


class Coverage(View):
    """Every role that the engagement needs."""

    coverage: tuple[RoleView, ...]


@router.put("/roles/{role}", dependencies=[Unedited], openapi_extra=by(c.ProposeHolder))
async def put_role(
    app: AppDep, caller: CallerDep, engagement: EngagementPath, role: RolePath, body: Proposal
) -> Receipt:
    """Proposes a holder, who is asked to accept."""
    return await propose_holder(app, caller, engagement, role, body)


@router.post("/roles/{role}/release", openapi_extra=by(c.ReleaseRole))
async def release_role(
    app: AppDep, caller: CallerDep, engagement: EngagementPath, role: RolePath, body: Release
) -> Receipt:
    """Makes a role vacant again."""
    return await carry_out(app, caller, engagement, c.ReleaseRole(role=role, reason=body.reason))


@router.post("/roles/{role}/second", openapi_extra=by(c.RequestSecondRole))
async def request_second_role(
    app: AppDep, caller: CallerDep, engagement: EngagementPath, role: RolePath, body: SecondRole
) -> Receipt:
    """The project manager's own request to hold a second role; its head is asked to allow it."""
    command = c.RequestSecondRole(role=role, words=body.words, until=body.until)
    return await carry_out(app, caller, engagement, command)


@router.get("/coverage", openapi_extra=may("everyone of the firm on the engagement"))
async def get_coverage(app: AppDep, actor: ActorDep, engagement: EngagementPath) -> Coverage:
    """Each role needed: its holder and their words, or that it is vacant, since when, and who must have it filled."""
    state = await seen(app, actor, engagement)
    require_colleague(state, actor)
    return Coverage(coverage=coverage_view(state))
