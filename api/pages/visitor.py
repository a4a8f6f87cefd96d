"""Who looks at a page: the person of the session that their browser's cookie names."""

from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from babel import Locale
from fastapi import Depends, Request

from api.callers import AppDep
from api.pages.locale import locale_of
from api.session_cookie import session_secret
from application.authentication import UnknownCaller, actor_of
from application.off_loop import off_loop
from application.queries.view import UTC_ZONE
from application.sign_in.sessions import csrf_of, session_of
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.shared.transaction import Actor

CHANNEL = "page"
SIGN_IN = "/sign-in"


class NotSignedIn(UnknownCaller):
    """Whoever looks is led to the sign-in page and back."""

    title = "Sign in first"


class Visitor(NamedTuple):
    """A signed-in person: how they act, and how they read."""

    actor: Actor
    directory: Directory
    person: Person
    zone: str
    locale: Locale
    csrf: str
    """The value that each of their forms must carry."""


async def the_visitor(request: Request, app: AppDep) -> Visitor:
    """Raises NotSignedIn."""
    secret = session_secret(request)
    session = await session_of(app, secret) if secret else None
    if session is None:
        raise NotSignedIn("You are not signed in, or your session has ended.", remedy="Sign in.")
    request.state.person = session.person_id
    directory = await off_loop(app.registry.directory)
    actor = actor_of(directory, session.person_id, CHANNEL)
    person = directory.person(session.person_id)
    if person is None:
        raise NotSignedIn("You are not in the directory.", remedy="Sign in.")
    zone = directory.zone_of(person.id) or UTC_ZONE
    return Visitor(actor, directory, person, zone, locale_of(request), csrf_of(secret))


VisitorDep = Annotated[Visitor, Depends(the_visitor)]


def sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back to what was asked for; for a form, to the page that it is on."""
    path = request.url.path if request.method in {"GET", "HEAD"} else _page_of_form(request)
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return f"{SIGN_IN}?{urlencode({'to': path + query})}"


def _page_of_form(request: Request) -> str:
    """The page that a form was sent from, if the browser names one of ours; else the start."""
    sent_from = request.headers.get("referer", "")
    own = f"{request.url.scheme}://{request.url.netloc}/"
    return "/" + sent_from.removeprefix(own) if sent_from.startswith(own) else "/"
