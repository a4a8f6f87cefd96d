"""The page of one ask, for someone who signed in or who holds a personal link. Viewing it changes nothing.

Only its own forms decide. Behind a link the key is a field of the form: no cookie identifies the person, so no other
site can act for them. A refusal is shown next to the form in its own words, and the input is kept.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.ask_form import CONDITION_ROWS, deferred_of, sent_with
from api.pages.forms import Form, checked, own_fields, read_fields, require_own
from api.pages.page_caller import page_caller
from api.pages.rendering import HEADERS, PageRoute, SiteRoute, in_words, page, refusal_shown, show
from api.pages.visitor import Visitor, VisitorDep, the_visitor
from api.problems import ProblemDetails, problem_of
from application.commands.answer_on_page import PageAnswer, answer_opened
from application.commands.asks import delegate_ask, give_information
from application.context import Interlock
from application.magic_links.links import Links
from application.magic_links.opened_ask import answer_by_link, open_by_link
from application.queries.opened_ask import OpenedAsk, open_ask
from domain.asks.signature_record import RETURNED_BY_LINK
from domain.shared.errors import NotFound, Refusal
from domain.shared.text import OwnText
from domain.shared.values import AskId, PersonId, Value


class AskRoute(SiteRoute):
    """With a key in the address or the form the page belongs to the link's holder, else to who signed in."""

    def headers_for(self, request: Request) -> dict[str, str]:
        """The headers of every answer: the address of a link is told to nobody."""
        return HEADERS if _is_by_link(request) else super().headers_for(request)

    async def answer_to(self, request: Request, error: Exception) -> Response:
        """The page that shows an error."""
        if _is_by_link(request):
            return await PageRoute.answer_to(self, request, error)
        return await super().answer_to(request, error)


def _is_by_link(request: Request) -> bool:
    return getattr(request.state, "by_link", False)


router = APIRouter(route_class=AskRoute, include_in_schema=False)


def the_links(request: Request) -> Links:
    """Returns what `create_app` was given. Raises NotFound if no links are set up."""
    links = request.app.state.links
    if links is None:
        raise NotFound("Pages are not enabled here.", remedy="Use the REST API or the command line.")
    return cast("Links", links)


LinksDep = Annotated[Links, Depends(the_links)]


@router.api_route("/asks/{ask_id}", methods=["GET", "HEAD"])
async def show_ask_page(request: Request, app: AppDep, ask_id: AskId, key: Annotated[str, Query()] = "") -> Response:
    """The ask as it is now. Opening it changes nothing, since mail scanners follow links."""
    if key:
        opened = await _opened_by_link(request, app, ask_id, key)
        return _linked(opened, key)
    visitor = await the_visitor(request, app)
    return await _shown(request, visitor, await open_ask(app, visitor.actor, ask_id))


@router.post("/asks/{ask_id}")
async def answer_on_page(request: Request, app: AppDep, ask_id: AskId) -> Response:
    """Gives one answer; then shows the current state."""
    form = await read_fields(request)
    if "key" in form:
        return await _answer_by_link(request, app, ask_id, form)
    visitor = await the_visitor(request, app)
    require_own(form, visitor)
    opened = await open_ask(app, visitor.actor, ask_id)

    async def give() -> None:
        sent = sent_with(form)
        await answer_opened(app, PageAnswer(visitor.actor, deferred_of(opened, sent, form), sent.version))

    return await _done(request, app, visitor, ask_id, form, give)


class ChosenDelegate(Value):
    to: PersonId


@router.post("/asks/{ask_id}/delegate")
async def delegate_on_page(request: Request, app: AppDep, visitor: VisitorDep, ask_id: AskId) -> Response:
    """Lets a colleague answer this one ask."""
    form = await own_fields(request, visitor)

    async def give() -> None:
        await delegate_ask(
            app, page_caller(request, visitor, form), ask_id, checked(ChosenDelegate, {"to": form.get("to")}).to
        )

    return await _done(request, app, visitor, ask_id, dict(form) | {"verdict": "delegate"}, give)


class AnswerToQuestion(Value):
    answer: OwnText


@router.post("/asks/{ask_id}/information")
async def inform_on_page(request: Request, app: AppDep, visitor: VisitorDep, ask_id: AskId) -> Response:
    """Answers the open question of the ask."""
    form = await own_fields(request, visitor)

    async def give() -> None:
        text = checked(AnswerToQuestion, {"answer": form.get("answer")}).answer
        await give_information(app, page_caller(request, visitor, form), ask_id, text)

    return await _done(request, app, visitor, ask_id, dict(form) | {"verdict": "information"}, give)


async def _done(
    request: Request, app: Interlock, visitor: Visitor, ask_id: AskId, form: Form, give: Callable[[], Awaitable[None]]
) -> Response:
    """Carries it out and shows the ask again; a refusal stands beside what was sent."""
    try:
        await give()
    except Refusal as refusal:
        now = await open_ask(app, visitor.actor, ask_id)
        return await _shown(request, visitor, now, await refusal_shown(request, refusal), form)
    return RedirectResponse(f"/asks/{ask_id}", 303)


async def _opened_by_link(request: Request, app: Interlock, ask_id: AskId, key: str) -> OpenedAsk:
    request.state.by_link = True
    opened = await open_by_link(app, the_links(request), ask_id, key)
    request.state.person = opened.actor.person_id
    return opened


async def _answer_by_link(request: Request, app: Interlock, ask_id: AskId, form: Form) -> Response:
    key = form["key"]
    opened = await _opened_by_link(request, app, ask_id, key)
    try:
        sent = sent_with(form)
        await answer_by_link(app, opened, deferred_of(opened, sent, form), sent.version)
    except Refusal as refusal:
        now = await open_by_link(app, the_links(request), ask_id, key)
        return _linked(now, key, await problem_of(request, refusal), form)
    return RedirectResponse(f"{ask_id}?{urlencode({'key': key})}", 303)


async def _shown(
    request: Request,
    visitor: Visitor,
    opened: OpenedAsk,
    problem: ProblemDetails | None = None,
    typed: Form | None = None,
) -> Response:
    status = problem.status if problem else 200
    return await show(
        request,
        visitor,
        "ask",
        status,
        opened=opened,
        key="",
        problem=problem,
        typed=typed or {},
        rows=range(CONDITION_ROWS),
    )


def _linked(opened: OpenedAsk, key: str, problem: ProblemDetails | None = None, typed: Form | None = None) -> Response:
    """`typed`: input that was refused, so that no one has to type it twice."""
    return page(
        "linked_ask",
        problem.status if problem else 200,
        opened=opened,
        key=key,
        problem=in_words(problem, is_of_client=opened.is_of_client) if problem else None,
        returned_by_link=RETURNED_BY_LINK,
        typed=typed or {},
        rows=range(CONDITION_ROWS),
    )
