"""People on the command line: who they are, when they are away, who answers for them, and who takes over."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands import Access
from cli.figures import day_in
from cli.layout import Columns
from cli.naming import id_of, id_of_who_left
from cli.operations import show_done, show_leaving, show_operation, show_operations
from cli.options import AsJson, Person, Token, Url
from cli.terminal import cli_errors, fresh_key, front_door, say, show, show_table
from domain.directory.directory import HOUSE_ROLES
from domain.playbook.model import role_label

people_app = typer.Typer()

Day = Annotated[str, typer.Argument(help="YYYY-MM-DD.")]
Reason = Annotated[str, typer.Option(help="Why, in words.")]
Successor = Annotated[str | None, typer.Option(help="Whom to propose for each role; they hold it once they accept.")]
Of = Annotated[list[str] | None, typer.Option("--role", help="Only this role; repeatable.")]
Position = Annotated[
    list[str] | None,
    typer.Option("--position", help="head_of_delivery=hanne.lund, administrator=ida.holm: who follows. Repeatable."),
]


@people_app.command("import")
def people_import(
    file: Path,
    token: Token,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many would leave.")] = False,
    here: Annotated[
        bool, typer.Option("--here", help="Work on the data of this machine, whoever is signed in.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Import a directory of people in place of the current one; first shows who joins, changes and leaves.

    If nobody is signed in and no token is given, or with --here, it works on the data of this machine. There it can
    also replace a damaged directory.
    """
    from cli.importing import people_import as run  # noqa: PLC0415 -- heavy, and only this command needs it

    run(file, Access(token, url, as_json), dry_run=dry_run, yes=yes, here=here)


@people_app.command("export")
def people_export(
    token: Token,
    file: Annotated[
        Path | None, typer.Argument(help="The file to write. If left out, the directory is printed.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Overwrite an existing file without asking.")] = False,
    url: Url = None,
) -> None:
    """Write the current directory to a file that `people import` takes back unchanged."""
    from cli.importing import people_export as run  # noqa: PLC0415 -- as above

    run(file, Access(token, url, as_json=False), yes=yes)


