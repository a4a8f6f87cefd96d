"""Delivery on the command line: handoff, milestones, hours, contacts, pulses, complaints, conditions."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.files.yaml_source import FileProblem, FileRefused
from adapters.rest_client import RefusedError
from cli.commands import Access, Deal, ask_whether_it_is_meant, carry_out, told
from cli.layout import Columns
from cli.naming import id_of
from cli.options import AsJson, Token, Url
from cli.terminal import cli_errors, fresh_key, front_door, say, show, show_table
from domain.deal_file.hours_table import HoursRow, NoTableError, hours_in

delivery_app = typer.Typer()
Person = Annotated[str, typer.Argument(help="A person at the client: their id, or their full name.")]


@delivery_app.command("handoff")
def delivery_handoff(
    engagement: Deal,
    plan: Annotated[str, typer.Option(help="How the work is planned, in words.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Hand over to delivery; the project manager and the delivery lead are asked to accept."""
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/handoff", {"plan": plan})


@delivery_app.command("milestone")
def delivery_milestone(
    engagement: Deal,
    milestone: Annotated[str, typer.Argument(help="The milestone: M1.")],
    token: Token,
    note: Annotated[str | None, typer.Option(help="What the client should know.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however early it is.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Deliver a milestone; the client's sponsor is asked to accept it.

    Long before its due day, or before an earlier milestone, you are asked to confirm.
    """
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/milestones/{milestone}/deliver"
    if not yes:
        ask_whether_it_is_meant(
            access,
            f"{path}/preview",
            lambda found: f"Deliver {found['milestone']} {found['title']} anyway?",
            "Nothing was delivered.",
        )
    carry_out(access, "POST", path, {"note": note})


@delivery_app.command("take-back")
def delivery_take_back(
    engagement: Deal,
    milestone: Annotated[str, typer.Argument(help="The milestone: M1.")],
    reason: Annotated[str, typer.Option(help="Why it is not delivered; the client reads it.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Take back a delivered milestone, until the client has answered; they are told why."""
    path = f"/engagements/{engagement}/milestones/{milestone}/take-back"
    carry_out(Access(token, url, as_json), "POST", path, {"reason": reason})


@delivery_app.command("bill")
def delivery_bill(
    engagement: Deal,
    milestone: Annotated[str, typer.Argument(help="The milestone: M1.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask finance again to bill a milestone for which they had said that nothing is due; until the close."""
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/milestones/{milestone}/bill")


@delivery_app.command("hours")
def delivery_hours(
    engagement: Deal,
    token: Token,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV file with the columns item,hours, by commas or semicolons; without one, what is recorded."
        ),
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record all hours worked so far on packages (W1) and changes (C1), from a file; without one, show them."""
    if file is None:
        with cli_errors():
            found = front_door(url, token).get("me", f"/engagements/{engagement}/actuals")
            show(found, _show_hours, as_json=as_json)
        return
    with cli_errors():
        rows, access = _rows(file), Access(token, url, as_json)
        door, body = front_door(url, token), {"hours": [row.values for row in rows]}
        try:
            receipt = door.send("me", "POST", f"/engagements/{engagement}/actuals", body, fresh_key())
        except RefusedError as refused:
            raise _by_line(file, rows, refused) from None
        told(door, receipt, as_json=access.as_json)


def _show_hours(found: dict[str, Any]) -> None:
    """Each package and change, with downward corrections below it."""
    show_table(found, HOURS_COLUMNS, "There is nothing yet to record hours on.")
    for report in found["reports"]:
        if report["was"] is not None and Decimal(report["hours"]) < Decimal(report["was"]):
            when = f"{report['by_name']} on {report['at_shown']}"
            say(f"{report['item']}: {report['hours']} h, was {report['was']} h; corrected by {when}.")


def _last(row: dict[str, Any], what: str) -> str:
    return str(row["last"][what]) if row["last"] else "–"


def _rows(file: Path) -> list[HoursRow]:
    """The rows of the file. Raises FileRefused, naming the line."""
    try:
        rows = list(hours_in(file.read_bytes().decode("utf-8-sig")))
    except UnicodeDecodeError as wrong:
        raise FileRefused(_problem(file, 1, f"is not text in UTF-8 ({wrong})")) from None
    except NoTableError as wrong:
        raise FileRefused(_problem(file, wrong.line, str(wrong))) from None
    if not rows:
        raise FileRefused(_problem(file, 1, "it has no hours"))
    return rows


def _problem(file: Path, line: int, message: str, remedy: str = "") -> FileProblem:
    remedy = remedy or "The first line must be item,hours; each line after it such as W1,120."
    return FileProblem(file=str(file), line=line, path="", message=message, remedy=remedy)


def _by_line(file: Path, rows: list[HoursRow], refused: RefusedError) -> Exception:
    """Turns a refusal of rows into problems of the file; returns any other as it is."""
    named = refused.fields or ({"field": refused.refused.field or "", "message": refused.refused.detail},)
    problems = [_of_row(file, rows, one, refused) for one in named if OF_ROW.match(str(one["field"]))]
    return FileRefused(*problems) if problems else refused


def _of_row(file: Path, rows: list[HoursRow], one: dict[str, Any], refused: RefusedError) -> FileProblem:
    found = OF_ROW.match(str(one["field"]))
    line = rows[int(found[1])].line if found is not None and int(found[1]) < len(rows) else 1
    return _problem(file, line, str(one["message"]).rstrip("."), str(one.get("remedy") or refused.refused.remedy))


# How a refusal refers to a row of the request.
OF_ROW = re.compile(r"hours\.(\d+)\b")


@delivery_app.command("contact")
def delivery_contact(
    engagement: Deal,
    person: Person,
    summary: Annotated[str, typer.Option(help="What was said.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record a contact with the client."""
    body = {"person_id": id_of(person, token, url), "summary": summary}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/contacts", body)


@delivery_app.command("pulse")
def delivery_pulse(
    engagement: Deal,
    person: Person,
    at: Annotated[str, typer.Option(help="The milestone it is about: M1.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask somebody at the client how satisfied they are."""
    body = {"at": at, "person_id": id_of(person, token, url)}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/pulses", body)


@delivery_app.command("complaint")
def delivery_complaint(
    engagement: Deal,
    text: Annotated[
        str, typer.Option(help="What the client complains of. Whoever complained reads exactly what you write.")
    ],
    token: Token,
    by: Annotated[str | None, typer.Option("--from", help="Who at the client complained: their id, or name.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record a complaint of the client. Whoever complained is told who takes care of it, and what is done."""
    body = {"text": text, "person_id": id_of(by, token, url)}
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/complaints", body)


@delivery_app.command("withdraw-complaint")
def delivery_withdraw_complaint(
    engagement: Deal,
    complaint: Annotated[str, typer.Argument(help="The complaint: X1.")],
    reason: Annotated[str, typer.Option(help="Why it was not a complaint; whoever complained reads it.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a complaint that was recorded by mistake, until its plan is made."""
    path = f"/engagements/{engagement}/complaints/{complaint}/withdraw"
    carry_out(Access(token, url, as_json), "POST", path, {"reason": reason})


@delivery_app.command("condition")
def delivery_condition(
    engagement: Deal,
    task: Annotated[str, typer.Argument(metavar="CONDITION", help="The condition: T1.")],
    note: Annotated[str, typer.Option(help="What was done.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Mark a condition as met."""
    path = f"/engagements/{engagement}/tasks/{task}/complete"
    carry_out(Access(token, url, as_json), "POST", path, {"note": note})


HOURS_COLUMNS: Columns = {
    "item": lambda row: row["item"],
    "what": lambda row: row["title"] + (f", removed by change {row['removed_by']}" if row["removed_by"] else ""),
    "estimate": lambda row: row["estimate"] or "–",
    "worked": lambda row: row["hours"] or "–",
    "recorded by": lambda row: _last(row, "by_name"),
    "on": lambda row: _last(row, "at_shown"),
}
