"""Every error as RFC 9457 `application/problem+json`, in the words in which the domain refused.

A refusal, bad input, an unknown address and an unexpected error have one shape, so that clients parse only one.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from adapters.console_commands import remedy_of
from application.authentication import UnknownCaller
from application.context import STORE_AWAY, DatabaseAway
from application.reconciliation.damage import concerns_operators, report_damage
from application.reconciliation.restart_from_record import REPEAT
from domain.shared.errors import NotFound, Refusal, RefusalKind, Refused, Rule, Waiting
from domain.shared.input_errors import in_words, own_faults
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import cut

MEDIA_TYPE = "application/problem+json"
REFUSALS = "https://interlock.example/refusals/"
PLACES = frozenset({"body", "path", "query", "header", "cookie"})
MAX_ERRORS = 100
MAX_DETAIL_LENGTH = 1900
BODY, MISSING = "body", "is missing"
AWAY = "The database is locked or unavailable, or its disk is full."
# Seconds, formatted for the header.
RETRY_AFTER = "2"

log = structlog.get_logger()


class FieldError(BaseModel):
    """One fault in the input; with `line` and `remedy` if the input was a file."""

    field: str
    message: str
    line: int | None = None
    remedy: str | None = None


class ProblemDetails(BaseModel):
    """What stands in the way: which rule applies, what is so, who holds it up and what to do (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "title", "status", "detail"]})

    type: str
    title: str
    status: int
    detail: str
    rule: Rule | None = None
    waits_for: tuple[Waiting, ...] = ()
    asked_now: str | None = None
    remedy: str = ""
    action: RemedyAction | None = None
    """What helps most."""
    field: str | None = None
    temporary: bool = False
    """True if the same request, repeated after `Retry-After`, may get another answer."""
    errors: tuple[FieldError, ...] | None = None
    id: str | None = None
    """Identifies an unexpected error, here and in the log."""


class InputRefused(Refusal):
    """The input does not fit; carries everything that was found wrong with it."""

    title, kind = "The request is not valid", RefusalKind.INVALID

    def __init__(self, *errors: FieldError) -> None:
        told = "; ".join(dict.fromkeys(map(_sentence, errors)))
        remedy = next(
            (error.remedy for error in errors if error.remedy), "Correct the fields named, and send it again."
        )
        super().__init__(f"{cut(told, MAX_DETAIL_LENGTH)}.", remedy=remedy, field=errors[0].field)
        self.errors = errors


def _sentence(error: FieldError) -> str:
    """`reason is missing`, `The body is missing`, `hours: W1 stands twice`; for a file, with its line."""
    field = f"line {error.line}, {error.field}" if error.line else "The body" if error.field == BODY else error.field
    said = error.message.rstrip(".")
    return f"{field}{' ' if said[:1].islower() else ': '}{said}"


class NotAcceptable(Refusal):
    """The request must have another form to be accepted at all."""

    title = "The request cannot be processed"

    def __init__(self, status: int, detail: str, *, remedy: str) -> None:
        super().__init__(detail, remedy=remedy)
        self.status = status


STATUS: Mapping[RefusalKind, int] = {
    RefusalKind.CONFLICT: 409,
    RefusalKind.UNAUTHENTICATED: 401,
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.NOT_FOUND: 404,
    RefusalKind.INVALID: 422,
    RefusalKind.OUTDATED: 412,
    RefusalKind.TOO_MANY: 429,
    RefusalKind.UNAVAILABLE: 503,
    RefusalKind.DAMAGED: 500,
}


def status_of(refusal: Refusal) -> int:
    """The status code of a refusal: that of its kind, except where HTTP itself requires another."""
    return refusal.status if isinstance(refusal, NotAcceptable) else STATUS[refusal.refused.kind]