@people_app.command("list")
def people_list(token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """List everybody in the directory."""
    with cli_errors():
        found = front_door(url, token).get("me", "/people")
        show(found, _show_people, as_json=as_json)


def _show_people(found: dict[str, Any]) -> None:
    for warning in found["warnings"]:
        say(warning)
    show_table({"items": found["people"]}, PEOPLE_COLUMNS, "Nobody.")


@people_app.command("show")
def people_show(person: Person, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Show one person: what they hold, when they are away, who answers for them."""
    with cli_errors():
        show(front_door(url, token).get("me", f"/people/{id_of(person, token, url)}"), _show_person, as_json=as_json)


def _show_person(found: dict[str, Any]) -> None:
    left = "" if found["active"] else " (has left)"
    say(f"{found['id']}  {found['name']}{left}  {found['email']}")
    for name in ("positions", "house_roles", "roles", "deputy", "assistant", "manager"):
        value = ", ".join(map(role_label, found[name])) if isinstance(found[name], list) else found[name]
        if value:
            say(f"  {name.replace('_', ' ')}: {value}")
    for absence in found["absences"]:
        who = f"{absence['delegate_name']} answers" if absence["delegate"] else "nobody was named to answer"
        say(f"  away from {day_in(absence['first'])} to {day_in(absence['last'])}: {who}")
    for given in found["delegations"]:
        say(f"  {_delegation(given)}")
    for name, level in (found["competencies"] or {}).items():
        say(f"  {name.replace('_', ' ')}: {level}")


def _roles(row: dict[str, Any]) -> str:
    """What someone holds in the firm, or their part on a client's side."""
    held = ", ".join(map(role_label, (*row["positions"], *row["house_roles"], *row["roles"], *row["part"])))
    return f"{held} of {row['client']}" if row["client"] else held


def _delegation(given: dict[str, Any]) -> str:
    """Who may answer, when and for what, in one line."""
    scope = [*map(role_label, given["roles"]), *(kind.replace("_", " ") for kind in given["kinds"])]
    scope += [f"up to {given['up_to']}"] if given["up_to"] else []
    who = f"{given['to_name']} ({given['to']})"
    days = f"from {day_in(given['first'])} to {day_in(given['last'])}"
    because = f"; because: {given['reason']}" if given["reason"] else ""
    return f"{who} may answer {days}: {', '.join(scope) or 'everything'}{because}"


@people_app.command("deactivate")
def people_deactivate(
    person: Person,
    reason: Reason,
    token: Token,
    successor: Successor = None,
    position: Position = None,
    leave_vacant: Annotated[
        bool, typer.Option("--leave-vacant", help="Leave roles vacant that the successor may not hold.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would move, in which deals.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Deactivate somebody who leaves: in one step their asks move and their roles fall vacant, or a successor is asked.

    If the successor may not hold a role, nothing is done, and you are told which and why.
    """
    follow = _pairs(position, token, url)
    body = {
        "positions": {name: who for name, who in follow.items() if name not in HOUSE_ROLES},
        "house_roles": {name: who for name, who in follow.items() if name in HOUSE_ROLES},
        "reason": reason,
        "successor": id_of(successor, token, url),
    }
    path = f"/people/{id_of(person, token, url)}/deactivate"
    if dry_run:
        with cli_errors():
            review = front_door(url, token).send("me", "POST", f"{path}/preview", body, fresh_key())
            show(review, show_leaving, as_json=as_json)
    else:
        _operate(path, token, url, as_json, **body, leave_vacant=leave_vacant)


def _pairs(given: list[str] | None, token: str, url: str | None) -> dict[str, str]:
    """Parses `head_of_delivery=hanne.lund` into a position and a person."""
    pairs = [part.partition("=") for part in given or ()]
    if not all(name and equals and person_id for name, equals, person_id in pairs):
        raise typer.BadParameter("write it as head_of_delivery=hanne.lund")
    return {name: id_of(person_id, token, url) for name, _, person_id in pairs}


@people_app.command("reinstate")
def people_reinstate(person: Person, reason: Reason, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Reinstate somebody. What they held stays with its new holders; old tokens and links stay invalid.

    They sign in with a new token: interlock token create PERSON, on the machine.
    """
    _operate(f"/people/{id_of_who_left(person, token, url)}/reinstate", token, url, as_json, reason=reason)


@people_app.command("replace")
def people_replace(
    person: Person,
    by: Annotated[str, typer.Option(help="Who is asked to take over.")],
    reason: Reason,
    token: Token,
    role: Of = None,
    last_day: Annotated[str | None, typer.Option(help="YYYY-MM-DD: until then both are there.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask somebody to take over what a person holds, in every engagement."""
    body = {"successor": id_of(by, token, url), "reason": reason, "roles": role or [], "last_day": last_day}
    _operate(f"/people/{id_of(person, token, url)}/replace", token, url, as_json, **body)


@people_app.command("away")
def people_away(
    person: Person,
    first: Day,
    last: Day,
    token: Token,
    delegate: Annotated[str | None, typer.Option(help="Who answers in the meantime.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record that somebody is away: yourself, whoever you assist, or as the administrator anybody."""
    path, delegate = f"/people/{id_of(person, token, url)}/absences", id_of(delegate, token, url)
    _operate(path, token, url, as_json, first=first, last=last, delegate=delegate)


@people_app.command("back")
def people_back(person: Person, first: Day, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Cancel the absence that begins on a day."""
    _operate(f"/people/{id_of(person, token, url)}/absences/remove", token, url, as_json, first=first)


@people_app.command("delegate")
def people_delegate(
    person: Person,
    to: Annotated[str, typer.Argument(help="Who may answer for them.")],
    first: Day,
    last: Day,
    token: Token,
    role: Of = None,
    kind: Annotated[list[str] | None, typer.Option(help="approve_price, decide_deal, …; repeatable.")] = None,
    up_to: Annotated[str | None, typer.Option(help="Only for amounts up to this.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in words.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody answer for another: on some days, for some roles, kinds of ask and amounts, or for everything."""
    scope = {"roles": role or [], "kinds": kind or [], "up_to": up_to, "reason": reason}
    path, to = f"/people/{id_of(person, token, url)}/delegations", id_of(to, token, url)
    _operate(path, token, url, as_json, to=to, first=first, last=last, **scope)


@people_app.command("undelegate")
def people_undelegate(
    person: Person,
    to: Annotated[str, typer.Argument(help="Who was to answer.")],
    first: Day,
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a delegation."""
    path, to = f"/people/{id_of(person, token, url)}/delegations/end", id_of(to, token, url)
    _operate(path, token, url, as_json, to=to, first=first)


def _operate(path: str, token: str, url: str | None, as_json: bool, **body: Any) -> None:
    with cli_errors():
        done = front_door(url, token).send("me", "POST", path, body, fresh_key())
        show(done, show_done, as_json=as_json)


@people_app.command("operations")
def people_operations(token: Token, before: int | None = None, url: Url = None, as_json: AsJson = False) -> None:
    """List what was done to the directory, the newest first. For administrators and heads."""
    with cli_errors():
        query = {"before": before} if before else {}
        found = front_door(url, token).get("me", "/people/operations", **query)
        show(found, show_operations, as_json=as_json)


@people_app.command("operation")
def people_operation(operation: int, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Show one operation and its effects in each engagement."""
    with cli_errors():
        show(front_door(url, token).get("me", f"/people/operations/{operation}"), show_operation, as_json=as_json)


PEOPLE_COLUMNS: Columns = {
    "id": lambda row: row["id"],
    "name": lambda row: row["name"] + ("" if row["active"] else " (has left)"),
    "roles": lambda row: _roles(row) or "–",
}
