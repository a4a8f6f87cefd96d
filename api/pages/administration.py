"""For the administrator: sessions, tokens, and messages that reached nobody."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.forms import Form, checked, own_fields
from api.pages.page_caller import page_caller
from api.pages.rendering import SiteRoute, refusal_shown, show
from api.pages.told_once import tell_once
from api.pages.visitor import Visitor, VisitorDep
from api.problems import ProblemDetails
from application.commands.administration import NewToken, Revocation, create_token, living_tokens, revoke_tokens
from application.context import Interlock
from application.notifications.outbox import Again, OutboxFilter, messages, tell_again
from application.sign_in.sessions import end_session_by_id, sessions_of
from domain.shared.errors import Refusal

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
AT = "/administration"


@router.get(AT)
async def show_administration(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Who is signed in, which tokens are valid, what could not be delivered."""
    return await _shown(request, app, visitor)


@router.post(f"{AT}/sessions/end")
async def end_one_session(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    form = await own_fields(request, visitor)
    try:
        await end_session_by_id(app, visitor.actor, form.get("session", ""))
    except Refusal as refusal:
        return await _shown(request, app, visitor, await refusal_shown(request, refusal))
    return _done(request, "The session has ended.")


@router.post(f"{AT}/tokens")
async def make_token(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Makes a token and shows it, this once."""
    form = await own_fields(request, visitor)
    try:
        given = await create_token(app, page_caller(request, visitor, form), checked(NewToken, _named(form)))
    except Refusal as refusal:
        return await _shown(request, app, visitor, await refusal_shown(request, refusal))
    return await _shown(request, app, visitor, token=given.token, token_of=visitor.directory.name_of(given.person_id))


@router.post(f"{AT}/tokens/end")
async def end_token(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    form = await own_fields(request, visitor)
    try:
        await revoke_tokens(app, page_caller(request, visitor, form), checked(Revocation, {"id": form.get("token")}))
    except Refusal as refusal:
        return await _shown(request, app, visitor, await refusal_shown(request, refusal))
    return _done(request, "The token is revoked.")


@router.post(f"{AT}/messages/again")
async def retry_messages(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Retries one message that was given up, or all."""
    form = await own_fields(request, visitor)
    try:
        again = checked(Again, {"key": form.get("key")})
        revived = await tell_again(app, page_caller(request, visitor, form), again)
    except Refusal as refusal:
        return await _shown(request, app, visitor, await refusal_shown(request, refusal))
    return _done(request, f"{revived.revived} {'message is' if revived.revived == 1 else 'messages are'} sent again.")


def _named(form: Form) -> dict[str, object]:
    return {name: form[name] for name in ("person_id", "note") if name in form}


def _done(request: Request, text: str) -> Response:
    answer = RedirectResponse(AT, 303)
    tell_once(request, answer, text)
    return answer


async def _shown(
    request: Request,
    app: Interlock,
    visitor: Visitor,
    problem: ProblemDetails | None = None,
    token: str = "",
    token_of: str = "",
) -> Response:
    return await show(
        request,
        visitor,
        "administration",
        problem.status if problem else 200,
        sessions=await sessions_of(app, visitor.actor),
        tokens=await living_tokens(app, visitor.actor, None),
        dead=await messages(app, visitor.actor, OutboxFilter()),
        name_of=visitor.directory.name_of,
        everyone=sorted((one for one in visitor.directory.everyone() if one.active), key=lambda one: one.name),
        token=token,
        token_of=token_of,
        problem=problem,
    )
