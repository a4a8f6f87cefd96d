"""The emulated Slack on the command line: what someone sees there, and doing what they can do. For development."""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum
from typing import Annotated, TypeVar

import httpx
import typer

from adapters.processes.start_errors import CannotStart
from cli.terminal import ERR, FAILED, cli_errors, say, settings
from demo.slack.emulator import EMULATED_SECRET
from demo.slack.forms import NotThere
from demo.slack.person import ActionResult, SlackPerson
from demo.slack.shown import awaits_something, shown
from settings import SlackMode

slack_app = typer.Typer()

T = TypeVar("T")
Person = Annotated[str, typer.Argument(help="The id of somebody in the directory.")]
Fill = Annotated[list[str] | None, typer.Option(help="NAME=VALUE of the form that opens; repeatable.")]
Yes = Annotated[bool, typer.Option("--yes", help="Continue where something is shown first, such as a price.")]


class MessageShortcut(StrEnum):
    PROMISE = "promise"
    ALSO = "also"


@slack_app.command("cards")
def slack_cards(
    person: Person, every: Annotated[bool, typer.Option("--all", help="Include ended ones.")] = False
) -> None:
    """List what somebody was told in Slack and can still act on, oldest first."""
    with cli_errors():
        found = [card for card in asyncio.run(_as(_person(person).cards())) if every or awaits_something(card)]
        if not found:
            say(
                f"No card of {person} waits. `interlock slack home {person}` shows all that does; --all what has ended."
            )
        for card in found:
            say(f"{shown(card)}\n")


@slack_app.command("home")
def slack_home(person: Person) -> None:
    """Show somebody's App Home: what waits for them, with its buttons."""
    with cli_errors():
        say(shown(asyncio.run(_as(_person(person).home()))))


@slack_app.command("press")
def slack_press(
    person: Person,
    what: Annotated[
        str,
        typer.Argument(help="An ask (ENG-2026-0001.A9), an engagement, or words of the card; `home` for App Home."),
    ],
    button: Annotated[str, typer.Argument(help="Its label, or how that begins.")],
    fill: Fill = None,
    yes: Yes = False,
) -> None:
    """Press a button on somebody's card or App Home, and fill in the form that it opens.

    What opens is shown. Nothing is pressed if the name is ambiguous.
    """
    with cli_errors():
        _tell(asyncio.run(_as(_person(person).press(what, button, _given(fill), go_on=yes))))


@slack_app.command("command")
def slack_command(
    person: Person,
    name: Annotated[str, typer.Argument(help="/deal or /change.")],
    fill: Fill = None,
    yes: Yes = False,
) -> None:
    """Send a slash command, and fill in the form that it opens."""
    with cli_errors():
        slashed = f"/{name.removeprefix('/')}"
        _tell(asyncio.run(_as(_person(person).command(slashed, _given(fill), go_on=yes))))


@slack_app.command("shortcut")
def slack_shortcut(
    person: Person,
    name: Annotated[MessageShortcut, typer.Argument(help="promise, or also: can we also…")],
    text: Annotated[str, typer.Argument(help="What the message says.")],
    fill: Fill = None,
) -> None:
    """Use a shortcut in the menu of a message, and fill in its form."""
    with cli_errors():
        _tell(asyncio.run(_as(_person(person).shortcut(name.value, text, _given(fill)))))


def _given(fill: list[str] | None) -> dict[str, str]:
    """Values by field. Raises CannotStart for an unknown field."""
    for pair in fill or ():
        if "=" not in pair:
            raise CannotStart(f"--fill {pair!r} is not a field; give NAME=VALUE. Without it the form is shown.")
    return dict(pair.split("=", 1) for pair in fill or ())


def _tell(result: ActionResult) -> None:
    if result.is_refused:
        say(result.told, ERR)
        raise typer.Exit(FAILED)
    say(result.told)


def _person(name: str) -> SlackPerson:
    """A person in the emulated workspace. Raises CannotStart if there is none."""
    chosen = settings()
    if chosen.slack is not SlackMode.EMULATOR:
        raise CannotStart(
            "There is no emulated Slack. Set INTERLOCK_SLACK=emulator here, and start `make run` with it."
        )
    return SlackPerson(name, f"http://127.0.0.1:{chosen.slack_emulator_port}", chosen.url, EMULATED_SECRET)


async def _as(acting: Awaitable[T]) -> T:
    """Runs what someone does. Raises CannotStart if it cannot be done."""
    try:
        return await acting
    except NotThere as not_there:
        raise CannotStart(str(not_there)) from None
    except httpx.HTTPStatusError as no:
        asked, answer = no.request.url, no.response
        raise CannotStart(
            f"{asked.host}:{asked.port}{asked.path} answers {answer.status_code}: {answer.text}"
        ) from None
    except httpx.HTTPError as away:
        raise CannotStart(
            f"The stack is not responding ({away}). Start it: INTERLOCK_SLACK=emulator make run."
        ) from None
