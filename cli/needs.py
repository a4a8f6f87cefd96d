"""Needs and promises on the command line."""

from typing import Annotated

import typer

from cli.commands import Access, Deal, DealFile, carry_out, carry_out_file
from cli.options import AsJson, Token, Url

needs_app, promise_app = typer.Typer(), typer.Typer()
Promise = Annotated[str, typer.Argument(help="The promise: P1.")]


@needs_app.command("record")
def needs_record(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Record what the client needs; a need of the same id is replaced."""
    access = Access(token, url, as_json)
    carry_out_file(access, "POST", f"/engagements/{engagement}/needs", file, "needs", "needs")


@needs_app.command("restate")
def needs_restate(engagement: Deal, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Ask the client's sponsor to confirm the needs as recorded."""
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/needs/restate")


@promise_app.command("record")
def promise_record(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Record what was promised; a promise on record is never rewritten."""
    access = Access(token, url, as_json)
    carry_out_file(access, "POST", f"/engagements/{engagement}/promises", file, "promises", "promises")


@promise_app.command("cover")
def promise_cover(
    engagement: Deal,
    promise: Promise,
    by: Annotated[list[str], typer.Argument(help="The packages or milestones that cover it: W1 M2.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Name the packages or milestones that cover a promise."""
    path = f"/engagements/{engagement}/promises/{promise}/cover"
    carry_out(Access(token, url, as_json), "POST", path, {"by": by})


@promise_app.command("decline")
def promise_decline(
    engagement: Deal,
    promise: Promise,
    reason: Annotated[str, typer.Option(help="Why it cannot be kept: the client reads it.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Decline a promise; the client's sponsor is asked to acknowledge it."""
    path = f"/engagements/{engagement}/promises/{promise}/decline"
    carry_out(Access(token, url, as_json), "POST", path, {"reason": reason})


@promise_app.command("reconcile")
def promise_reconcile(
    engagement: Deal,
    promise: Promise,
    token: Token,
    kept: Annotated[bool, typer.Option("--kept", help="It was kept.")] = False,
    why_not: Annotated[str | None, typer.Option(help="It was not kept, and why.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record at the close that a promise was kept, or why not."""
    if kept is (why_not is not None):
        raise typer.BadParameter("Give one of them: --kept, or --why-not and why.")
    path = f"/engagements/{engagement}/promises/{promise}/reconcile"
    body = {"delivered": why_not is None, "why_not": why_not}
    carry_out(Access(token, url, as_json), "POST", path, body)
