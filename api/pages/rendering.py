"""How a page is drawn: from a template, with headers that let it load nothing, be framed nowhere and tell nobody its
address. Errors look like pages too.

Weighed: error handlers of the whole app that guess by the address what its caller reads (one more place to forget), and
a mounted app of its own (its own limits and its own logs). Here the route itself draws what its handler raised.
"""

import base64
import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api import lines
from api.problems import REFUSALS, ProblemDetails, problem_of
from application.queries.rendered_texts import document, told
from domain.shared.calendar import shown
from domain.shared.text import printed

TEMPLATES = Path(__file__).parents[2] / "templates"
TRY_AGAIN = "Open the link again in a while. If this persists, give this id to whoever sent it."
# What is said to whoever answers too late, by the kind of refusal.
TOO_LATE = {
    "ask-has-ended": "Your answer was not counted: this had already ended. See below how it ended.",
    "not-what-was-shown": "Your answer was not counted: this has changed since you opened it. See below.",
}
# Characters of a field in which somebody writes.
MAX_FIELD = 2000

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


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
}
_STYLE = Markup(_PAGES.get_template("pages/style.css.j2").render())  # noqa: S704 -- our own file, without any value
_PAGES.globals |= {"style": _STYLE, "longest": MAX_FIELD}
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def page(template: str, status: int = 200, **shown: object) -> HTMLResponse:
    """A page from `templates/pages/`."""
    return HTMLResponse(_PAGES.get_template(f"pages/{template}.html.j2").render(shown), status)


def problem_page(problem: ProblemDetails) -> HTMLResponse:
    """What stands in the way, in the refusal's words, and nothing of what was asked for: its reader may be anybody."""
    return page("problem", problem.status, problem=in_words(problem, is_of_client=True))


def in_words(problem: ProblemDetails, *, is_of_client: bool) -> ProblemDetails:
    """A problem for somebody who knows no keys of requests, and has no command line.

    By which command a remedy is done is not drawn. A client's person reads no rule's name; whoever comes too late reads
    so in one sentence, and the page what is asked.
    """
    said: dict[str, object] = {"rule": None} if is_of_client else {}
    if problem.id:
        return problem.model_copy(update=said | {"remedy": TRY_AGAIN})
    late = TOO_LATE.get(problem.type.removeprefix(REFUSALS))
    if late is not None:
        said |= {"detail": late, "remedy": "", "waits_for": ()}
    return problem.model_copy(update=said)


class PageRoute(APIRoute):
    """A route whose every answer, an error too, is a page."""

    def get_route_handler(self) -> Handler:
        """The handler, guarded."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                answer = await handler(request)
            except Exception as error:
                answer = problem_page(await problem_of(request, error))
            answer.headers.update(HEADERS)
            return answer

        return guarded
