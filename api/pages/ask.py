"""The page of one ask, opened by a personal link. Viewing changes nothing, however often and by whomever.

Only its own form decides, and the key is a field of that form: no cookie identifies the person, so no other site can
act for them. A refusal is shown next to the form in its own words, and the input is kept.
"""

from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.callers import AppDep
from api.pages.form import CONDITION_ROWS, Form, deferred_of, read_form, sent_with
from api.pages.rendering import PageRoute, in_words, page
from api.problems import ProblemDetails, problem_of
from application.magic_links.links import Links
from application.magic_links.opened_ask import OpenedAsk, answer_by_link, open_by_link
from domain.asks.signature_record import RETURNED_BY_LINK
from domain.shared.errors import NotFound, Refusal
from domain.shared.values import AskId

router = APIRouter(route_class=PageRoute, include_in_schema=False)


def the_links(request: Request) -> Links:
    """Returns what `create_app` was given. Raises NotFound if no links are set up."""
    links = request.app.state.links
    if links is None:
        raise NotFound("Pages are not enabled here.", remedy="Use the REST API or the command line.")
    return cast("Links", links)


LinksDep = Annotated[Links, Depends(the_links)]


@router.api_route("/asks/{ask_id}", methods=["GET", "HEAD"])
async def show_ask_page(
    request: Request, app: AppDep, links: LinksDep, ask_id: AskId, key: Annotated[str, Query()] = ""
) -> Response:
    """The ask as it is now. Opening it changes nothing, since mail scanners follow links."""
    opened = await open_by_link(app, links, ask_id, key)
    request.state.person = opened.actor.person_id
    return _drawn(opened, key)


@router.post("/asks/{ask_id}")
async def answer_on_page(request: Request, app: AppDep, links: LinksDep, ask_id: AskId) -> Response:
    """Gives one answer; then shows the current state."""
    form = await read_form(request)
    key = form.get("key", "")
    opened = await open_by_link(app, links, ask_id, key)
    request.state.person = opened.actor.person_id
    try:
        sent = sent_with(form)
        await answer_by_link(app, opened, deferred_of(opened, sent, form), sent.version)
    except Refusal as refusal:
        now = await open_by_link(app, links, ask_id, key)
        return _drawn(now, key, await problem_of(request, refusal), form)
    return RedirectResponse(f"{ask_id}?{urlencode({'key': key})}", 303)


def _drawn(opened: OpenedAsk, key: str, problem: ProblemDetails | None = None, typed: Form | None = None) -> Response:
    """`typed`: input that was refused, so that no one has to type it twice."""
    return page(
        "ask",
        problem.status if problem else 200,
        opened=opened,
        card=opened.card,
        key=key,
        problem=in_words(problem, is_of_client=opened.is_of_client) if problem else None,
        returned_by_link=RETURNED_BY_LINK,
        typed=typed or {},
        rows=range(CONDITION_ROWS),
    )
