"""Deals and their life cycle on the command line, as the token's owner."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.files.yaml_source import content_of
from adapters.rest_client import FrontDoor
from cli.commands import Access, ask_whether_it_is_meant, by_line, carry_out, told
from cli.dates import deal_dates, staffing_in_a_line
from cli.deal_content import show_content
from cli.figures import day_in, money
from cli.layout import Columns
from cli.next_steps import first_step, show_next_steps
from cli.options import AsJson, Token, Url
from cli.reconciliation import is_reconciled_at, show_closing, show_reconciliation
from cli.roles import Reason, deal_coverage, show_vacancies
from cli.terminal import ERR, cli_errors, fresh_key, front_door, hanging, say, say_command, show, show_table
from domain.deal_file.opening import opening_of
from domain.playbook.model import role_label
from domain.shared.streams import engagement_of

deal_app = typer.Typer()
deal_app.command("coverage")(deal_coverage)
deal_app.command("dates")(deal_dates)


def _stage(row: dict[str, Any]) -> Iterator[str]:
    """Its stage, and whether anything blocks it."""
    yield row["stage"]
    if row["held_until"]:
        come = ", which has come" if row["hold_has_come"] else ""
        yield f"on hold until {day_in(row['held_until'])}{come}"
    if row["stopped"]:
        yield "STOPPED"


@deal_app.command("start")
def deal_start(file: Path, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Start the deal in a file: parties, needs, promises, scope, milestones, purchases and requirements, or nothing."""
    with cli_errors():
        door = front_door(url, token)
        deal = _checked(door, file)
        alike = _running_alike(door, deal)
        started = door.send("me", "POST", "/engagements", opening_of(deal), fresh_key())
        if not as_json and any(row["hours"] for row in deal["work_packages"]):
            say("The hours in the file are left out: the seller does not estimate.")
        told(door, started, as_json=as_json)
        for other in alike:
            same = f"{other} is also running, with the same title for the same client. If this one is a mistake:"
            lose = f'interlock deal lose {engagement_of(started["stream"])} --reason "Started twice"'
            say_command(lose, same, ERR)


def _running_alike(door: FrontDoor, deal: dict[str, Any]) -> list[str]:
    """The person's own running deals that the file may have started before: only `external` prevents a second start."""
    found = door.get("me", "/engagements", q=deal["title"], mine=True)["items"]
    same = (row for row in found if all(row[name] == deal[name] for name in ("title", "client")))
    return [row["id"] for row in same if row["next_step"]]


@deal_app.command("check")
def deal_check(file: Path, token: Token, url: Url = None) -> None:
    """Check the file of a deal, line by line; start nothing."""
    with cli_errors():
        _checked(front_door(url, token), file)
        say(f"{file} can be started.")


def _checked(door: FrontDoor, file: Path) -> dict[str, Any]:
    """Has the stack check a file, so that no part of an invalid deal is started. Raises FileRefused."""
    checked = by_line(file, lambda: door.send_file("me", "/deal-files/check", content_of(file)))
    for warning in checked["warnings"]:
        say(f"{file}: {warning}", ERR)
    deal: dict[str, Any] = checked["deal"]
    return deal


