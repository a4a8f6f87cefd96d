"""The page with the form of one command. Looking at it changes nothing; sent twice, it has one effect."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.commands.form import CommandForm, FormContext, Sending
from api.pages.commands.replaced import BASIS, require_unchanged
from api.pages.commands.rows import MORE, as_shown, is_known, read_given
from api.pages.commands.shown import FormShown, show_form
from api.pages.commands.table import FORMS
from api.pages.engagement.frame import firm_view
from api.pages.forms import Form, own_fields
from api.pages.page_caller import ONCE, page_caller
from api.pages.rendering import SiteRoute, in_words, refusal_shown
from api.pages.told_once import tell_once
from api.pages.visitor import Visitor, VisitorDep
from api.problems import ProblemDetails, of_refusal
from application.authentication import Caller
from application.commands.carry_out import Receipt
from application.commands.unless_edited import carried_out_unless_edited, was_carried_out
from application.context import Interlock
from application.queries.permitted import why_not_permitted
from domain.engagement.commands import COMMANDS
from domain.notifications.event_texts import happened_text
from domain.shared.errors import KeyReused, NotFound, OnRecordAlready, Refusal
from domain.shared.values import PERSON_FORM, EngagementId, PersonId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)

Subject = Annotated[str, Query(max_length=90, pattern=r"^[A-Za-z0-9_: -]*$")]
ChosenPersonId = Annotated[PersonId | None, Query(alias="person", pattern=PERSON_FORM)]
PREVIEW = "preview"


def form_named(name: str, subject: str) -> CommandForm:
    """Raises NotFound if there is no such form, or if it is about an item and the address names none."""
    if name not in FORMS or (FORMS[name].about and not subject):
        raise NotFound("This page does not exist.", remedy="Go back to the engagement.")
    return FORMS[name]


@router.get("/engagements/{engagement_id}/do/{name}")
async def show_command(
    request: Request,
    app: AppDep,
    visitor: VisitorDep,
    engagement_id: EngagementId,
    name: str,
    subject: Subject = "",
    person: ChosenPersonId = None,
) -> Response:
    """The form with what is so now; for someone who may not send it, why not."""
    form = form_named(name, subject)
    about = await _about(app, visitor, engagement_id, form, subject, person)
    caller = page_caller(request, visitor, {})
    sending = Sending(app, caller, engagement_id, about, {})
    problem = await _why_not(request, sending, form)
    return await show_form(request, sending, visitor, FormShown(form, problem=problem, is_barred=problem is not None))


@router.post("/engagements/{engagement_id}/do/{name}")
async def send_command(
    request: Request, app: AppDep, visitor: VisitorDep, engagement_id: EngagementId, name: str, subject: Subject = ""
) -> Response:
    """Carries the command out and goes back to where it belongs; a refusal stands above what was typed."""
    form, typed = form_named(name, subject), await own_fields(request, visitor)
    about = await _about(app, visitor, engagement_id, form, subject)
    caller = page_caller(request, visitor, typed)
    fields = form.fields(about)
    if await was_carried_out(app, caller, engagement_id):
        fields = as_shown(fields, typed)
    sending = Sending(app, caller, engagement_id, about, read_given(fields, typed))
    shown = FormShown(form, typed)
    try:
        if MORE in typed:
            return await show_form(request, sending, visitor, shown)
        if PREVIEW in typed and form.preview is not None:
            return await show_form(request, sending, visitor, shown._replace(preview=await form.preview(sending)))
        receipt = await _carried_out(sending, visitor, form, typed)
    except Refusal as refusal:
        return await _refused(request, sending, visitor, shown, refusal)
    answer = RedirectResponse(_back_to(sending, form), 303)
    tell_once(request, answer, _told(receipt))
    return answer


def _told(receipt: Receipt) -> str:
    """What was done, in sentences, and under which number it is found."""
    numbered = (f"Recorded as {', '.join(receipt.made)}.",) if receipt.made else ()
    return " ".join((happened_text(receipt.happened), *receipt.said, *numbered))


async def _carried_out(sending: Sending, visitor: Visitor, form: CommandForm, typed: Form) -> Receipt:
    if not form.replaces:
        return await form.send(sending)
    app, engagement_id = sending.app, sending.engagement_id

    async def look() -> int:
        now = sending.about._replace(seen=await firm_view(app, visitor, engagement_id))
        require_unchanged(typed.get(BASIS, ""), form.fields(now))
        return now.view.seq

    async def send(caller: Caller) -> Receipt:
        return await form.send(sending._replace(caller=caller))

    return await carried_out_unless_edited(app, sending.caller, engagement_id, look, send)


async def _refused(
    request: Request, sending: Sending, visitor: Visitor, shown: FormShown, refusal: Refusal
) -> Response:
    """The form again, with what was typed. A form whose command was carried out before gets another key."""
    typed = dict(shown.typed or {})
    if refusal.refused.name == KeyReused.__name__:
        typed = {name: value for name, value in typed.items() if name != ONCE and not is_known(name)}
        refusal = OnRecordAlready(
            "You have sent this form before, with other words, and it was carried out as it was then.",
            remedy="Look at what is so now. Sent again, the form gives what it says now in addition.",
        )
    about = await _about(sending.app, visitor, sending.engagement_id, shown.form, sending.subject)
    problem = await refusal_shown(request, refusal)
    return await show_form(
        request, sending._replace(about=about), visitor, shown._replace(typed=typed, problem=problem)
    )


async def _why_not(request: Request, sending: Sending, form: CommandForm) -> ProblemDetails | None:
    """What the command would be refused with whatever is typed into its form."""
    if form.command in COMMANDS:
        item: dict[str, str] = {form.about: sending.subject} if form.about else {}
        actor = sending.caller.actor
        refused = await why_not_permitted(sending.app, actor, sending.engagement_id, form.command, item)
        if refused is not None:
            return in_words(of_refusal(refused), is_of_client=False)
    try:
        if form.tries is not None:
            await form.tries(sending)
    except Refusal as refusal:
        return await refusal_shown(request, refusal)
    return None


async def _about(
    app: Interlock,
    visitor: Visitor,
    engagement_id: EngagementId,
    form: CommandForm,
    subject: str,
    chosen: PersonId | None = None,
) -> FormContext:
    """What the form is made from. Raises NotFound for those who neither see the engagement nor may give the command."""
    today = app.clock().astimezone(ZoneInfo(visitor.zone)).date()
    try:
        view = await firm_view(app, visitor, engagement_id)
    except NotFound:
        if form.command not in COMMANDS:
            raise
        item: dict[str, str] = {form.about: subject} if form.about else {}
        await why_not_permitted(app, visitor.actor, engagement_id, form.command, item)
        view = None
    return FormContext(view, visitor.directory, visitor.person.id, today, subject, chosen)


def _back_to(sending: Sending, form: CommandForm) -> str:
    """Where the command belongs; for someone who does not see the engagement, their inbox."""
    if sending.about.seen is None:
        return "/inbox"
    return f"/engagements/{sending.engagement_id}{'/' if form.tab else ''}{form.tab}"
