"""Tokens on the command line: who may sign in, and who no longer may."""

from typing import Annotated, Any

import typer

from cli.figures import day_in
from cli.layout import Columns
from cli.naming import known_here
from cli.options import AsJson, Person, Token, Url
from cli.terminal import ERR, cli_errors, counted, fresh_key, front_door, say, say_as_it_is, settings, show, show_table
from domain.asks.upcoming_signers import HOW_THEY_SIGN
from domain.directory.people import Person as KnownPerson

token_app = typer.Typer()

SHORTEST_SECRET = 20


@token_app.command("create")
def token_create(person: Person, as_json: AsJson = False) -> None:
    """Make a token for a person, on the data of this machine. It is shown only once, alone on standard output."""
    from composition import registry_of, require_data  # noqa: PLC0415 -- heavy, and the others only ask a stack

    with cli_errors():
        chosen = settings()
        require_data(chosen)
        registry = registry_of(chosen)
        directory = registry.directory()
        person_id = known_here(person, directory.everyone())
        made = registry.tokens.create(person_id, "command line", chosen.clock())
        show({"person_id": person_id, "token": made}, lambda answer: say_as_it_is(answer["token"]), as_json=as_json)
        known = directory.person(person_id)
        for sentence in _said_of_made(known) if known is not None else ():
            say(sentence, ERR)


def _said_of_made(person: KnownPerson) -> tuple[str, ...]:
    """What is shown with a new token to whoever created it: whose it is, how long it is valid, what to do with it."""
    whose = f"{person.name} of {person.client}" if person.client is not None else person.name
    given = f"Give it to {person.name} some other way than by mail. {HOW_THEY_SIGN}"
    signs_in = "They sign in with it: interlock login --url ADDRESS."
    return (
        f"The token of {whose}. It is shown only once.",
        given if person.client is not None else signs_in,
        f"It is valid until you revoke it: interlock token revoke --person {person.id}",
    )


@token_app.command("list")
def token_list(
    token: Token,
    person: Annotated[str | None, typer.Option(help="Only those of one person.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List valid tokens, the newest first: whose, what for, since when. For the administrator."""
    with cli_errors():
        query = {"person_id": person} if person else {}
        show(front_door(url, token).get("me", "/tokens", **query), _show_tokens, as_json=as_json)


def _show_tokens(found: dict[str, Any]) -> None:
    show_table({"items": found["tokens"]}, TOKEN_COLUMNS, "There are no valid tokens.")


@token_app.command("revoke")
def token_revoke(
    token: Token,
    which: Annotated[str | None, typer.Argument(help="Its id from `token list`, or the token itself.")] = None,
    person: Annotated[str | None, typer.Option(help="Every token of a person, instead.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a token, or every token and link of a person. For the administrator."""
    if (which is None) == (person is None):
        raise typer.BadParameter("name one token, or a person with --person")
    one = {"id" if len(which) < SHORTEST_SECRET else "token": which} if which else {"person_id": person}
    with cli_errors():
        done = front_door(url, token).send("me", "POST", "/tokens/revoke", one, fresh_key())
        show(done, _show_ended, as_json=as_json)


def _show_ended(done: dict[str, Any]) -> None:
    ended = counted(done["ended"], "token lets", "tokens let") + " nobody in any more."
    say(ended if done["ended"] else "This is not a valid token: see interlock token list.")


TOKEN_COLUMNS: Columns = {
    "id": lambda row: row["id"],
    "person": lambda row: row["person_id"],
    "made": lambda row: day_in(row["created_at"][:10]),
    "until": lambda row: day_in(row["expires_at"][:10]) if row["expires_at"] else "–",
    "what for": lambda row: row["note"] or "–",
}
