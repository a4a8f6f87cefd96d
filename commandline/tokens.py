"""Tokens on the command line: who may come in."""

import typer

from adapters.starting import CannotStart
from commandline.terminal import said_plainly, say, settings
from composition import directory_in_force, registry_of

token_app = typer.Typer()


@token_app.command("create")
def token_create(person: str) -> None:
    """Make a token for a person. It is shown once."""
    with said_plainly():
        registry = registry_of(settings())
        known = directory_in_force(registry)
        found = known.person(person) if known else None
        if found is None:
            raise CannotStart(f"{person} is not in the directory. Import it first: interlock people import FILE.")
        if not found.active:
            raise CannotStart(f"{found.name} is not active any more, and gets no token.")
        secret = registry.tokens.create(person, "command line", settings().clock())
        say(secret)
