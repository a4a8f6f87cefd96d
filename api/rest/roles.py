"""Who holds which role: proposed here, accepted by an ask, never assigned by default."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.callers import ActorDep, AppDep, CallerDep, EngagementPath
from api.editing import EditorDep
from api.operations import by, may
from application.commands.carry_out import Receipt, carry_out
from application.commands.roles import (
    NewParty,
    ProposalBody,
    Replacement,
    RoleRequestBody,
    name_party,
    propose_holder,
    replace_holder,
    request_role,
)
from application.queries.coverage_matrix import CandidatesView, CoverageView, shown_candidates, shown_coverage
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
)
from domain.engagement.roles.values import Expectation, Party
from domain.shared.text import OwnText
from domain.shared.values import Value

router = APIRouter(prefix="/engagements/{engagement}", tags=["roles"])

RolePath = Annotated[
    str, Path(pattern=r"^[a-z][a-z_]{0,40}(:[a-z][a-z0-9_ -]{0,40})?$", examples=["delivery_lead", "expert:data"])
]


class Release(Value):
    reason: OwnText


class Agreed(Value):
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1, max_length=20)]


@router.put("/roles/{role}", openapi_extra=by(ProposeHolder))
async def put_role(
    app: AppDep, caller: EditorDep, engagement_id: EngagementPath, role: RolePath, body: ProposalBody
) -> Receipt:
    """Proposes a holder, who is asked to accept."""
    return await propose_holder(app, caller, engagement_id, role, body)


@router.post("/roles/{role}/release", openapi_extra=by(ReleaseRole))
async def release_role(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, role: RolePath, body: Release
) -> Receipt:
    """Makes a role vacant again."""
    return await carry_out(app, caller, engagement_id, ReleaseRole(role=role, reason=body.reason))


@router.post("/roles/{role}/replace", openapi_extra=by(ReplaceHolder))
async def post_successor(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, role: RolePath, body: Replacement
) -> Receipt:
    """Asks somebody to take the role over; the holder stays until they accept, or until their last day."""
    return await replace_holder(app, caller, engagement_id, role, body)


@router.post("/roles/{role}/request", openapi_extra=by(RequestRole))
async def post_role_request(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, role: RolePath, body: RoleRequestBody
) -> Receipt:
    """Asks for a vacant role for the caller; its head is asked to allow it."""
    return await request_role(app, caller, engagement_id, role, body)


@router.post("/roles/{role}/expectations", openapi_extra=by(AgreeExpectations))
async def post_expectations(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, role: RolePath, body: Agreed
) -> Receipt:
    """Asks the client to confirm what is expected of the role's holder."""
    command = AgreeExpectations(role=role, expectations=body.expectations)
    return await carry_out(app, caller, engagement_id, command)


@router.put("/parties/{party}", openapi_extra=by(NameParty))
async def put_party(
    app: AppDep, caller: EditorDep, engagement_id: EngagementPath, party: Party, body: NewParty
) -> Receipt:
    """Names another sponsor, signatory or counterpart of the engagement manager."""
    return await name_party(app, caller, engagement_id, party, body)


@router.get("/coverage", openapi_extra=may("all colleagues on the engagement", "heads", "administrator"))
async def get_coverage(app: AppDep, actor: ActorDep, engagement_id: EngagementPath) -> CoverageView:
    """The coverage matrix: each function's holder, or since when and why it is vacant; RACI by gate."""
    return await shown_coverage(app, actor, engagement_id)


@router.get("/roles/{role}/candidates", openapi_extra=may("heads", "engagement manager", "administrator"))
async def get_candidates(app: AppDep, actor: ActorDep, engagement_id: EngagementPath, role: RolePath) -> CandidatesView:
    """Lists who could hold the role: the competent first, then those ready to step up, each with what they lack."""
    return await shown_candidates(app, actor, engagement_id, role)
