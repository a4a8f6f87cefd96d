"""The directory and the tokens: the administrator's."""

from fastapi import APIRouter, Request

from api.callers import ActorDep, AppDep, CallerDep
from api.operations import may
from api.problems import FieldError, InputRefused
from application.administration import (
    FileNotTaken,
    Imported,
    NewToken,
    Revocation,
    Revoked,
    TokenGiven,
    create_token,
    import_directory,
    revoke_tokens,
)
from application.reading import DirectoryView, people

router = APIRouter(tags=["people"])

YAML_SENT = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"type": "string"}}, "text/yaml": {"schema": {"type": "string"}}},
    }
}


@router.get("/people", openapi_extra=may("everyone of the firm"))
async def list_people(app: AppDep, actor: ActorDep) -> DirectoryView:
    """The firm's people and those of its clients."""
    return await people(app, actor)


@router.post("/people/import", openapi_extra=may("administrator") | YAML_SENT)
async def import_people(app: AppDep, caller: CallerDep, request: Request) -> Imported:
    """Puts a directory into force: YAML as in `examples/directory.yaml`. Whatever is wrong in it is named by line."""
    try:
        return await import_directory(app, caller, await request.body())
    except FileNotTaken as refused:
        errors = (
            FieldError(field=p.path or "body", message=f"{p.message} {p.remedy}", line=p.line) for p in refused.problems
        )
        raise InputRefused(*errors) from None


@router.post("/tokens", status_code=201, openapi_extra=may("administrator"))
async def give_token(app: AppDep, caller: CallerDep, body: NewToken) -> TokenGiven:
    """Makes a token for a person. It is shown this once; the same key again is refused, not answered."""
    return await create_token(app, caller, body)


@router.post("/tokens/revoke", openapi_extra=may("administrator"))
async def end_tokens(app: AppDep, caller: CallerDep, body: Revocation) -> Revoked:
    """Ends a token that is given, or every token of a person who is named."""
    return await revoke_tokens(app, caller, body)
