"""Change orders on the command line."""

from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.yaml_source import read_source
from commandline.carrying import Access, Deal, carry_out
from commandline.next_steps import show_next_steps
from commandline.options import AsJson, Token, Url
from commandline.terminal import Columns, as_plain, front_door, hanging, said_plainly, say, show, show_table

change_app = typer.Typer()
Number = Annotated[int, typer.Argument(help="The change: 1.")]
ChangeFile = Annotated[Path, typer.Argument(help="A YAML file: title, reason, work, price, days, flags.")]
Potential = Annotated[str, typer.Argument(help="The potential change: K1.")]
Reason = Annotated[str, typer.Option(help="Why, in words.")]


@change_app.command("list")
def change_list(engagement: Deal, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """The register of changes: what each is, where it was routed, how it stands."""
    with said_plainly():
        show(front_door(url, token).get("me", f"/engagements/{engagement}/changes"), _show_register, as_json=as_json)


def _show_register(found: dict[str, Any]) -> None:
    show_table({"items": found["changes"], "next": None}, CHANGE_COLUMNS, "No changes.")


@change_app.command("show")
def change_show(engagement: Deal, n: Number, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """One change order: what it says, and what comes next."""
    with said_plainly():
        path = f"/engagements/{engagement}/changes/{n}"
        show(front_door(url, token).get("me", path), _show_change, as_json=as_json)


def _show_change(change: dict[str, Any]) -> None:
    say(f"change {change['n']}, revision {change['revision']}: {change['title']} ({change['status']})")
    say(hanging(f"  reason: {change['reason']}"))
    say(f"  price: {change['price']}, days: {change['days']}")
    show_next_steps(change.get("next_steps", []))


@change_app.command("submit")
def change_submit(
    engagement: Deal,
    file: ChangeFile,
    token: Token,
    potential: Annotated[str | None, typer.Option(help="The potential change that it was before: K1.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Submit the change order of a file."""
    with said_plainly():
        body = {"change": as_plain(read_source(file).data), "potential": potential}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/changes", body)


@change_app.command("revise")
def change_revise(
    engagement: Deal, n: Number, file: ChangeFile, token: Token, url: Url = None, as_json: AsJson = False
) -> None:
    """Submit a returned change anew; it is routed again."""
    with said_plainly():
        body = {"change": as_plain(read_source(file).data)}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/changes/{n}/revise", body)


@change_app.command("withdraw")
def change_withdraw(
    engagement: Deal, n: Number, reason: Reason, token: Token, url: Url = None, as_json: AsJson = False
) -> None:
    """Take a change order back."""
    path = f"/engagements/{engagement}/changes/{n}/withdraw"
    carry_out(Access(token, url, as_json), "POST", path, {"reason": reason})


@change_app.command("note")
def change_note(
    engagement: Deal,
    text: Annotated[str, typer.Argument(help="What was asked: “can we also…”")],
    token: Token,
    link: Annotated[str | None, typer.Option(help="Where it was said.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Note a potential change before it is anything else; the engagement manager decides what becomes of it."""
    body = {"text": text, "link": link}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/potential-changes", body)


@change_app.command("drop")
def change_drop(
    engagement: Deal, potential: Potential, reason: Reason, token: Token, url: Url = None, as_json: AsJson = False
) -> None:
    """Say that a potential change becomes no change order after all."""
    path = f"/engagements/{engagement}/potential-changes/{potential}/drop"
    carry_out(Access(token, url, as_json), "POST", path, {"reason": reason})


CHANGE_COLUMNS: Columns = {
    "n": lambda row: str(row["n"]),
    "title": lambda row: row["title"],
    "status": lambda row: row["status"],
    "price": lambda row: row["price"] or "–",
    "days": lambda row: str(row["days"]),
    "route": lambda row: ", ".join(role.replace("_", " ") for role in row["route"]),
}
