"""Tokens on the command line: who may come in."""

import typer

from commandline.terminal import said_plainly, say_as_it_is, settings
from composition import registry_of, require_data

token_app = typer.Typer()


@token_app.command("create")
def token_create(person: str) -> None:
    """Make a token for a person. It is shown once."""
    with said_plainly():
        chosen = settings()
        require_data(chosen)
        say_as_it_is(registry_of(chosen).tokens.create(person, "command line", chosen.clock()))
