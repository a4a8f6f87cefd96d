"""A new deal on one page: saved as it is typed, checked before it starts, started once however often it is sent."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.commands.faults import by_row, faults_of
from api.pages.commands.rows import MORE, read_given, shown_rows
from api.pages.deals.fields import deal_fields, seller_of, typed_from
from api.pages.forms import CSRF, Form, checked, own_fields
from api.pages.page_caller import ONCE, page_caller
from api.pages.rendering import SiteRoute, refusal_shown, show
from api.pages.told_once import tell_once
from api.pages.visitor import Visitor, VisitorDep
from api.problems import ProblemDetails
from application.commands.deal_drafts import draft_fields, drafts_of, drop_draft, save_draft
from application.commands.start_deal import AskedFirst, NewDeal, start_deal, who_is_asked_first
from application.context import Interlock
from application.queries.deal_files import check_deal_file
from domain.deal_file.opening import opening_of
from domain.shared.errors import Refusal
from domain.shared.streams import engagement_of

router = APIRouter(route_class=SiteRoute, include_in_schema=False)

DraftId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
# The field with a deal file's text, and the buttons of the page.
FILE, READ, SAVE, CHECK, DROP = "file", "read", "save", "check", "drop"
NOT_KEPT = frozenset({CSRF, ONCE, FILE, READ, SAVE, CHECK, DROP, MORE})


@router.get("/deals/new")
async def begin_deal(_visitor: VisitorDep) -> Response:
    """A new draft, under an address of its own."""
    return RedirectResponse(f"/deals/new/{secrets.token_urlsafe(9)}", 303)


@router.get("/deals/new/{draft_id}")
async def show_draft(request: Request, app: AppDep, visitor: VisitorDep, draft_id: DraftId) -> Response:
    """The draft as it was saved last; empty if it is new."""
    known = {draft.id for draft in await drafts_of(app, visitor.actor)}
    typed = await draft_fields(app, visitor.actor, draft_id) if draft_id in known else {}
    return await _shown(request, app, visitor, draft_id, typed)


@router.post("/deals/new/{draft_id}")
async def send_draft(request: Request, app: AppDep, visitor: VisitorDep, draft_id: DraftId) -> Response:
    """Saves it, shows more rows, reads a deal file into it, shows who would be asked, drops it, or starts the deal."""
    form = await own_fields(request, visitor)
    typed = {name: value for name, value in form.items() if name not in NOT_KEPT}
    if DROP in form:
        await drop_draft(app, visitor.actor, draft_id)
        return RedirectResponse("/portfolio?mine=true", 303)
    try:
        if READ in form:
            typed = await _from_file(app, visitor, form.get(FILE, ""))
        await save_draft(app, visitor.actor, draft_id, typed.get("title", ""), typed)
        if not form.keys().isdisjoint({READ, SAVE, MORE}):
            return await _shown(request, app, visitor, draft_id, typed)
        deal = checked(NewDeal, read_given(deal_fields(visitor.directory), typed) | seller_of(visitor))
        if CHECK in form:
            asked = await who_is_asked_first(app, visitor.actor, deal)
            return await _shown(request, app, visitor, draft_id, typed, asked=asked)
        receipt = await start_deal(app, page_caller(request, visitor, form), deal)
    except Refusal as refusal:
        return await _shown(request, app, visitor, draft_id, typed, await refusal_shown(request, refusal))
    await drop_draft(app, visitor.actor, draft_id)
    answer = RedirectResponse(f"/engagements/{engagement_of(receipt.stream)}", 303)
    tell_once(request, answer, f"{deal.title} is started.")
    return answer


@router.post("/deals/drafts/{draft_id}")
async def keep_draft(request: Request, app: AppDep, visitor: VisitorDep, draft_id: DraftId) -> Response:
    """Saves what is being typed, in the background."""
    form = await own_fields(request, visitor)
    typed = {name: value for name, value in form.items() if name not in NOT_KEPT}
    await save_draft(app, visitor.actor, draft_id, typed.get("title", ""), typed)
    return Response(status_code=204)


async def _from_file(app: Interlock, visitor: Visitor, text: str) -> dict[str, str]:
    """The fields that a deal file fills. Raises DirectoryFileRefused with all that is wrong in it."""
    found = await check_deal_file(app, visitor.actor, text.encode())
    return typed_from(opening_of(found.deal.model_dump(mode="json", by_alias=False)))


async def _shown(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    draft_id: str,
    typed: Form,
    problem: ProblemDetails | None = None,
    asked: tuple[AskedFirst, ...] | None = None,
) -> Response:
    fields = deal_fields(visitor.directory)
    return await show(
        request,
        visitor,
        "deal",
        problem.status if problem else 200,
        fields=fields,
        rows_of={field.name: shown_rows(field, typed) for field in fields if field.columns},
        typed=typed,
        is_typed=bool(typed),
        draft_id=draft_id,
        drafts=await drafts_of(app, visitor.actor),
        problem=by_row(problem, fields) if problem else None,
        faults=faults_of(problem, fields) if problem else {},
        asked=asked,
    )
