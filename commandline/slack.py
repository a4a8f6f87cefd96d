"""The emulated Slack on the command line: what somebody's cards say, and pressing their buttons. For development."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, TypeVar

import httpx
import typer

from adapters.slack_emulator import EMULATED_SECRET
from adapters.starting import CannotStart
from commandline.terminal import ERR, FAILED, said_plainly, say, settings
from examples.slack_person import NotThere, SlackPerson, labels_of, text_of
from settings import SlackMode

slack_app = typer.Typer()

T = TypeVar("T")
Person = Annotated[str, typer.Argument(help="The id of somebody of the directory.")]


@slack_app.command("cards")
def slack_cards(person: Person, every: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False) -> None:
    """What somebody was told in Slack and can still act on, oldest first."""
    with said_plainly():
        found = asyncio.run(_as(_person(person).cards()))
        if not any(labels_of(card) for card in found) and not every:
            say(f"Nothing waits for {person}; --all shows what has ended.")
        for card in found:
            labels = labels_of(card)
            if labels or every:
                say(text_of({"blocks": [block for block in card["blocks"] if block["type"] != "actions"]}))
                say(f"  [{'] ['.join(labels)}]\n" if labels else "")


@slack_app.command("press")
def slack_press(
    person: Person,
    ask: Annotated[str, typer.Argument(help="As the card shows it: ENG-2026-0001.A9.")],
    button: Annotated[str, typer.Argument(help="What it says, without the ellipsis.")],
    fill: Annotated[
        list[str] | None, typer.Option(help="FIELD=VALUE of the form that opens; may be given again.")
    ] = None,
) -> None:
    """Press a button of somebody's card, and fill in the form that it opens."""
    given = dict(pair.split("=", 1) for pair in fill or () if "=" in pair)
    with said_plainly():
        told = asyncio.run(_as(_person(person).press(ask, button, given)))
        if told:
            say(told, ERR)
            raise typer.Exit(FAILED)
        say("Taken: its cards follow.")


def _person(person: str) -> SlackPerson:
    """Somebody of the emulated workspace. Raises CannotStart where there is none."""
    chosen = settings()
    if chosen.slack is not SlackMode.EMULATOR:
        raise CannotStart(
            "There is no emulated Slack. Set INTERLOCK_SLACK=emulator here, and start `make run` with it."
        )
    return SlackPerson(person, f"http://127.0.0.1:{chosen.slack_emulator_port}", chosen.url, EMULATED_SECRET)


async def _as(acting: Awaitable[T]) -> T:
    """What somebody does. Raises CannotStart where it cannot be done."""
    try:
        return await acting
    except NotThere as not_there:
        raise CannotStart(str(not_there)) from None
    except httpx.HTTPError as away:
        raise CannotStart(f"The stack does not answer ({away}). Start it: INTERLOCK_SLACK=emulator make run.") from None
