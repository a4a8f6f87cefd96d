"""Signing in and out.

In development anyone may sign in as any sample person with one click. Its routes exist only if `create_app` is told
that it serves development: in production there is no address to send such a form to.
"""

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from api.callers import AppDep
from api.pages.forms import checked, own_fields, read_fields
from api.pages.local_paths import local_path
from api.pages.rendering import PageRoute, SiteRoute, page, theme_of
from api.pages.visitor import SIGN_IN, VisitorDep
from api.session_cookie import cookie_name, session_secret
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.sample_people import SampleGroup, sample_people
from application.sign_in.by_provider import (
    CALLBACK,
    NotLetIn,
    OidcProvider,
    SignInBegun,
    begin_sign_in,
    person_signed_in,
)
from application.sign_in.sessions import LASTS, begin_session, end_session
from domain.shared.errors import NotFound
from domain.shared.values import PersonId, Value

router = APIRouter(route_class=PageRoute, include_in_schema=False)
# Seconds that a sign-in at the provider may take.
UNDER_WAY_SECONDS = 600
leaving = APIRouter(route_class=SiteRoute, include_in_schema=False)
development = APIRouter(route_class=PageRoute, include_in_schema=False)


class ChosenPerson(Value):
    person: PersonId


@router.get(SIGN_IN)
async def show_sign_in(request: Request, app: AppDep, to: Annotated[str, Query(max_length=4000)] = "") -> Response:
    """Where to sign in; it leads back to the page that was asked for."""
    groups = await _samples(app) if request.app.state.is_development else ()
    provider = the_provider(request)
    return page(
        "sign_in",
        theme=theme_of(request),
        to=local_path(to),
        groups=groups,
        provider=provider.name if provider else None,
    )


@router.get(f"{SIGN_IN}/out")
async def show_signed_out(request: Request) -> Response:
    """After signing out here: where to sign out at the provider too."""
    provider = the_provider(request)
    address = await provider.end_address(f"{request.app.state.address}{SIGN_IN}") if provider else None
    return page("signed_out", theme=theme_of(request), address=address, provider=provider.name if provider else None)


@router.get(f"{SIGN_IN}/with-provider")
async def go_to_provider(request: Request, to: Annotated[str, Query(max_length=4000)] = "") -> Response:
    """Leads to the provider; what belongs to this sign-in stays in a signed cookie for ten minutes."""
    provider = the_provider(request)
    if provider is None:
        raise NotFound("There is no sign-in provider here.", remedy="Ask the operators to set one up.")
    begun = await begin_sign_in(provider)
    answer = RedirectResponse(begun.address, 303)
    kept = _signer(request).dumps([*begun, local_path(to)])
    answer.set_cookie(
        _under_way(request),
        str(kept),
        max_age=UNDER_WAY_SECONDS,
        secure=request.app.state.is_secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(CALLBACK)
async def come_back(request: Request, app: AppDep) -> Response:
    """The browser comes back from the provider: who is in the directory has a session from here on."""
    provider = the_provider(request)
    if provider is None:
        raise NotFound("There is no sign-in provider here.", remedy="Ask the operators to set one up.")
    try:
        kept = _signer(request).loads(request.cookies.get(_under_way(request), ""), max_age=UNDER_WAY_SECONDS)
        *values, to = map(str, kept)
        begun = SignInBegun(*values)
    except (BadSignature, TypeError, ValueError):
        raise NotLetIn("This sign-in was not begun here, or took too long.", remedy="Sign in again.") from None
    person = await person_signed_in(app, provider, str(request.url), begun)
    answer = await signed_in(request, app, person.id, "provider", to)
    answer.delete_cookie(_under_way(request), secure=request.app.state.is_secure, httponly=True, samesite="lax")
    return answer


def the_provider(request: Request) -> OidcProvider | None:
    """Returns what `create_app` was given."""
    return cast("OidcProvider | None", request.app.state.provider)


def _signer(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(request.app.state.sign_in_secret, salt="interlock sign-in")


def _under_way(request: Request) -> str:
    return f"{cookie_name(request)}-sign-in"


@development.post(f"{SIGN_IN}/as")
async def sign_in_as(request: Request, app: AppDep) -> Response:
    """Begins a session as a sample person: in development alone."""
    form = await read_fields(request)
    person_id = checked(ChosenPerson, {"person": form.get("person")}).person
    if not any(person.id == person_id for group in await _samples(app) for person in group.people):
        raise NotFound("There is no such sample person.", remedy="Choose one of the list.")
    return await signed_in(request, app, person_id, "development", form.get("to", ""))


@leaving.post("/sign-out")
async def sign_out(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Ends this session."""
    await own_fields(request, visitor)
    await end_session(app, session_secret(request))
    answer = RedirectResponse(f"{SIGN_IN}/out", 303)
    answer.delete_cookie(cookie_name(request), secure=request.app.state.is_secure, httponly=True, samesite="lax")
    return answer


async def signed_in(request: Request, app: Interlock, person_id: PersonId, by: str, to: str) -> Response:
    """A new session, in place of one that the browser had, and the way to the page that was asked for."""
    before = session_secret(request)
    if before:
        await end_session(app, before)
    secret = await begin_session(app, person_id, by=by)
    answer = RedirectResponse(local_path(to), 303)
    answer.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(LASTS.total_seconds()),
        secure=request.app.state.is_secure,
        httponly=True,
        samesite="lax",
    )
    return answer


async def _samples(app: Interlock) -> tuple[SampleGroup, ...]:
    return await off_loop(lambda: sample_people(app.registry.directory()))
