"""Change orders on the command line."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.asks import answer_told
from cli.commands import Access, Deal, carry_out, carry_out_whole, told
from cli.deal_content import potential_changes
from cli.figures import money, percent
from cli.layout import Columns
from cli.next_steps import first_step, show_next_steps
from cli.options import AsJson, Token, Url
from cli.terminal import ERR, cli_errors, front_door, hanging, require_confirmed, say, show, show_table
from domain.engagement.changes.lines import in_days
from domain.engagement.changes.outlook import told_outlook
from domain.playbook.model import role_label
from domain.shared.created_items import change_made

change_app = typer.Typer()
Number = Annotated[int, typer.Argument(help="The change: 1.")]
ChangeFile = Annotated[Path, typer.Argument(help="A YAML file: title, reason, items; or price, work, days.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show who would have to approve it, and why.")]
Potential = Annotated[str, typer.Argument(help="The potential change: K1.")]
Reason = Annotated[str, typer.Option(help="Why, in words.")]


@change_app.command("list")
def change_list(engagement: Deal, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """List the register of changes, each with its route and status."""
    with cli_errors():
        show(front_door(url, token).get("me", f"/engagements/{engagement}/changes"), _show_register, as_json=as_json)


def _show_register(found: dict[str, Any]) -> None:
    rows = found["changes"]
    columns = CLIENT_COLUMNS if any(row["view"] == "client" for row in rows) else CHANGE_COLUMNS
    show_table({"items": rows, "next": None}, columns, "No changes.")
    for line in potential_changes(found["potential"]):
        say(hanging(line))


@change_app.command("show")
def change_show(engagement: Deal, n: Number, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Show one change order, and what comes next."""
    with cli_errors():
        path = f"/engagements/{engagement}/changes/{n}"
        show(front_door(url, token).get("me", path), _show_change, as_json=as_json)


def _show_change(change: dict[str, Any]) -> None:
    say(f"change {change['n']}, revision {change['revision']}: {change['title']} ({change['status']})")
    if change.get("by_name"):
        for_whom = f", for {change['for_name']}" if change["for_name"] else ""
        say(f"  submitted by {change['by_name']}{for_whom}")
    say(hanging(f"  reason: {change['reason']}"))
    if change.get("withdrawn_because"):
        say(hanging(f"  withdrawn because: {change['withdrawn_because']}"))
    say(f"  price: {_price(change)}, {in_days(change['days'])}")
    if len(change["items"]) > 1 or any(change["items"][0][name] for name in ("package", "requirement", "text")):
        for n, item in enumerate(change["items"], 1):
            say(hanging(f"  item {n}: {_item(item, change['currency'])}"))
    for line in _lines_of_work(change):
        say(hanging(f"  {line}"))
    for line in told_outlook(change.get("outlook", {})):
        say(hanging(f"  {line}"))
    if change.get("margin_p80") is not None:
        say(f"  margin after it: {percent(change['margin_p80'])} at P80")
    if change.get("route"):
        needs = "needs" if change["status"] in {"pending", "returned"} else "needed"
        say(hanging(f"  {needs} the approval of: {', '.join(map(role_label, change['route']))}"))
    for line in _judgements(change):
        say(hanging(f"  {line}"))
    show_next_steps(change.get("next_steps", []))


def _lines_of_work(change: dict[str, Any]) -> Iterator[str]:
    """Its work, one line each: `L1 data, senior: 8/12/20 h, given by Kofi Mensah`."""
    for name, line in change.get("lines", {}).items():
        points = "/".join(f"{Decimal(line['hours'][at]):f}" for at in ("optimistic", "likely", "pessimistic"))
        by = change["estimated_by_name"].get(name)
        given = f"given by {by}" if by else "a first guess, not yet given by an expert"
        yield f"{name} {line['discipline']}, {line['grade'].replace('_', ' ')}: {points} h, {given}"


def _judgements(change: dict[str, Any]) -> Iterator[str]:
    """The answers of its approvers and signers by revision, in the order in which they were asked."""
    several, last = change["revision"] > 1 if "asks" in change else False, None
    for ask in change.get("asks", []):
        revision = change["revisions"].get(ask["id"])
        if revision is None or not ask["answers"]:
            continue
        if several and revision != last:
            yield f"revision {revision}:"
        last = revision
        yield from (answer_told(answer) for answer in ask["answers"])


