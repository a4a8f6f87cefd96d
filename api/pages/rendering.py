"""Renders pages from templates, with headers that let a page load nothing, be framed nowhere and leak no address.

Errors are rendered as pages too.

Weighed: app-wide error handlers that guess from the address what the caller reads (one more place to forget), and a
mounted app of its own (with its own limits and logs). Instead, the route itself renders what its handler raised.
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
# What is said to someone who answers too late, by the kind of refusal.
TOO_LATE = {
    "ask-has-ended": "Your answer was not counted: this had already ended. See below how it ended.",
    "not-what-was-shown": "Your answer was not counted: this has changed since you opened it. See below.",
}
# Characters of a free-text field.
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
    """Renders a page from `templates/pages/`."""
    return HTMLResponse(_PAGES.get_template(f"pages/{template}.html.j2").render(shown), status)


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


class PageRoute(APIRoute):
    """A route whose every answer, including errors, is a page."""

    def get_route_handler(self) -> Handler:
        """Returns the handler, with error handling."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                answer = await handler(request)
            except Exception as error:
                answer = problem_page(await problem_of(request, error))
            answer.headers.update(HEADERS)
            return answer

        return guarded