def kebab(name: str) -> str:
    """`EstimateNotAttested` as `estimate-not-attested`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def answer(problem: ProblemDetails, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    body = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(body, problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def of_refusal(refused: Refused, errors: Sequence[FieldError] = (), status: int | None = None) -> ProblemDetails:
    """A refusal as a problem, in its own words; `status` overrides that of its kind."""
    told = refused.model_dump(exclude={"name", "kind"})
    told |= {"status": status or STATUS[refused.kind], "remedy": remedy_of(refused)}
    return ProblemDetails(type=REFUSALS + kebab(refused.name), errors=tuple(errors) or None, **told)


def caller_of(request: Request) -> str:
    """The caller, as far as known at this point: for the log."""
    return getattr(request.state, "person", "")


def _refused(request: Request, refusal: Refusal) -> ProblemDetails:
    refused = refusal.refused
    log.info(
        "refused",
        who=caller_of(request),
        route=f"{request.method} {request.url.path}",
        name=refused.name,
        rule=refused.rule.value,
        status=status_of(refusal),
    )
    return of_refusal(refused, refusal.errors if isinstance(refusal, InputRefused) else (), status_of(refusal))


def field_errors(found: Sequence[Any]) -> list[FieldError]:
    """Pydantic's errors, each with its field in the client's terms: `price.discount`, `packages.0.id`."""
    errors = [FieldError(field=field_name(error), message=_message(error)) for error in own_faults(found[:MAX_ERRORS])]
    return list({(error.field, error.message): error for error in errors}.values())


def _with_what_is_needed(request: Request, errors: Sequence[FieldError]) -> list[FieldError]:
    """If a request has no body at all, names what belongs in it."""
    body = getattr(request.scope.get("route"), "body_field", None)
    wanted = body.field_info.annotation if body is not None else None
    fields = wanted.model_fields.items() if isinstance(wanted, type) and issubclass(wanted, BaseModel) else ()
    needed = ", ".join(field.alias or name for name, field in fields if field.is_required())
    remedy = f"Send JSON with these fields: {needed}." if needed else "Send JSON, as {} is."
    is_missing = (error.field == BODY and error.message == MISSING for error in errors)
    return [
        error.model_copy(update={"remedy": remedy}) if missing else error
        for error, missing in zip(errors, is_missing, strict=True)
    ]


def field_name(error: Mapping[str, Any]) -> str:
    """The location of an error, without what the framework and pydantic add to it."""
    parts = [str(part) for part in error["loc"]]
    place = parts[0] if parts else ""
    inner = parts[1:] if place in PLACES else parts
    if error["type"] == "json_invalid":
        inner = []
    return ".".join(part for part in inner if not part.startswith("function-")) or place or "body"


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"is not valid JSON: {error.get('ctx', {}).get('error', 'it ends too early')}"
    if error["type"] == "extra_forbidden":
        return "is not a field of this request"
    if error["type"] == "string_pattern_mismatch" and error["loc"][-1] == "after":
        return "must be the `next` of an earlier page"
    return in_words(error)[:300]


def _of_router(request: Request, error: HTTPException) -> ProblemDetails:
    """What the framework itself refuses: unknown addresses, wrong methods, unreadable bodies."""
    told = {
        400: ProblemDetails(
            type=REFUSALS + "input-refused",
            title=InputRefused.title,
            status=422,
            detail="The body cannot be read.",
            rule=Rule.WELL_FORMED,
            remedy="Send JSON in UTF-8.",
            errors=(FieldError(field="body", message="cannot be read"),),
        ),
        404: ProblemDetails(
            type=REFUSALS + "not-found",
            title=NotFound.title,
            status=404,
            detail=f"There is nothing at {request.url.path}."[:500],
            rule=Rule.WELL_FORMED,
            remedy="See /api/v1/openapi.json for all paths.",
        ),
        405: ProblemDetails(
            type=REFUSALS + "method-not-allowed",
            title="Method not allowed",
            status=405,
            detail=f"{request.url.path} does not support {request.method}."[:500],
            rule=Rule.WELL_FORMED,
            remedy="See /api/v1/openapi.json for all methods.",
        ),
    }
    title = str(error.detail)
    otherwise = ProblemDetails(type="about:blank", title=title, status=error.status_code, detail=title)
    return told.get(error.status_code, otherwise)


def _unexpected(request: Request, error: Exception) -> ProblemDetails:
    """An id that both the person and the log have, and nothing else about the error."""
    identity = uuid.uuid4().hex
    log.error(
        "unexpected",
        id=identity,
        who=caller_of(request),
        route=f"{request.method} {request.url.path}",
        exc_info=error,
    )
    return ProblemDetails(
        type=REFUSALS + "unexpected",
        title="Something went wrong on our side",
        status=500,
        detail=f"It is logged as {identity}.",
        remedy="Try again with the same Idempotency-Key. If this persists, give the administrator this id.",
        id=identity,
    )


async def problem_of(request: Request, error: Exception) -> ProblemDetails:
    """Turns any error into a problem, however it is then rendered; logs it, and tells the operators of damaged data."""
    match error:
        case Refusal():
            if concerns_operators(error):
                await report_damage(request.app.state.interlock, error)
            return _refused(request, error)
        case _ if isinstance(error, STORE_AWAY):
            why = (
                getattr(error, "orig", None) or error
            )  # without its wrapper, which contains the statement and what people wrote
            log.error("database.away", route=f"{request.method} {request.url.path}", why=f"{type(why).__name__}: {why}")
            return _refused(request, DatabaseAway(AWAY, remedy=REPEAT))
        case RequestValidationError():
            return _refused(request, InputRefused(*_with_what_is_needed(request, field_errors(error.errors()))))
        case HTTPException():
            return _of_router(request, error)
        case _:
            return _unexpected(request, error)


async def _answered(request: Request, error: Exception) -> JSONResponse:
    headers = error.headers if isinstance(error, HTTPException) else None
    if isinstance(error, UnknownCaller):
        headers = {"WWW-Authenticate": "Bearer"}
    problem = await problem_of(request, error)
    if problem.temporary:
        headers = {"Retry-After": RETRY_AFTER}
    return answer(problem, headers)


def handle_problems(app: FastAPI) -> None:
    """Makes the app answer every error as a problem."""
    for error in (Refusal, *STORE_AWAY, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(error, _answered)