def _item(item: dict[str, Any], currency: str) -> str:
    package = f" {item['package']}" if item["package"] else ""
    if item["requirement"]:
        package = f", {item['requirement']} {'new text' if item['text'] else 'is removed'}"
    amount = money(item["amount"], currency) if item["amount"] else "–"
    return f"{item['kind'].replace('_', ' ')}{package}: {amount}, {in_days(item['days'])}" + (
        f". {item['text']}" if item["text"] else ""
    )


def _price(change: dict[str, Any]) -> str:
    """A dash for those who may not see it."""
    return money(change["price"], change["currency"]) if change["price"] else "–"


@change_app.command("submit")
def change_submit(
    engagement: Deal,
    file: ChangeFile,
    token: Token,
    potential: Annotated[str | None, typer.Option(help="The potential change that it comes from: K1.")] = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, even if the same was submitted before.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Submit the change order in a file, or only show who would have to approve it.

    If another change says the same, you are asked to confirm.
    """
    access = Access(token, url, as_json)
    if not dry_run and not yes:
        _ask_whether_it_is_meant(access, engagement, file, potential)
    _send(access, engagement, file, potential=potential, dry_run=dry_run)


def _ask_whether_it_is_meant(access: Access, engagement_id: str, file: Path, potential: str | None) -> None:
    """Ends the command if another change says the same and no one confirms that this one is meant too."""
    with cli_errors():
        path = f"/engagements/{engagement_id}/changes/preview"
        found = carry_out_whole(access, path, file, "change", {"potential": potential})
    if found["same_as"] is None:
        return
    say(f"Change {found['same_as']} says the same: interlock change show {engagement_id} {found['same_as']}", ERR)
    require_confirmed("Submit another one anyway?", "Nothing was submitted.")


def _send(
    access: Access, engagement_id: str, file: Path, *, dry_run: bool, potential: str | None = None, n: int | None = None
) -> None:
    """Submits a change order, or revises the n-th; with `dry_run`, only its route is requested."""
    with cli_errors():
        if dry_run:
            draft, path = {"potential": potential, "revises": n}, f"/engagements/{engagement_id}/changes/preview"
            show(carry_out_whole(access, path, file, "change", draft), _show_route, as_json=access.as_json)
        elif n:
            path = f"/engagements/{engagement_id}/changes/{n}/revise"
            _tell(access, carry_out_whole(access, path, file, "change", {}), str(n))
        else:
            path = f"/engagements/{engagement_id}/changes"
            receipt = carry_out_whole(access, path, file, "change", {"potential": potential})
            _tell(access, receipt, str(change_made(receipt["made"]) or ""))


def _tell(access: Access, receipt: dict[str, Any], n: str) -> None:
    told(front_door(access.url, access.token), receipt, as_json=access.as_json, change=n)


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
    say("The hours that delivery gives may change the route.")
    if found["same_as"] is not None:
        say(f"Change {found['same_as']} says the same.")


def _named(row: dict[str, Any]) -> str:
    who = row["who"]["name"] if row["who"] else "vacant"
    return f"{role_label(row['role'])} ({who})"


def _counted(found: dict[str, Any]) -> str:
    """The amount that decides the route, if it is more than what is paid."""
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
    """Submit a returned change again; it is routed again. Or only show who would have to approve it."""
    _send(Access(token, url, as_json), engagement, file, n=n, dry_run=dry_run)


@change_app.command("withdraw")
def change_withdraw(
    engagement: Deal, n: Number, reason: Reason, token: Token, url: Url = None, as_json: AsJson = False
) -> None:
    """Withdraw a change order."""
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
    """Record a potential change; the engagement manager decides whether it becomes a change order."""
    body = {"text": text, "link": link}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/potential-changes", body)


@change_app.command("drop")
def change_drop(
    engagement: Deal, potential: Potential, reason: Reason, token: Token, url: Url = None, as_json: AsJson = False
) -> None:
    """Drop a potential change that was to become a change order."""
    path = f"/engagements/{engagement}/potential-changes/{potential}/drop"
    carry_out(Access(token, url, as_json), "POST", path, {"reason": reason})


CLIENT_COLUMNS: Columns = {
    "n": lambda row: str(row["n"]),
    "title": lambda row: row["title"],
    "status": lambda row: row["status"],
    "price": _price,
    "days": lambda row: str(row["days"]),
}
CHANGE_COLUMNS: Columns = {
    **CLIENT_COLUMNS,
    "route": lambda row: ", ".join(role.replace("_", " ") for role in row["route"]),
    "next step": first_step,
}
