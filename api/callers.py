"""Identifies the caller: annotated aliases for what every handler needs."""

import uuid
from typing import Annotated, cast

from fastapi import Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.session_cookie import CSRF_HEADER, comes_from_own_page, session_secret
from application.authentication import Caller, UnknownCaller, actor_of
from application.context import Interlock
from application.off_loop import off_loop
from application.sign_in.sessions import session_of
from domain.shared.errors import NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import ASK_FORM, ITEM_FORM, AskId, EngagementId, Whole

CHANNEL = "api"

bearer = HTTPBearer(auto_error=False, description="Your token, from the administrator.")


def the_app(request: Request) -> Interlock:
    """Returns what `create_app` was given."""
    return cast("Interlock", request.app.state.interlock)


AppDep = Annotated[Interlock, Depends(the_app)]


async def the_actor(
    request: Request, app: AppDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Actor:
    """Returns the token's owner or, without a token, who is signed in to the pages. Raises UnknownCaller."""
    if credentials is None and session_secret(request):
        return await _signed_in(request, app)
    if credentials is None or not credentials.credentials.isascii():
        raise UnknownCaller("No token came with the request.", remedy="Send one: Authorization: Bearer <token>.")
    token = credentials.credentials
    person_id = await off_loop(lambda: app.registry.person_of(token))
    if person_id is None:
        raise UnknownCaller(
            "The token is unknown or no longer valid.",
            remedy="Ask the administrator for a new one.",
            action=RemedyAction.SIGN_IN,
        )
    request.state.person = person_id
    directory = await off_loop(app.registry.directory)
    return actor_of(directory, person_id, CHANNEL)


async def _signed_in(request: Request, app: Interlock) -> Actor:
    """Whose session the request's cookie names. Raises UnknownCaller; also if another site may have sent it."""
    secret = session_secret(request)
    session = await session_of(app, secret)
    if session is None:
        raise UnknownCaller("Your session has ended.", remedy="Sign in again, or send a token.")
    if not comes_from_own_page(request, secret):
        raise UnknownCaller(
            "A session alone is not enough for a request that changes something.",
            remedy=f"Send a token, or from our own pages the header {CSRF_HEADER}.",
        )
    request.state.person = session.person_id
    return actor_of(await off_loop(app.registry.directory), session.person_id, CHANNEL)


ActorDep = Annotated[Actor, Depends(the_actor)]


async def the_importer(
    request: Request, app: AppDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Actor:
    """Returns the token's owner; before there is a directory, the one-time token's holder. Raises UnknownCaller."""
    try:
        return await the_actor(request, app, credentials)
    except NotFound:
        return Actor(person_id=request.state.person, channel=CHANNEL)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[\x20-\x7e]+$",
        description=(
            "Sending the same key and body again gives the same answer and takes effect only once; another body "
            "gives 422."
        ),
    ),
]


async def the_caller(request: Request, actor: ActorDep, key: IdempotencyKey = None) -> Caller:
    """Returns the actor, the route (including its path parameters) and the idempotency key."""
    return Caller(actor=actor, route=f"{request.method} {request.url.path}", key=key or uuid.uuid4().hex)


CallerDep = Annotated[Caller, Depends(the_caller)]


async def the_importing_caller(
    request: Request, actor: Annotated[Actor, Depends(the_importer)], key: IdempotencyKey = None
) -> Caller:
    """The same for whoever imports the directory, including the first one."""
    return await the_caller(request, actor, key)


ImporterDep = Annotated[Caller, Depends(the_importing_caller)]

EngagementPath = Annotated[EngagementId, Path(alias="engagement", examples=["ENG-2026-0042"])]
ItemPath = ITEM_FORM
NumberPath = Annotated[Whole, Path(alias="n", ge=1, le=999_999)]
AskPath = Annotated[
    AskId,
    Path(
        alias="ask",
        pattern=ASK_FORM,
        examples=["ENG-2026-0042.A7"],
    ),
]