@deal_app.command("list")
def deal_list(
    token: Token,
    stage: str | None = None,
    mine: bool = False,
    external: Annotated[str | None, typer.Option(help="Where it comes from: crm:OPP-4711.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the deals that you can see."""
    with cli_errors():
        query = {"stage": stage, "mine": mine or None, "external": external}
        found = front_door(url, token).get("me", "/engagements", **{k: v for k, v in query.items() if v is not None})
        show(found, _show_deals, as_json=as_json)


def _show_deals(found: dict[str, Any]) -> None:
    show_table(found, DEAL_COLUMNS, "No deals that you can see.")


@deal_app.command("show")
def deal_show(engagement: str, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Show a deal: its stage, what and whom it waits for; once delivered, what was promised and what came of it."""
    with cli_errors():
        door, path = front_door(url, token), f"/engagements/{engagement}"
        state = door.get("me", path)
        show(state, _show_deal, as_json=as_json)
        if not as_json and is_reconciled_at(state):
            show_reconciliation(door.get("me", f"{path}/reconciliation"))


def _show_awaited(state: dict[str, Any]) -> None:
    """What a deal waits for from the client's side, besides what the reader, a person of the client, owes."""
    if state["view"] != "client":
        return
    for sentence in state["awaited"]:
        say(hanging(f"  {sentence}"))
    if not (state["next_steps"] or state["awaited"]):
        say("  Nothing is needed from your side now.")


def _show_deal(state: dict[str, Any]) -> None:
    """Shows a deal on one screen. A client's person sees less."""
    say(f"{state['id']}  {state['title']}")
    if state.get("stopped"):
        say(f"  STOPPED: {state['stopped']}")
    show_vacancies(state.get("vacancies", []))
    say(f"for {state['client']}: {state['stage']}")
    _show_hold(state)
    if state.get("accountable"):
        say(f"accountable: {state['accountable']['name']}; sales: {state['salesperson']['name']}")
    _show_terms(state)
    _show_documents(state)
    _show_end(state)
    show_next_steps(state["next_steps"])
    _show_awaited(state)
    show_content(state)
    for change in state.get("changes", []):
        say(f"  change {change['n']} {change['status']}: {change['title']}")
    shown = len(state.get("complaints", []))
    before = state.get("complaints_in_all", shown) - shown
    if before:
        say(f"  {before} earlier {'complaint' if before == 1 else 'complaints'}, in the ledger")
    for complaint in state.get("complaints", []):
        say(hanging(f"  {_complaint(complaint)}"))
    for task in state.get("tasks", []):
        say(hanging(f"  {_condition(task)}"))


def _condition(task: dict[str, Any]) -> str:
    """`condition T1: Insure the data (Ida Holm, due Fri 6 Nov 2026; set by Grace Oduya)`; once met, with the note."""
    what, owner = task["text"] or "in the words of a decision that you cannot see", task["owner_name"]
    if task["done"]:
        return f"condition {task['id']}, met: {what} ({owner})" + (f". {task['note']}" if task["note"] else "")
    by = f"; set by {task['set_by_name']}" if task["set_by_name"] else ""
    return f"condition {task['id']}: {what} ({owner}, due {day_in(task['due'])}{by})"


def _complaint(one: dict[str, Any]) -> str:
    """`complaint X1 of Anna Lindqvist: The invoice was late. To be planned …`; the reader's own without the name."""
    of = f" of {one['complained_by']}" if one.get("complained_by") else ""
    said = f": {one['text']}" if one["text"] else ""
    who = one["whose"]["name"] if isinstance(one["whose"], dict) else one["whose"]
    whose = f" by {who}" if who else ""
    due = f", due {one['due_shown']}" if one["due_shown"] else ""
    plan = f"{one['planned_by']} plans: {one['plan']}" if one["plan"] else f"{one['stands']}{whose}{due}"
    return f"complaint {one['id']}{of}{said} ({plan})"


def _show_hold(state: dict[str, Any]) -> None:
    if not state.get("hold"):
        return
    say(hanging(state["hold_told"].replace("On hold", "ON HOLD", 1)))
    if state.get("accountable"):
        say_command(
            f"interlock deal resume {state['id']}", f"  {state['accountable']['name']} can resume it, also earlier:"
        )
        say_command(f"interlock deal hold {state['id']} --until DAY --reason REASON", "  or extend it:")


def _show_end(state: dict[str, Any]) -> None:
    """Why it was lost or cancelled, or how it ended, as far as the reader may see that."""
    if state.get("ended_because"):
        say(hanging(f"because: {state['ended_because']}"))
    if state.get("closing"):
        show_closing(state["closing"], state["currency"])


def _show_terms(state: dict[str, Any]) -> None:
    """The requested dates, whether they can be staffed, and the price."""
    if state.get("wished_start"):
        say(f"requested: from {day_in(state['wished_start'])} to {day_in(state['wished_end'])}")
    if state.get("staffing") and not _is_signed(state, "sow"):
        say(hanging(f"staffing: {staffing_in_a_line(state['staffing'])}"))
    if state.get("price"):
        say(f"price: {_price(state['price'])}")
        if state["price"]["payment"]:
            say(hanging(f"payment: {state['price']['payment']}"))


def _price(price: dict[str, Any]) -> str:
    """The price as first signed, and as changed by signed change orders; without the discount for a client's person."""
    first, now = (money(price[name], price["currency"]) for name in ("price", "price_now"))
    so = f", {Decimal(price['discount_percent']):f} % discount, {price['status']}" if "status" in price else ""
    return f"{first}{so}" if first == now else f"{now} now, with all signed change orders; {first} as first signed{so}"


def _show_documents(state: dict[str, Any]) -> None:
    """One line for each document: its revision and state, until when it can be signed, who signed it and when."""
    for kind, document in state.get("documents", {}).items():
        status = STANDS.get(document["status"], document["status"].replace("_", " "))
        until = document["offered_until"] if document["status"] == "sent" else None
        last_day = f", can be signed until {day_in(until)}" if until else ""
        signed = "".join(f"; {signature[0].lower()}{signature[1:]}" for signature in document["signed_shown"])
        because = f" ({document['stale_because']})" if document["stale_because"] else ""
        say(hanging(f"{kind.upper()} revision {document['revision']}: {status}{because}{last_day}{signed}"))


# The state of a document, in words.
STANDS = {
    "in_review": "in internal review",
    "approved_inside": "approved internally, not sent yet",
    "sent": "sent for signature",
    "signed": "signed by both sides",
    "returned": "returned, to be drafted again",
    "stale": "no longer valid, to be drafted again",
}


def _is_signed(state: dict[str, Any], kind: str) -> bool:
    """True once both sides have signed a document: nothing that preceded it is awaited any more."""
    return bool((state["documents"].get(kind) or {}).get("status") == "signed")


@deal_app.command("capacity")
def deal_capacity(engagement: str, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Show whether the requested dates can be staffed: hours by discipline and week, and from when it fits."""
    with cli_errors():
        show(front_door(url, token).get("me", f"/engagements/{engagement}/capacity"), show_capacity, as_json=as_json)


def show_capacity(picture: dict[str, Any]) -> None:
    """Each week in which a discipline is needed, and the resulting load."""
    wished = f"from {day_in(picture['wished_start'])} to {day_in(picture['wished_end'])}"
    say(f"{picture['engagement_id']}  requested {wished}")
    say(overbooked_in_a_line(picture) or "Nothing is overbooked.")
    rows = [{**of, **week} for of in picture["disciplines"] for week in of.pop("weeks")]
    for row in rows:
        row["wanted"] = f"{Decimal(row['needed']) + Decimal(row['others']):f}"
    show_table({"items": sorted(rows, key=_by_week)}, CAPACITY_COLUMNS, "No hours are known yet.")


def _by_week(row: dict[str, Any]) -> tuple[str, str]:
    return row["week"], row["discipline"]


def overbooked_in_a_line(reckoned: dict[str, Any] | None) -> str:
    """What is overbooked and from when it fits, in one line; nothing if nothing is."""
    if not reckoned or not reckoned["overbooked"]:
        return ""
    weeks: dict[str, list[str]] = {}
    for place in reckoned["overbooked"]:
        weeks.setdefault(place["discipline"], []).append(place["week"])
    lines = [f"{name} in {len(found)} from {day_in(found[0])}" for name, found in weeks.items()]
    more = f" and {reckoned['more']} more" if reckoned["more"] else ""
    fits = "fits in no week of the next two years"
    if reckoned["fits_from"]:
        fits = f"fits from {day_in(reckoned['fits_from'])}"
    return f"weeks overbooked: {', '.join(lines)}{more}; {fits}"


@deal_app.command("watch")
def deal_watch(engagement: str, token: Token, url: Url = None, seconds: float = 600.0) -> None:
    """Show a deal whenever it moves, until it ends or the time is up."""
    with cli_errors():
        door, until, seen = front_door(url, token), time.monotonic() + seconds, -1
        while time.monotonic() < until:
            state = door.get("me", f"/engagements/{engagement}")
            if state["seq"] != seen:
                seen = state["seq"]
                _show_deal(state)
            if state["stage"] in {"closed", "lost", "cancelled"}:
                return
            time.sleep(1)


def _sent(
    engagement_id: str, how: str, body: dict[str, Any] | None, token: str, url: str | None, *, as_json: bool
) -> None:
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement_id}/{how}", body)


@deal_app.command("hold")
def deal_hold(
    engagement: str,
    reason: Reason,
    until: Annotated[str, typer.Option(help="The last day of the hold (YYYY-MM-DD), at most 30 days ahead.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put a deal on hold until a day, pausing all deadlines; or extend the hold."""
    _sent(engagement, "hold", {"reason": reason, "until": until}, token, url, as_json=as_json)


@deal_app.command("resume")
def deal_resume(engagement: str, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Resume a deal; all deadlines run again."""
    _sent(engagement, "resume", None, token, url, as_json=as_json)


@deal_app.command("lose")
def deal_lose(engagement: str, token: Token, reason: Reason, url: Url = None, as_json: AsJson = False) -> None:
    """Record a deal as lost, and why, until both sides have signed."""
    _sent(engagement, "lose", {"reason": reason}, token, url, as_json=as_json)


@deal_app.command("cancel")
def deal_cancel(engagement: str, token: Token, reason: Reason, url: Url = None, as_json: AsJson = False) -> None:
    """Cancel a deal; after both sides have signed, the provider sponsor is asked."""
    _sent(engagement, "cancel", {"reason": reason}, token, url, as_json=as_json)


@deal_app.command("close")
def deal_close(
    engagement: str,
    token: Token,
    lessons: Annotated[str | None, typer.Option(help="Lessons learnt; nothing can be added later.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever is left open.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Close a deal in which nothing is owed any more.

    If something was never billed or answered, or no lessons are given, you are asked to confirm.
    """
    if not yes:
        ask_whether_it_is_meant(
            Access(token, url, as_json),
            f"/engagements/{engagement}/close/preview",
            lambda _: "Close it anyway?",
            "Nothing was closed.",
            lessons=lessons is not None,
        )
    _sent(engagement, "close", {"lessons": lessons}, token, url, as_json=as_json)


DEAL_COLUMNS: Columns = {
    "deal": lambda row: row["id"],
    "client": lambda row: row["client"],
    "title": lambda row: row["title"],
    "stage": lambda row: ", ".join(_stage(row)),
    "vacant": lambda row: ", ".join(map(role_label, row["vacant"])) or "–",
    "next step": first_step,
}
CAPACITY_COLUMNS: Columns = {
    "week": lambda row: day_in(row["week"]),
    "discipline": lambda row: row["discipline"],
    "needed": lambda row: row["needed"],
    "by others": lambda row: row["others"],
    "together": lambda row: row["wanted"],
    "free": lambda row: row["free"] or "–",
    "": lambda row: "OVERBOOKED" if row["overbooked"] else "",
}
