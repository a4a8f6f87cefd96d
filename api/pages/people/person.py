"""Who is who, and one person: absences, delegations, and what moves when they leave."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.commands.rows import read_given
from api.pages.forms import Form, checked, own_fields
from api.pages.page_caller import page_caller
from api.pages.people.forms import FORMS, PersonSending
from api.pages.rendering import SiteRoute, refusal_shown, show
from api.pages.told_once import tell_once
from api.pages.visitor import Visitor, VisitorDep
from api.problems import ProblemDetails
from application.commands.people import LeavingBody, preview_leaving
from application.context import Interlock
from application.queries.leaving_preview import LeavingReview
from application.queries.people import PersonLineView, people, person_view
from domain.shared.errors import NotFound, Refusal
from domain.shared.text import fits
from domain.shared.values import PersonId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
PREVIEW = "preview"


@router.get("/people")
async def show_people(
    request: Request, app: AppDep, visitor: VisitorDep, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Everyone in the firm and at clients; with `q`, those whose name, role or client fits."""
    directory = await people(app, visitor.actor)
    found = tuple(one for one in directory.people if not q or fits(_words(one), q))
    return await show(request, visitor, "people", firm=directory.firm, found=found, q=q, warnings=directory.warnings)


def _words(one: PersonLineView) -> str:
    return " ".join((one.id, one.name, one.email, one.title or "", one.client or "", *one.roles, *one.positions))


@router.get("/people/{person_id}")
async def show_person(request: Request, app: AppDep, visitor: VisitorDep, person_id: PersonId) -> Response:
    """One person, and what their reader may do about them."""
    return await _shown(request, app, visitor, person_id)


@router.post("/people/{person_id}/{name}")
async def send_about_person(
    request: Request, app: AppDep, visitor: VisitorDep, person_id: PersonId, name: str
) -> Response:
    """Carries out what a form asks for; with the preview's button, only shows what it would do."""
    if name not in FORMS:
        raise NotFound("This page does not exist.", remedy="Go back to the person.")
    form, typed = FORMS[name], await own_fields(request, visitor)
    try:
        person = await person_view(app, visitor.actor, person_id)
        given = read_given(form.fields(visitor.directory, person), typed)
        caller = page_caller(request, visitor, typed)
        if form.has_preview and PREVIEW in typed:
            review = await preview_leaving(app, caller, person_id, checked(LeavingBody, given))
            return await _shown(request, app, visitor, person_id, name, typed, review=review)
        done = await form.send(PersonSending(app, caller, person_id, given))
    except Refusal as refusal:
        problem = await refusal_shown(request, refusal)
        return await _shown(request, app, visitor, person_id, name, typed, problem)
    answer = RedirectResponse(f"/people/{person_id}", 303)
    tell_once(request, answer, " ".join((*done.done, *done.cannot)) or "Done.")
    return answer


async def _shown(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    person_id: PersonId,
    sent: str = "",
    typed: Form | None = None,
    problem: ProblemDetails | None = None,
    review: LeavingReview | None = None,
) -> Response:
    person = await person_view(app, visitor.actor, person_id)
    forms = tuple(form for form in FORMS.values() if form.for_active is person.active and person.client is None)
    return await show(
        request,
        visitor,
        "person",
        problem.status if problem else 200,
        person=person,
        forms=forms,
        fields_of={form.name: form.fields(visitor.directory, person) for form in forms},
        name_of=visitor.directory.name_of,
        sent=sent,
        typed=typed or {},
        problem=problem,
        review=review,
    )
