"""The clients, and adding or renaming one with the authority that policy gives."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.commands.faults import by_row
from api.pages.commands.fields import Field, FieldKind, named
from api.pages.commands.rows import MORE, read_given, shown_rows
from api.pages.forms import Form, checked, own_fields
from api.pages.page_caller import page_caller
from api.pages.rendering import SiteRoute, refusal_shown, show
from api.pages.told_once import tell_once
from api.pages.visitor import Visitor, VisitorDep
from api.problems import ProblemDetails
from application.commands.clients import NewClient, OtherName, add_client, clients, rename_client
from application.context import Interlock
from domain.shared.errors import Refusal

router = APIRouter(route_class=SiteRoute, include_in_schema=False)

PARTS = named(
    [("client_sponsor", "Sponsor"), ("client_signatory", "Signs contracts"), ("client_contact", "Daily contact")]
)
PERSON = (
    Field("name", "Name", needed=True),
    Field("email", "E-mail", needed=True),
    Field("title", "Title"),
    Field("part", "Part", FieldKind.IDS, needed=True, help="client_sponsor, client_signatory, client_contact"),
)
NEW = (
    Field("name", "Name of the client", needed=True),
    Field("vertical", "Trade"),
    Field("country", "Country", help="Two letters, such as NO: it sets holidays and time zone"),
    Field("language", "Language of documents", help="Two letters, such as en"),
    Field("people", "Its people", FieldKind.ROWS, columns=PERSON),
)
RENAMED = (
    Field("client", "Client as it is called now", needed=True),
    Field("name", "The right name", needed=True),
)


@router.get("/clients")
async def show_clients(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """All clients with their people, and whether finance has confirmed them."""
    return await _shown(request, app, visitor)


@router.post("/clients")
async def send_client(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Adds a client with its people; finance confirms what sales adds before a SOW goes to it."""
    typed = await own_fields(request, visitor)
    if MORE in typed:
        return await _shown(request, app, visitor, "new", typed)
    try:
        kept = await add_client(app, page_caller(request, visitor, typed), checked(NewClient, read_given(NEW, typed)))
    except Refusal as refusal:
        return await _shown(request, app, visitor, "new", typed, by_row(await refusal_shown(request, refusal), NEW))
    return _done(request, " ".join((f"{kept.client.name} is kept.", *kept.changes, *kept.warnings)))


@router.post("/clients/rename")
async def send_other_name(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Renames a client, in its running deals too."""
    typed = await own_fields(request, visitor)
    try:
        named_now = checked(OtherName, read_given(RENAMED, typed))
        kept = await rename_client(app, page_caller(request, visitor, typed), named_now)
    except Refusal as refusal:
        return await _shown(request, app, visitor, "rename", typed, await refusal_shown(request, refusal))
    return _done(request, f"The client is called {kept.client.name} now.")


def _done(request: Request, text: str) -> Response:
    answer = RedirectResponse("/clients", 303)
    tell_once(request, answer, text)
    return answer


async def _shown(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    sent: str = "",
    typed: Form | None = None,
    problem: ProblemDetails | None = None,
) -> Response:
    known = await clients(app, visitor.actor)
    return await show(
        request,
        visitor,
        "clients",
        problem.status if problem else 200,
        clients=known.clients,
        new=NEW,
        renamed=RENAMED,
        people_rows=shown_rows(NEW[-1], typed if sent == "new" else None),
        sent=sent,
        typed=typed or {},
        problem=problem,
        parts=PARTS,
    )
