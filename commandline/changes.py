"""Change orders on the command line."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from commandline.asks import answer_told
from commandline.carrying import Access, Deal, carry_out, carry_out_whole, told
from commandline.figures import money, percent
from commandline.layout import Columns
from commandline.next_steps import show_next_steps
from commandline.options import AsJson, Token, Url
from commandline.terminal import front_door, hanging, said_plainly, say, show, show_table
from domain.engagement.change_facts import in_days
from domain.engagement.outlook import told_outlook
from domain.playbook import role_label

change_app = typer.Typer()
Number = Annotated[int, typer.Argument(help="The change: 1.")]
ChangeFile = Annotated[Path, typer.Argument(help="A YAML file: title, reason, items; or price, work, days.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show who would have to approve it, and why.")]
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
    if change.get("withdrawn_because"):
        say(hanging(f"  withdrawn because: {change['withdrawn_because']}"))
    say(f"  price: {_price(change)}, {in_days(change['days'])}")
    if len(change["items"]) > 1 or change["items"][0]["package"] or change["items"][0]["text"]:
        for n, item in enumerate(change["items"], 1):
            say(hanging(f"  item {n}: {_item(item, change['currency'])}"))
    for line in told_outlook(change.get("outlook", {})):
        say(hanging(f"  {line}"))
    if change.get("margin_p80") is not None:
        say(f"  margin after it: {percent(change['margin_p80'])} at P80")
    if change.get("route"):
        needs = "needs" if change["status"] in {"pending", "returned"} else "needed"
        say(hanging(f"  {needs} the approval of: {', '.join(map(role_label, change['route']))}"))
    for answer in _judgements(change):
        say(hanging(f"  {answer_told(answer)}"))
    show_next_steps(change.get("next_steps", []))


def _judgements(change: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What those said who were to approve it or sign it, in the order in which they were asked."""
    for ask in change.get("asks", []):
        if ask["kind"] in {"approve_change", "sign_change"}:
            yield from ask["answers"]


def _item(item: dict[str, Any], currency: str) -> str:
    package = f" {item['package']}" if item["package"] else ""
    amount = money(item["amount"], currency) if item["amount"] else "–"
    return f"{item['kind'].replace('_', ' ')}{package}: {amount}, {in_days(item['days'])}" + (
        f". {item['text']}" if item["text"] else ""
    )


def _price(change: dict[str, Any]) -> str:
    """For whoever may not see it a dash."""
    return money(change["price"], change["currency"]) if change["price"] else "–"


@change_app.command("submit")
def change_submit(
    engagement: Deal,
    file: ChangeFile,
    token: Token,
    potential: Annotated[str | None, typer.Option(help="The potential change that it was before: K1.")] = None,
    dry_run: DryRun = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Submit the change order of a file, or only show who would have to approve it."""
    _send(Access(token, url, as_json), engagement, file, potential=potential, dry_run=dry_run)


def _send(
    access: Access, engagement: str, file: Path, *, dry_run: bool, potential: str | None = None, n: int | None = None
) -> None:
    """Submits a change order, or revises the n-th; with `dry_run` only its route is asked for."""
    with said_plainly():
        if dry_run:
            draft, path = {"potential": potential, "revises": n}, f"/engagements/{engagement}/changes/preview"
            show(carry_out_whole(access, path, file, "change", draft), _show_route, as_json=access.as_json)
        elif n:
            path = f"/engagements/{engagement}/changes/{n}/revise"
            _tell(access, carry_out_whole(access, path, file, "change", {}))
        else:
            path = f"/engagements/{engagement}/changes"
            _tell(access, carry_out_whole(access, path, file, "change", {"potential": potential}))


def _tell(access: Access, receipt: dict[str, Any]) -> None:
    told(front_door(access.url, access.token), receipt, as_json=access.as_json)


def _show_route(found: dict[str, Any]) -> None:
    """Who would have to approve a change, and why; then who would sign, and the figures that decided it."""
    currency = found["currency"]
    say(f"Nothing is submitted. Change {found['n']} would go to:")
    for row in found["approvers"]:
        say(hanging(f"  {_named(row)}, since {', and '.join(row['because'])}"))
    say(hanging(f"Signed by: {', then '.join(map(_named, found['signers']))}."))
    say(hanging(f"Price: {money(found['price'], currency)}, {in_days(found['days'])}. {_counted(found)}"))
    say(
        hanging(
            f"All changes together: {money(found['together_value'], currency)} "
            f"({found['together_percent']} % of the contract), {in_days(found['together_days'])}."
        )
    )
    if found["margin_p80"] is not None:
        say(f"Margin after it: {percent(found['margin_p80'])} at P80.")
    for line in told_outlook(found["outlook"]):
        say(hanging(line))
    say("Delivery's own hours may change the route.")


def _named(row: dict[str, Any]) -> str:
    who = row["who"]["name"] if row["who"] else "vacant"
    return f"{role_label(row['role'])} ({who})"


def _counted(found: dict[str, Any]) -> str:
    """What routes it, where that is more than what is paid."""
    if (Decimal(found["value"]), found["all_days"]) == (abs(Decimal(found["price"])), abs(found["days"])):
        return ""
    value = money(found["value"], found["currency"])
    return f"It counts as {value} and {in_days(found['all_days'])}, each item by itself."


@change_app.command("revise")
def change_revise(
    engagement: Deal,
    n: Number,
    file: ChangeFile,
    token: Token,
    dry_run: DryRun = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Submit a returned change anew; it is routed again. Or only show who would have to approve it."""
    _send(Access(token, url, as_json), engagement, file, n=n, dry_run=dry_run)


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
    "price": _price,
    "days": lambda row: str(row["days"]),
    "route": lambda row: ", ".join(role.replace("_", " ") for role in row["route"]),
}
