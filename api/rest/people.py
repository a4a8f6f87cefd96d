"""The directory and tokens, for the administrator, and everyone's own absences and delegations."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.callers import ActorDep, AppDep, CallerDep, ImporterDep
from api.editing import EditorDep, tag_of
from api.operations import may
from api.sent_files import YAML_SENT, file_refused
from application.commands.administration import (
    DirectoryFileRefused,
    Imported,
    NewToken,
    Revocation,
    Revoked,
    TokenGiven,
    TokenView,
    create_token,
    living_tokens,
    revoke_tokens,
)
from application.commands.directory_files import DirectoryReview, export_directory, import_directory, review_directory
from application.commands.people import (
    ColleagueDetails,
    LeavingBody,
    NewAbsence,
    NewDelegation,
    OperationResult,
    OperationTakenBack,
    OperationView,
    OutcomeView,
    Return,
    Succession,
    deactivate,
    end_delegation,
    give_delegation,
    operations,
    outcomes,
    preview_leaving,
    record_absence,
    reinstate,
    remove_absence,
    replace,
    set_person,
)
from application.queries.leaving_preview import LeavingReview
from application.queries.people import DirectoryView, PersonView, people, person_as_of
from application.queries.view import View
from domain.shared.values import Day, PersonId, Value, Whole

router = APIRouter(tags=["people"])


@router.get("/people", openapi_extra=may("all colleagues"))
async def list_people(app: AppDep, actor: ActorDep) -> DirectoryView:
    """The firm's people and those of its clients."""
    return await people(app, actor)


@router.post("/people/import/preview", openapi_extra=may("administrator") | YAML_SENT)
async def preview_import(app: AppDep, caller: ImporterDep, request: Request) -> DirectoryReview:
    """Shows what a directory would change, and which roles nobody could hold then; nothing is written."""
    try:
        return await review_directory(app, caller, await request.body())
    except DirectoryFileRefused as refused:
        raise file_refused(refused) from None


@router.post("/people/import", openapi_extra=may("administrator") | YAML_SENT)
async def import_people(
    app: AppDep,
    caller: ImporterDep,
    request: Request,
    leaving: Annotated[Whole | None, Query(ge=0, le=1_000_000)] = None,
) -> Imported:
    """Puts a directory into force: YAML as docs/directory.md says. Mistakes are named by line.

    If more than a tenth of the people would leave, it is refused until `leaving` says how many.
    """
    try:
        return await import_directory(app, caller, await request.body(), leaving)
    except DirectoryFileRefused as refused:
        raise file_refused(refused) from None


@router.get(
    "/people/export",
    response_class=Response,
    responses={200: {"content": {"application/yaml": {"schema": {"type": "object"}}}, "description": "The file."}},
    openapi_extra=may("administrator"),
)
async def export_people(app: AppDep, actor: ActorDep) -> Response:
    """The directory in force as the file that an import takes back unchanged."""
    return Response(await export_directory(app, actor), media_type="application/yaml")


PersonPath = Annotated[PersonId, Path(alias="person", examples=["marta.silva"])]
OWN = may("the person", "their assistant", "administrator")


class Back(Value):
    """The first day of the absence that is cancelled."""

    first: Day


class Operations(View):
    """Operations on the directory; the next page's `before` is the last operation shown."""

    operations: tuple[OperationView, ...]


class OperationTold(View):
    """An operation, and how each engagement that it concerns reacted to it."""

    operation: OperationView
    engagements: tuple[OutcomeView, ...]


