"""The outbox on the command line: what could not be delivered and why, and retries."""

from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from cli.layout import Columns
from cli.options import AsJson, Token, Url
from cli.terminal import cli_errors, fresh_key, front_door, say, show, show_table

outbox_app = typer.Typer()
# Maximum number of messages listed at once.
MOST = 1000


class Which(StrEnum):
    """The state of messages."""

    DEAD = "dead"
    WAITING = "waiting"
    SENT = "sent"


COLUMNS: Columns = {
    "to": lambda row: row["to"],
    "because": lambda row: row["because"] or row["channel"] or "–",
    "message": lambda row: row["key"],
}


@outbox_app.command("list")
def outbox_list(
    token: Token,
    state: Annotated[Which, typer.Option(help="Given up, waiting, or delivered.")] = Which.DEAD,
    limit: Annotated[int, typer.Option(min=1, max=MOST)] = 100,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List messages that were given up, are waiting, or were delivered, and why. For the administrator."""
    with cli_errors():
        found = front_door(url, token).get("me", "/outbox", state=state.value, limit=limit)
        show(found, partial(_show_messages, limit), as_json=as_json)


def _show_messages(limit: int, found: dict[str, Any]) -> None:
    show_table(found, COLUMNS, "None.")
    if len(found["items"]) == limit:
        say(f"These are the first {limit}; there may be more: --limit takes up to {MOST}.")
    if found["deferred"]:
        say(f"{found['deferred']} requests of people wait for the engine.")


@outbox_app.command("again")
def outbox_again(
    token: Token,
    key: Annotated[str | None, typer.Argument(help="The message, as `outbox list` shows it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All messages that were given up.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Retry what was given up: one message, or all."""
    if (key is None) != every:
        raise typer.BadParameter("name one message, or give --all")
    with cli_errors():
        done = front_door(url, token).send("me", "POST", "/outbox/again", {"key": key}, fresh_key())
        show(done, lambda found: say(f"Retried:  {found['revived']}."), as_json=as_json)
