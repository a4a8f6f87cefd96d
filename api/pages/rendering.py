"""Renders pages from `templates/pages/`, with headers that let a page load only our own files and be framed nowhere.

Errors are rendered as pages too.

Weighed: app-wide error handlers that guess from the address what the caller reads (one more place to forget), and a
mounted app of its own (with its own limits and logs). Instead, the route itself renders what its handler raised.
"""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import lines
from api.pages.assets import asset
from api.pages.locale import DEFAULT, day, locale_of, money, number, percent
from api.pages.navigation import places_for
from api.pages.page_caller import form_key
from api.pages.told_once import forget_told, told_once
from api.pages.visitor import Visitor, sign_in_address, the_visitor
from api.problems import REFUSALS, ProblemDetails, problem_of
from application.authentication import UnknownCaller
from application.one_look import one_look
from application.queries.rendered_texts import document, told
from application.queries.waiting import how_many_wait
from domain.playbook.model import Stage, role_label
from domain.shared.calendar import shown
from domain.shared.text import capitalized, printed

TEMPLATES = Path(__file__).parents[2] / "templates"
TRY_AGAIN = "Open the link again in a while. If this persists, give this id to whoever sent it."
# What is said to someone who answers too late, by the kind of refusal.
TOO_LATE = {
    "ask-has-ended": "Your answer was not counted: this had already ended. See below how it ended.",
    "not-what-was-shown": "Your answer was not counted: this has changed since you opened it. See below.",
}
# Characters of a free-text field.
MAX_FIELD = 2000
THEMES = ("light", "dark", "device")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def stage_label(stage: Stage) -> str:
    """`SOW`, `Estimate`."""
    return stage.value.upper() if stage in {Stage.SOW, Stage.BRD} else capitalized(stage.value)


_PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=printed,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {
    "told": told,
    "document": document,
    "moment": shown,
    "in_lines": lambda texts: lines.shown(texts, MAX_FIELD),
    "money": money,
    "number": number,
    "percent": percent,
    "day": day,
    "role_label": role_label,
    "stage_label": stage_label,
    "status_label": lambda status: capitalized(str(getattr(status, "value", status)).replace("_", " ")),
    "capitalized": capitalized,
}
_PAGES.globals |= {
    "asset": asset,
    "form_key": form_key,
    "longest": MAX_FIELD,
    "locale": DEFAULT,
    "named": lambda people: [(one.id, one.name) for one in people],
}

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
# Of pages for people who signed in: the form of a page that is no longer open to them leads back to it.
SITE_HEADERS = HEADERS | {"Referrer-Policy": "same-origin"}


def page(template: str, status: int = 200, **shown_there: object) -> HTMLResponse:
    """Renders a page that belongs to nobody who signed in."""
    return HTMLResponse(
        _PAGES.get_template(f"pages/{template}.html.j2").render({"theme": "device"} | shown_there), status
    )


async def show(request: Request, visitor: Visitor, template: str, status: int = 200, **shown_there: object) -> Response:
    """Renders a page of the site for someone who signed in, inside its frame."""
    app = request.app.state.interlock
    frame = {
        "visitor": visitor,
        "locale": visitor.locale,
        "zone": visitor.zone,
        "places": places_for(visitor, request.url.path),
        "waiting": await how_many_wait(app, visitor.actor),
        "here": request.url.path,
        "is_live": request.method == "GET",
        "address": f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        "theme": theme_of(request),
        "told_once": told_once(request),
    }
    answer = HTMLResponse(_PAGES.get_template(f"pages/{template}.html.j2").render(frame | shown_there), status)
    forget_told(request, answer)
    return answer


def theme_of(request: Request) -> str:
    """Light or dark, as chosen on this device; `device` if it was not."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "device"


def problem_page(problem: ProblemDetails) -> HTMLResponse:
    """The refusal in its own words, and nothing of what was requested: its reader may be anyone."""
    return page("problem", problem.status, problem=in_words(problem, is_of_client=True))


def in_words(problem: ProblemDetails, *, is_of_client: bool) -> ProblemDetails:
    """Adapts a problem for readers without idempotency keys and without a command line.

    The command that would do the remedy is left out. For a client's person the rule's name is left out too; if they are
    too late, one sentence says so, and the page shows what is asked now.
    """
    said: dict[str, object] = {"rule": None} if is_of_client else {}
    if problem.id:
        return problem.model_copy(update=said | {"remedy": TRY_AGAIN})
    late = TOO_LATE.get(problem.type.removeprefix(REFUSALS))
    if late is not None:
        said |= {"detail": late, "remedy": "", "waits_for": ()}
    return problem.model_copy(update=said)


async def refusal_shown(request: Request, error: Exception) -> ProblemDetails:
    """A refusal as a page of the site shows it beside what was refused."""
    return in_words(await problem_of(request, error), is_of_client=False)


class PageRoute(APIRoute):
    """A route whose every answer, including errors, is a page."""

    def headers_for(self, _request: Request) -> dict[str, str]:
        """The headers of every answer."""
        return HEADERS

    def get_route_handler(self) -> Handler:
        """Returns the handler, with error handling."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                answer = await self.handled(request, handler)
            except Exception as error:
                answer = await self.answer_to(request, error)
            for name, value in self.headers_for(request).items():
                answer.headers.setdefault(name, value)
            return answer

        return guarded

    async def handled(self, request: Request, handler: Handler) -> Response:
        """What the handler answers; a page that changes nothing is put together in one look at the database."""
        if request.method not in {"GET", "HEAD"}:
            return await handler(request)
        with one_look():
            return await handler(request)

    async def answer_to(self, request: Request, error: Exception) -> Response:
        """The page that shows an error."""
        return problem_page(await problem_of(request, error))


class SiteRoute(PageRoute):
    """A route of the pages for people who sign in: who has not is led to do so, and errors keep the site's frame."""

    def headers_for(self, _request: Request) -> dict[str, str]:
        """The headers of every answer."""
        return SITE_HEADERS

    async def answer_to(self, request: Request, error: Exception) -> Response:
        """The error inside the frame of the site, as far as its reader is known."""
        if isinstance(error, UnknownCaller):
            return RedirectResponse(sign_in_address(request), 303)
        problem = await refusal_shown(request, error)
        try:
            visitor = await the_visitor(request, request.app.state.interlock)
            return await show(request, visitor, "site_problem", problem.status, problem=problem)
        except Exception:  # whoever reads it is not known, or cannot be looked up: the problem is said all the same
            return page("problem", problem.status, problem=problem, locale=locale_of(request))
