"""Reads what a form of ours sent."""

import hmac
from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError

from api.pages.visitor import Visitor
from api.problems import FieldError, InputRefused, NotAcceptable, field_errors
from domain.shared.errors import Refusal, RefusalKind, Rule

MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 2000
CSRF = "csrf"

Form = Mapping[str, str]
M = TypeVar("M", bound=BaseModel)


class NotOurForm(Refusal):
    rule, title, kind = Rule.DENY_FIRST, "This form was not sent from your own page", RefusalKind.FORBIDDEN


async def read_fields(request: Request) -> Form:
    """Returns the non-empty fields of the form, the last of each name. Raises NotAcceptable or InputRefused."""
    return dict(await read_pairs(request))


async def read_pairs(request: Request) -> tuple[tuple[str, str], ...]:
    """Returns the non-empty fields in their order; a name may occur several times. Raises as `read_fields`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise NotAcceptable(415, "This page only accepts its own form.", remedy="Use the form on the page.")
    try:
        fields = parse_qsl((await request.body()).decode("ascii"), max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise InputRefused(FieldError(field="form", message="cannot be read")) from None
    return tuple(_filled(fields))


def _filled(fields: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in fields:
        plain = value.replace("\r\n", "\n").strip()
        if plain:
            yield name, plain


async def own_fields(request: Request, visitor: Visitor) -> Form:
    """The fields of a form that was sent from this visitor's own page. Raises NotOurForm, and as `read_fields`."""
    form = await read_fields(request)
    require_own(form, visitor)
    return form


def require_own(form: Form, visitor: Visitor) -> None:
    """Raises NotOurForm unless the form carries the visitor's own CSRF value."""
    if not hmac.compare_digest(form.get(CSRF, "").encode(), visitor.csrf.encode()):
        raise NotOurForm(
            "It carries no proof that it comes from a page that Interlock showed you.",
            remedy="Open the page again, and send the form from there.",
        )


def checked(model: type[M], given: Mapping[str, object], within: str = "") -> M:
    """Validates the input against a model. Raises InputRefused, naming each field as the form does."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        errors = field_errors(wrong.errors())
        named = (
            [error.model_copy(update={"field": f"{within}, {error.field}"}) for error in errors] if within else errors
        )
        raise InputRefused(*named) from None
