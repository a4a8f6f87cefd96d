"""Remembers who you are: a token for each stack, in a file that only you can read.

Weighed: the system's keyring, which servers and containers mostly lack, so that a second way would be needed; the
environment alone, which would have to be set in every shell; and this: one file that only its owner can read.
"""

from os import environ
from urllib.parse import urlsplit

import typer

from adapters.files.private_files import edited_json
from cli.development import TOKENS, development_tokens, for_development
from cli.terminal import ERR, TOKEN, checked_address, cli_errors, front_door, say, settings, stack_url, tokens_file
from composition import registry_of
from domain.shared.near_matches import meant
from settings import is_loopback


def login(token: str | None, person_id: str | None, url: str | None) -> None:
    """Stores a token once the stack has confirmed its owner. `person_id`: in development, one of the sample people."""
    with cli_errors():
        if token is not None and person_id is not None:
            raise typer.BadParameter("implies a token: give either --as or --token", param_hint="--as")
        address = checked_address(url or stack_url())
        given = (
            _of(person_id, address) if person_id is not None else token or typer.prompt("Your token", hide_input=True)
        )
        if not TOKEN.fullmatch(given):
            raise typer.BadParameter("holds characters that no token has", param_hint="--token")
        me = front_door(address, given).get("me", "/me")
        with edited_json(tokens_file()) as kept:
            kept[address] = given
        say(f"You are {me['name']} at {address}. `interlock next` shows what waits for you.")
        if environ.get("INTERLOCK_TOKEN", given) != given:
            say("INTERLOCK_TOKEN is set and takes precedence: until you unset it, commands act as its person.", ERR)


def logout(url: str | None) -> None:
    """Deletes the token for a stack."""
    with cli_errors():
        address = checked_address(url or stack_url())
        with edited_json(tokens_file()) as kept:
            was = kept.pop(address, None)
        if was is None:
            say(f"Nobody is signed in at {address}.")
            return
        say(f"Signed out at {address}. The token itself still works until an administrator revokes it.")


def _of(person_id: str, address: str) -> str:
    """A token for anyone on this machine's development stack.

    Raises CannotStart in production, and BadParameter for another machine or for someone who is not in the directory.
    """
    chosen = for_development(settings())
    if not is_loopback(urlsplit(address).hostname or ""):
        raise typer.BadParameter(f"is for development on this machine, not for {address}", param_hint="--as")
    if not (chosen.folder / TOKENS).exists():
        raise typer.BadParameter(f"nobody is known in {chosen.folder} yet: start it with make run", param_hint="--as")
    found = development_tokens(chosen, registry_of(chosen))
    if person_id not in found:
        known = meant(person_id, found, f"there are {', '.join(sorted(found))}")
        raise typer.BadParameter(f"nobody is called {person_id}; {known}", param_hint="--as")
    return found[person_id]