@router.get("/people/operations", openapi_extra=may("administrator", "heads"))
async def list_operations(
    app: AppDep,
    actor: ActorDep,
    before: Annotated[Whole | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[Whole, Query(ge=1, le=200)] = 50,
) -> Operations:
    """Lists what was done to the directory, the newest first."""
    return Operations(operations=await operations(app, actor, before, limit))


@router.get("/people/operations/{operation}", openapi_extra=may("administrator", "heads"))
async def get_operation(
    app: AppDep,
    actor: ActorDep,
    operation: Annotated[Whole, Path(ge=1, le=2**31 - 2)],
    after: Annotated[str, Query(pattern=r"^([A-Z]{2,8}-[0-9]{4}-[0-9]{4,9})?$")] = "",
) -> OperationTold:
    """One operation and its effects, engagement by engagement."""
    done, engagements = await outcomes(app, actor, operation, after)
    return OperationTold(operation=done, engagements=engagements)


@router.get("/people/{person}", openapi_extra=may("all colleagues"))
async def get_person(app: AppDep, actor: ActorDep, person_id: PersonPath, response: Response) -> PersonView:
    """A person: when they are away, who answers for them, and their levels if the caller may see them.

    The ETag is the directory's: send it as `If-Match` when you correct a person.
    """
    version, view = await person_as_of(app, actor, person_id)
    response.headers["ETag"] = tag_of(version)
    return view


@router.put("/people/{person}", openapi_extra=may("administrator"))
async def put_person(app: AppDep, caller: EditorDep, person_id: PersonPath, body: ColleagueDetails) -> OperationResult:
    """Adds a colleague, or replaces their entry."""
    return await set_person(app, caller, person_id, body)


@router.post("/people/{person}/deactivate", openapi_extra=may("administrator"))
async def post_leaving(app: AppDep, caller: CallerDep, person_id: PersonPath, body: LeavingBody) -> OperationResult:
    """Deactivates somebody who leaves: in every engagement their asks move and their roles fall vacant."""
    return await deactivate(app, caller, person_id, body)


@router.post("/people/{person}/deactivate/preview", openapi_extra=may("administrator"))
async def preview_deactivation(
    app: AppDep, caller: CallerDep, person_id: PersonPath, body: LeavingBody
) -> LeavingReview:
    """Shows what it would do in which engagements, and which roles the successor may not hold; nothing is done."""
    return await preview_leaving(app, caller, person_id, body)


@router.post("/people/{person}/reinstate", openapi_extra=may("administrator"))
async def post_return(app: AppDep, caller: CallerDep, person_id: PersonPath, body: Return) -> OperationResult:
    """Reinstates somebody who was deactivated, with their entry as it was, but without their roles and tokens."""
    return await reinstate(app, caller, person_id, body)


@router.post("/people/{person}/replace", openapi_extra=may("administrator", "head_of_engagement_management"))
async def post_succession(app: AppDep, caller: CallerDep, person_id: PersonPath, body: Succession) -> OperationResult:
    """Asks a successor to take over what a person holds, in every engagement; each role must be accepted there."""
    return await replace(app, caller, person_id, body)


@router.post("/people/{person}/absences", openapi_extra=OWN)
async def post_absence(app: AppDep, caller: CallerDep, person_id: PersonPath, body: NewAbsence) -> OperationResult:
    """Records days on which somebody is away, and who answers then; replaces an absence that begins on the same day."""
    return await record_absence(app, caller, person_id, body)


@router.post("/people/{person}/absences/remove", openapi_extra=OWN)
async def post_back(app: AppDep, caller: CallerDep, person_id: PersonPath, body: Back) -> OperationResult:
    """Cancels an absence."""
    return await remove_absence(app, caller, person_id, body.first)


@router.post("/people/{person}/delegations", openapi_extra=OWN)
async def post_delegation(
    app: AppDep, caller: CallerDep, person_id: PersonPath, body: NewDelegation
) -> OperationResult:
    """Lets somebody answer for another: on some days, for some roles, kinds of ask and amounts. Circles are refused."""
    return await give_delegation(app, caller, person_id, body)


@router.post("/people/{person}/delegations/end", openapi_extra=OWN)
async def post_delegation_end(
    app: AppDep, caller: CallerDep, person_id: PersonPath, body: OperationTakenBack
) -> OperationResult:
    """Cancels a delegation from now on."""
    return await end_delegation(app, caller, person_id, body)


class TokenList(View):
    """Valid tokens, newest first, at most 200."""

    tokens: tuple[TokenView, ...]


@router.get("/tokens", openapi_extra=may("administrator"))
async def list_tokens(
    app: AppDep,
    actor: ActorDep,
    person_id: Annotated[PersonId | None, Query(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = None,
) -> TokenList:
    """Lists the tokens of everybody or of one person; never the tokens themselves."""
    return TokenList(tokens=await living_tokens(app, actor, person_id))


@router.post("/tokens", status_code=201, openapi_extra=may("administrator"))
async def give_token(app: AppDep, caller: CallerDep, body: NewToken) -> TokenGiven:
    """Makes a token for a person. It is shown only once; the same key again is refused, not answered."""
    return await create_token(app, caller, body)


@router.post("/tokens/revoke", openapi_extra=may("administrator"))
async def end_tokens(app: AppDep, caller: CallerDep, body: Revocation) -> Revoked:
    """Revokes a token, given or named by its id, or every token of a person."""
    return await revoke_tokens(app, caller, body)
