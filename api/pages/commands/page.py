"""The page with the form of one command. Looking at it changes nothing; sent twice, it has one effect."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.commands.fields import MORE, read_given, shown_rows
from api.pages.commands.form import CommandForm, FormContext, Sending
from api.pages.commands.table import FORMS
from api.pages.engagement.frame import firm_view, show_tab
from api.pages.forms import Form, own_fields
from api.pages.page_caller import page_caller
from api.pages.rendering import SiteRoute, in_words, refusal_shown
from api.pages.told_once import tell_once
from api.pages.visitor import Visitor, VisitorDep
from api.problems import ProblemDetails, of_refusal
from application.commands.carry_out import Receipt
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.permitted import why_not_permitted
from domain.engagement.commands import COMMANDS
from domain.notifications.event_texts import happened_text
from domain.shared.errors import NotFound, Refusal
from domain.shared.values import EngagementId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)

Subject = Annotated[str, Query(max_length=90, pattern=r"^[A-Za-z0-9_: -]*$")]
ROW_FIELD = re.compile(r"^\w+\.(\d+)\.")
# The versions of an engagement at which what the form replaces was shown.
SEQ = "seq"


def form_named(name: str) -> CommandForm:
    """Raises NotFound."""
    if name not in FORMS:
        raise NotFound("This page does not exist.", remedy="Go back to the engagement.")
    return FORMS[name]


@router.get("/engagements/{engagement_id}/do/{name}")
async def show_command(
    request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId, name: str, subject: Subject = ""
) -> Response:
    """The form with what is so now; for someone who may not send it, why not."""
    form = form_named(name)
    return await _shown(request, app, visitor, engagement_id, form, subject)


@router.post("/engagements/{engagement_id}/do/{name}")
async def send_command(
    request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId, name: str, subject: Subject = ""
) -> Response:
    """Carries the command out and goes back to where it belongs; a refusal stands above what was typed."""
    form, typed = form_named(name), await own_fields(request, visitor)
    if MORE in typed:
        return await _shown(request, app, visitor, engagement_id, form, subject, typed)
    try:
        receipt = await _carried_out(request, app, visitor, engagement_id, form, subject, typed)
    except Refusal as refusal:
        problem = by_row(await refusal_shown(request, refusal))
        return await _shown(request, app, visitor, engagement_id, form, subject, typed, problem)
    answer = RedirectResponse(f"/engagements/{engagement_id}{'/' if form.tab else ''}{form.tab}", 303)
    tell_once(request, answer, _said(receipt))
    return answer


async def _carried_out(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    engagement_id: EngagementId,
    form: CommandForm,
    subject: str,
    typed: Form,
) -> Receipt:
    about = await _about(app, visitor, engagement_id, subject)
    caller = page_caller(request, visitor, typed)
    if typed.get(SEQ, "").isdecimal() and _replaces(form, about):
        caller = caller.replace(readings=(int(typed[SEQ][:18]),))
    given = read_given(form.fields(about), typed)
    return await form.send(Sending(app, caller, engagement_id, subject, given))


def _replaces(form: CommandForm, about: FormContext) -> bool:
    """True for a form that sends a whole list back: what others added meanwhile must not be lost."""
    return any(field.rows and not field.known for field in form.fields(about))


async def _about(app: Interlock, visitor: Visitor, engagement_id: EngagementId, subject: str) -> FormContext:
    view = await firm_view(app, visitor, engagement_id)
    playbook = await off_loop(app.registry.playbook)
    return FormContext(view, visitor.directory, playbook, app.clock().date(), subject)


async def _shown(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    engagement_id: EngagementId,
    form: CommandForm,
    subject: str,
    typed: Form | None = None,
    problem: ProblemDetails | None = None,
) -> Response:
    about = await _about(app, visitor, engagement_id, subject)
    if problem is None and form.command in COMMANDS:
        item: dict[str, str] = {form.about: subject} if form.about else {}
        refused = await why_not_permitted(app, visitor.actor, engagement_id, form.command, item)
        problem = in_words(of_refusal(refused), is_of_client=False) if refused else None
        is_barred = refused is not None
    else:
        is_barred = False
    fields = form.fields(about)
    shown = {
        "form": form,
        "fields": fields,
        "rows_of": {field.name: shown_rows(field, typed) for field in fields if field.columns},
        "typed": typed or {},
        "is_typed": bool(typed),
        "subject": subject,
        "problem": problem,
        "is_barred": is_barred,
        "seq": (typed or {}).get(SEQ, str(about.view.seq)),
    }
    status = problem.status if problem and typed else 200
    return await show_tab(request, app, visitor, form.tab, about.view, template="command", status=status, **shown)


def by_row(problem: ProblemDetails) -> ProblemDetails:
    """Names rows as the page does: `packages.0.title` is in row 1."""
    errors = problem.errors
    if not errors:
        return problem
    named = (
        error.model_copy(update={"field": ROW_FIELD.sub(lambda found: f"row {int(found[1]) + 1}, ", error.field)})
        for error in errors
    )
    return problem.model_copy(update={"errors": tuple(named)})


def _said(receipt: Receipt) -> str:
    return " ".join((happened_text(receipt.happened), *receipt.said))
