"""The published OpenAPI description: what each operation needs, and the problems it may answer with."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.problems import MEDIA_TYPE, ProblemDetails
from domain.engagement.command import Command

WHO = "x-who-may"
PROBLEMS = {
    "400": "A header is malformed; the problem says which.",
    "401": "No token, or an unknown one.",
    "403": "This person may not do or see this.",
    "404": "Not found.",
    "409": "A rule or the current state prevents it; the problem says which, whom it waits for, and what to do.",
    "412": "It has been edited since it was read (`If-Match`).",
    "413": "The body is too large.",
    "422": "The request is not valid; `errors` names each field.",
    "429": "Too many commands of this person are in progress; try again after `Retry-After` seconds.",
    "500": "Something went wrong on our side; `id` is also in the log.",
    "503": "Not possible right now. With `Retry-After`, try again later with the same `Idempotency-Key`; "
    "without it, an operator must act first.",
}
ONLY_PUT = frozenset({"400", "412"})
ONLY_WITH_BODY = frozenset({"413", "429"})
METHODS = frozenset({"get", "put", "post", "delete", "patch"})
VALIDATION = ("HTTPValidationError", "ValidationError")


def may(*who: str) -> dict[str, Any]:
    """For `openapi_extra`: who may do this."""
    return {WHO: list(who)}


def by(*commands: type[Command]) -> dict[str, Any]:
    """For `openapi_extra`: who may give these commands, from the only table of permissions."""
    return may(*sorted({who.replace("_", " ") for command in commands for who in command.granted_to}))


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """A model's schema without references, for a body that FastAPI does not parse itself."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return resolved(definitions[part["$ref"].rpartition("/")[2]])
        return {name: resolved(value) for name, value in part.items()}

    return dict(resolved(schema))


def operation_id(route: APIRoute) -> str:
    """`record_needs` as `recordNeeds`."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), route.name)


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the app, created once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description=app.description,
            routes=app.routes,
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for name in VALIDATION:
            schemas.pop(name, None)
        problem = ProblemDetails.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["ProblemDetails"] = problem
        components["responses"] = {f"Problem{status}": _response(text) for status, text in PROBLEMS.items()}
        for method, operation in _operations(document):
            _complete(method, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document["paths"].values():
        yield from ((method, operation) for method, operation in path.items() if method in METHODS)


def _response(text: str) -> dict[str, Any]:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}


def _complete(method: str, operation: dict[str, Any]) -> None:
    who = operation.get(WHO)
    if who:
        operation["description"] = f"{operation.get('description', '')}\n\nWho may: {', '.join(who)}.".strip()
    responses = operation.setdefault("responses", {})
    if not operation.get("security"):
        responses.pop("422", None)
        return
    for status in PROBLEMS:
        beside = (status in ONLY_PUT and method != "put") or (status in ONLY_WITH_BODY and method == "get")
        if not beside:
            responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
