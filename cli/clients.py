"""Clients on the command line: listing those known, and adding one with its people."""

import re
from typing import Annotated, Any

import typer

from cli.layout import Columns
from cli.options import AsJson, Token, Url
from cli.terminal import cli_errors, fresh_key, front_door, hanging, say, say_command, show, show_table

client_app = typer.Typer()
PERSON = re.compile(r"(?P<name>[^<>]+)<(?P<email>[^<>\s]+)>\s*:\s*(?P<parts>[a-z_, ]+?)\s*(;\s*(?P<title>.+))?")
PARTS = {"sponsor": "client_sponsor", "signatory": "client_signatory", "contact": "client_contact"}

People = Annotated[
    list[str] | None,
    typer.Option("--person", help="'Eva Berg <eva@nordlys.example>: sponsor, signatory; Head of IT'; may be repeated."),
]


@client_app.command("add")
def client_add(
    name: Annotated[str, typer.Argument(help="As deals will name it.")],
    token: Token,
    person: People = None,
    vertical: Annotated[str | None, typer.Option(help="Its trade, such as energy; required for a new client.")] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone, such as Europe/Oslo.")] = None,
    country: Annotated[
        str | None, typer.Option(help="Its country, for public holidays and zone: two letters, such as NO.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="The language of its people: nb, de, en-GB.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="The id of somebody who is no longer there.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Add a new client and its people, or correct one that sales added.

    Deals with it begin at once; finance of its first deal confirms it, and no SOW goes out before. Once a deal
    runs with it, names and addresses of its people are the administrator's to change.
    """
    people = [_person(text) for text in person or ()]
    said = {"vertical": vertical, "zone": zone, "country": country, "language": language}
    body = {"name": name, "people": people, "without": without or [], **{k: v for k, v in said.items() if v}}
    with cli_errors():
        kept = front_door(url, token).send("me", "POST", "/clients", body, fresh_key())
        show(kept, _show_kept, as_json=as_json)


def _person(text: str) -> dict[str, Any]:
    """Parses `Eva Berg <eva@nordlys.example>: sponsor, signatory; Head of IT`. Raises BadParameter."""
    found = PERSON.fullmatch(text.strip())
    parts = [part.strip() for part in found["parts"].split(",")] if found else []
    wrong = [part for part in parts if part not in PARTS and part not in PARTS.values()]
    if found is None or wrong:
        raise typer.BadParameter(
            f"{text!r} is not written as 'Eva Berg <eva@nordlys.example>: sponsor, signatory, contact'",
            param_hint="--person",
        )
    title = found["title"].strip() if found["title"] else None
    named = [PARTS.get(part, part) for part in parts]
    return {"name": found["name"].strip(), "email": found["email"], "part": named, "title": title}


def _show_kept(kept: dict[str, Any]) -> None:
    client = kept["client"]
    where = ", ".join(filter(None, (client["vertical"], client["zone"], client["language"])))
    state = "confirmed" if client["confirmed"] else _not_confirmed(client)
    if not kept["changed"]:
        say("Nothing changed: everything was already known.")
    for line in kept["changes"]:
        say(hanging(f"Changed: {line}"))
    for line in kept["warnings"]:
        say(hanging(f"Please check: {line}"))
    say(f"{client['name']} ({where}): {state}.")
    for person in client["people"]:
        part = ", ".join(name.removeprefix("client_") for name in person["part"])
        called = f"{person['name']}, {person['title']}" if person["title"] else person["name"]
        waits = "; they get no mail and take no part until finance has confirmed them" if person["to_confirm"] else ""
        say(f"  {person['id']}  {called}, {person['email']}: {part}{waits}")
    if not client["confirmed"] and not client["confirmed_before"]:
        say(
            "Finance of each running deal with it is asked at once, or else of its first deal; no SOW is sent "
            "until then."
        )
    if kept["country_command"]:
        said = "Its public holidays are not known, and count as working days. Give its country:"
        say_command(kept["country_command"], said)
    say(
        f"In a deal, name them by the first word of each line: client: {client['name']}, client_sponsor: "
        f"{_first(client)}"
    )


def _not_confirmed(client: dict[str, Any]) -> str:
    if client["confirmed_before"]:
        return "changed since finance confirmed it; finance is asked again, unless it has confirmed exactly this before"
    return "to be confirmed by finance of its first deal"


def _first(client: dict[str, Any]) -> str:
    sponsors = [person["id"] for person in client["people"] if "client_sponsor" in person["part"]]
    return str(next(iter(sponsors), client["people"][0]["id"]))


@client_app.command("rename")
def client_rename(
    client: Annotated[str, typer.Argument(help="Its current name.")],
    name: Annotated[str, typer.Argument(help="Its correct name.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Correct the name of a client that sales added, in each of its deals.

    If finance does so, this also confirms the client. Existing documents keep the old name.
    """
    with cli_errors():
        body = {"client": client, "name": name}
        kept = front_door(url, token).send("me", "POST", "/clients/rename", body, fresh_key())
        show(kept, _show_kept, as_json=as_json)


@client_app.command("list")
def client_list(token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """The clients, and which of them finance has not confirmed."""
    with cli_errors():
        found = front_door(url, token).get("me", "/clients")
        show(found, _show_clients, as_json=as_json)


def _show_clients(found: dict[str, Any]) -> None:
    show_table({"items": found["clients"]}, COLUMNS, "No clients.")


COLUMNS: Columns = {
    "client": lambda row: row["name"],
    "trade": lambda row: row["vertical"],
    "zone": lambda row: row["zone"] or "–",
    "language": lambda row: row["language"] or "–",
    "people": lambda row: ", ".join(person["id"] for person in row["people"]),
    "confirmed": lambda row: "yes" if row["confirmed"] else "not yet",
}
