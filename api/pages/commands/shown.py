"""How a form is shown: with what is so now, what was typed, what is wrong with it, and what it would lead to."""

from typing import NamedTuple

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.pages.commands.faults import by_row, faults_of
from api.pages.commands.fields import Field
from api.pages.commands.form import CommandForm, Sending
from api.pages.commands.replaced import BASIS, basis_of
from api.pages.commands.rows import shown_rows
from api.pages.engagement.frame import show_tab
from api.pages.forms import Form
from api.pages.rendering import show
from api.pages.visitor import Visitor
from api.problems import ProblemDetails

OUTDATED = "edited-meanwhile"


class FormShown(NamedTuple):
    """A form on its page."""

    form: CommandForm
    typed: Form | None = None
    problem: ProblemDetails | None = None
    is_barred: bool = False
    """Its reader may not send it now, and reads why in its place."""
    preview: BaseModel | None = None


async def show_form(request: Request, sending: Sending, visitor: Visitor, shown: FormShown) -> Response:
    """The page of a form, in the frame of its engagement if its reader sees that."""
    form, typed, problem = shown.form, shown.typed, shown.problem
    about, fields = sending.about, form.fields(sending.about)
    is_outdated = problem is not None and problem.type.endswith(OUTDATED)
    on_page = {
        "form": form,
        "engagement_id": sending.engagement_id,
        "fields": fields,
        "rows_of": {field.name: shown_rows(field, typed) for field in fields if field.columns},
        "typed": typed or {},
        "is_typed": bool(typed),
        "subject": about.subject,
        "problem": by_row(problem, fields) if problem else None,
        "faults": faults_of(problem, fields) if problem else {},
        "is_barred": shown.is_barred,
        "is_outdated": is_outdated,
        "is_away": problem is not None and problem.temporary,
        "warnings": await form.warns(sending) if form.warns and not shown.is_barred else (),
        "preview": shown.preview,
        "basis": _basis(fields, typed, is_outdated=is_outdated) if form.replaces else "",
    }
    status = problem.status if problem else 200
    if about.seen is None:
        return await show(request, visitor, "command", status, **on_page)
    return await show_tab(
        request, sending.app, visitor, form.tab, about.view, template="command", status=status, **on_page
    )


def _basis(fields: tuple[Field, ...], typed: Form | None, *, is_outdated: bool) -> str:
    """What the form is based on: what it was shown with, until its sender was told what has changed since."""
    return typed[BASIS] if typed and BASIS in typed and not is_outdated else basis_of(fields)
