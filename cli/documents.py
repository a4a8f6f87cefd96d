"""SOW and BRD on the command line: drafting, reading, sending, and extending the offer."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.commands import Access, Deal, carry_out
from cli.options import AsJson, Token, Url
from cli.terminal import cli_errors, front_door, say, say_as_it_is

document_app = typer.Typer()


class DocumentChoice(StrEnum):
    SOW = "sow"
    BRD = "brd"


Document = Annotated[DocumentChoice, typer.Argument(help="sow or brd.")]


@document_app.command("draft")
def document_draft(
    engagement: Deal, document: Document, token: Token, url: Url = None, as_json: AsJson = False
) -> None:
    """Draft a new revision from the current record, and have it reviewed internally."""
    carry_out(Access(token, url, as_json), "PUT", f"/engagements/{engagement}/documents/{document.value}")


@document_app.command("show")
def document_show(
    engagement: Deal,
    document: Document,
    token: Token,
    revision: Annotated[int | None, typer.Option(help="A revision other than the current one.")] = None,
    url: Url = None,
) -> None:
    """Show a revision's text as signed, then who signed it and when, and what change orders have changed since."""
    with cli_errors():
        query = {"revision": revision} if revision is not None else {}
        door, path = front_door(url, token), f"/engagements/{engagement}/documents/{document.value}"
        say_as_it_is(door.text("me", f"{path}.md", **query))
        found = door.get("me", path)
        shown = next(one for one in found["revisions"] if one["revision"] == (revision or found["current"]))
        for signature in shown["signed_shown"]:
            say(f"{signature}.")
        for sentence in shown["changed_since"]:
            say(sentence)
        if shown["stale_because"]:
            say(f"No longer valid: {shown['stale_because']}. A new revision follows.")


@document_app.command("send")
def document_send(engagement: Deal, document: Document, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Send the internally approved revision to its signers."""
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/documents/{document.value}/send")


@document_app.command("extend")
def document_extend(
    engagement: Deal,
    until: Annotated[str, typer.Option(help="The last day (YYYY-MM-DD) on which the client can sign it.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Extend the offer of a sent SOW until another day, expired or not."""
    path = f"/engagements/{engagement}/documents/sow/extend"
    carry_out(Access(token, url, as_json), "POST", path, {"until": until})
