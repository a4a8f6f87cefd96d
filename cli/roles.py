"""Roles on the command line: who answers for what, what is vacant, who could take it, and how they come to hold it."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

import typer

from cli.commands import Access, carry_out
from cli.figures import day_in, day_of
from cli.layout import Columns
from cli.naming import id_of
from cli.options import AsJson, Token, Url
from cli.terminal import cli_errors, front_door, say, show, show_table
from domain.playbook.model import role_label, role_named
from domain.shared.text import sentence

role_app = typer.Typer()
vacancy_app = typer.Typer()

Deal = Annotated[str, typer.Argument(help="Its number: ENG-2026-0042.")]
Role = Annotated[
    str, typer.Argument(help='"engagement manager", "expert for data", …', parser=role_named, metavar="ROLE")
]
Person = Annotated[str, typer.Argument(help="Their id or full name, from the directory.")]
Reason = Annotated[str, typer.Option(help="Why, in words.")]
Until = Annotated[str | None, typer.Option(help="YYYY-MM-DD: held until then.")]
Expected = Annotated[
    list[str] | None, typer.Option("--expect", help='"what;YYYY-MM-DD", or without a date; repeatable.')
]
Waive = Annotated[str | None, typer.Option(help='"reason;YYYY-MM-DD": waive missing levels until then.')]


# -- viewing


def deal_coverage(engagement: Deal, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Show the coverage matrix of a deal: who answers for each function on both sides, and for each gate."""
    with cli_errors():
        found = front_door(url, token).get("me", f"/engagements/{engagement}/coverage")
        show(found, _show_coverage, as_json=as_json)


def _show_coverage(found: dict[str, Any]) -> None:
    show_vacancies(found["vacancies"])
    names = found["people"]
    rows = {"items": [{**row, "names": names} for row in found["coverage"]]}
    show_table(rows, COVERAGE_COLUMNS, "Nothing is needed yet.")
    for function in found["not_needed"]:
        say(f"{function['function']}: not needed, {function['why']}")
    for party in found["client_side"]:
        say(f"{role_label(party['party'])}: {party['name'] or 'not named yet'}")
    gates = {"items": [{**gate, "names": names, "coverage": found["coverage"]} for gate in found["raci"]]}
    show_table(gates, GATE_COLUMNS, "No gate.")


def show_vacancies(vacancies: list[dict[str, Any]]) -> None:
    """What is vacant, shown before anything else."""
    for vacancy in vacancies:
        role, since = role_label(vacancy["role"]), vacancy["since_shown"]
        asked = vacancy["asked_name"]
        whose = f"{asked} is asked." if asked else f"{vacancy['accountable_name']} must fill it."
        say(f"  VACANT {role} since {since}. {sentence(vacancy['because'])} {whose}")


def _held(row: dict[str, Any]) -> str:
    if row["holder"] is None:
        pending = row["pending"]
        return ("VACANT" if row["vacant"] else "–") + (f" ({_pending(row, pending)})" if pending else "")
    beside = "".join(f", {_name(row, person)}" for person in row["further"])
    return str(row["holder_name"]) + "".join(f" ({note})" for note in _notes(row)) + beside


def _pending(row: dict[str, Any], pending: dict[str, Any]) -> str:
    """Who was proposed and is being asked, or who asked for it themselves and whose approval is pending."""
    asked = ", ".join(_name(row, person) for person in pending["asked"])
    if pending["person_id"] == pending["by"]:
        return f"{_name(row, pending['person_id'])} asks for it; {asked} decides"
    return f"{_name(row, pending['person_id'])} is asked"


def _notes(row: dict[str, Any]) -> Iterator[str]:
    """Notes on a holder: absence, waiver, who stays alongside them, who is to follow."""
    if row["away"]:
        stand_in = row["away"]["stand_in"]
        yield f"away until {day_in(row['away']['until'])}, " + (
            f"{_name(row, stand_in)} answers" if stand_in else "UNCOVERED"
        )
    if row["waiver"]:
        yield f"levels waived until {day_in(row['waiver']['until'])}"
    if row["handover"]:
        yield f"{_name(row, row['handover']['person_id'])} stays alongside until {day_in(row['handover']['last_day'])}"
    if row["pending"]:
        yield _pending(row, row["pending"])


def _expected(row: dict[str, Any]) -> str:
    """What is expected of a holder, and whether the client has confirmed it."""
    if not row["expectations"]:
        return "–"
    told = "; ".join(e["what"] + (f" by {day_in(e['by'])}" if e["by"] else "") for e in row["expectations"])
    return f"{told} ({'confirmed' if row['confirmed_by'] else 'not confirmed yet'})"


def _answerable(row: dict[str, Any]) -> str:
    """Who is accountable at a gate: the role's holder or, while it is vacant, whoever stands in."""
    person, role = row["accountable"]["person_id"], row["accountable"]["role"]
    holders = {known["role"]: known["holder"] for known in row["coverage"]}
    label = role_label(role)
    return f"{_name(row, person)} ({label if holders.get(role, person) == person else f'for the vacant {label}'})"


def _name(row: dict[str, Any], person_id: str | None) -> str:
    return str(row["names"].get(person_id, person_id)) if person_id else "–"


def _parts(letter: str, row: dict[str, Any]) -> str:
    return ", ".join(role_label(part["role"]) for part in row[letter]) or "–"


COVERAGE_COLUMNS: Columns = {
    "role": lambda row: role_label(row["role"]),
    "by": lambda row: row["needed_by"] or "–",
    "holder": _held,
    "since": lambda row: day_of(row["since_shown"]) if row["since_shown"] else "–",
    "until": lambda row: day_in(row["until"]) if row["until"] else "–",
    "expected": _expected,
    "accountable": lambda row: _name(row, row["accountable"]),
}
GATE_COLUMNS: Columns = {
    "gate": lambda row: row["gate"],
    "accountable": _answerable,
    "responsible": lambda row: _parts("responsible", row),
    "consulted": lambda row: _parts("consulted", row),
    "informed": lambda row: _parts("informed", row),
}


@vacancy_app.command("list")
def vacancy_list(
    token: Token,
    mine: Annotated[bool, typer.Option(help="Only those that you must fill.")] = False,
    function: Annotated[str | None, typer.Option(help="legal, customer care, …")] = None,
    after: Annotated[str | None, typer.Option(help="`next` of the previous page.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the vacancies of all deals that you can see, the oldest first."""
    with cli_errors():
        query = {"accountable": "me" if mine else None, "function": function, "after": after}
        given = {name: value for name, value in query.items() if value is not None}
        found = front_door(url, token).get("me", "/vacancies", **given)
        show(found, _show_found, as_json=as_json)


def _show_found(found: dict[str, Any]) -> None:
    show_table(found, VACANCY_COLUMNS, "No vacancies that you can see.")


VACANCY_COLUMNS: Columns = {
    "deal": lambda row: row["engagement_id"],
    "role": lambda row: role_label(row["role"]),
    "since": lambda row: day_of(row["since_shown"]),
    "title": lambda row: row["title"],
    "because": lambda row: row["because"],
    "accountable": lambda row: row["accountable_name"],
}


@role_app.command("candidates")
def role_candidates(engagement: Deal, role: Role, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """List who could hold a role: the competent first, then those ready to step up, each with what they lack."""
    with cli_errors():
        found = front_door(url, token).get("me", f"/engagements/{engagement}/roles/{role}/candidates")
        show(found, _show_candidates, as_json=as_json)


def _show_candidates(found: dict[str, Any]) -> None:
    nobody = "Nobody in the directory is competent, or nearly competent, for this role."
    show_table({"items": found["candidates"]}, CANDIDATE_COLUMNS, nobody)


CANDIDATE_COLUMNS: Columns = {
    "person": lambda row: row["person_id"],
    "name": lambda row: row["name"],
    "standing": lambda row: row["standing"] if row["barred"] is None else "barred",
    "vertical": lambda row: "knows it" if row["knows_vertical"] else "–",
    "roles held": lambda row: str(row["load"]),
    "away until": lambda row: day_in(row["away_until"]) if row["away_until"] else "–",
    "lacks": lambda row: row["barred"] or "; ".join(filter(None, (row["passed_over"], *row["gaps"]))) or "–",
}


# -- acting


def _do(method: str, path: str, body: dict[str, Any], token: str, url: str | None, *, as_json: bool) -> None:
    given = {name: value for name, value in body.items() if value not in (None, [])}
    carry_out(Access(token, url, as_json), method, path, given)


def _place(engagement_id: str, role: str) -> str:
    return f"/engagements/{engagement_id}/roles/{role}"


def _expectations(given: list[str] | None) -> list[dict[str, str]]:
    """Parses `what;date`, or `what` alone. With a date at the end, the text itself may contain semicolons."""
    return [_expectation(text) for text in given or []]


def _expectation(text: str) -> dict[str, str]:
    what, _, by = text.rpartition(";")
    try:
        return {"what": what.strip(), "by": date.fromisoformat(by.strip()).isoformat()}
    except ValueError:
        return {"what": text.strip()}


def _waiver(given: str | None) -> dict[str, str] | None:
    """Parses `reason;date` for the API."""
    if given is None:
        return None
    reason, _, until = given.rpartition(";")
    if not reason.strip() or not until.strip():
        raise typer.BadParameter(f"{given!r} is not reason;YYYY-MM-DD", param_hint="--waive")
    return {"reason": reason.strip(), "until": until.strip()}


@role_app.command("propose")
def role_propose(
    engagement: Deal,
    role: Role,
    person: Person,
    token: Token,
    until: Until = None,
    expect: Expected = None,
    waive: Waive = None,
    further: Annotated[bool, typer.Option(help="As a further expert for the discipline.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Propose a holder: they hold the role once they accept."""
    body = {
        "person_id": id_of(person, token, url),
        "until": until,
        "expectations": _expectations(expect),
        "waiver": _waiver(waive),
    }
    _do("PUT", _place(engagement, role), body | {"further": further}, token, url, as_json=as_json)


@role_app.command("request")
def role_request(
    engagement: Deal,
    role: Role,
    token: Token,
    words: Annotated[str, typer.Option(help="Your own words: why you, and what you bring.")],
    until: Until = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a vacant role for yourself; its head is asked to allow it."""
    _do("POST", f"{_place(engagement, role)}/request", {"words": words, "until": until}, token, url, as_json=as_json)


@role_app.command("replace")
def role_replace(
    engagement: Deal,
    role: Role,
    person: Person,
    token: Token,
    reason: Reason,
    last_day: Annotated[
        str | None, typer.Option(help="YYYY-MM-DD: the holder stays alongside them until then.")
    ] = None,
    expect: Expected = None,
    waive: Waive = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask somebody to take a role over; the holder stays until they accept."""
    body: dict[str, Any] = {"person_id": id_of(person, token, url), "reason": reason, "last_day": last_day}
    body |= {"expectations": _expectations(expect), "waiver": _waiver(waive)}
    _do("POST", f"{_place(engagement, role)}/replace", body, token, url, as_json=as_json)


@role_app.command("release")
def role_release(
    engagement: Deal, role: Role, token: Token, reason: Reason, url: Url = None, as_json: AsJson = False
) -> None:
    """Make a role vacant again."""
    _do("POST", f"{_place(engagement, role)}/release", {"reason": reason}, token, url, as_json=as_json)


@role_app.command("expect")
def role_expect(
    engagement: Deal,
    role: Role,
    expectations: Annotated[list[str], typer.Argument(help='"what" or "what;YYYY-MM-DD", one or more.')],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Ask the client to confirm what is expected of a role's holder."""
    body = {"expectations": _expectations(expectations)}
    _do("POST", f"{_place(engagement, role)}/expectations", body, token, url, as_json=as_json)


@role_app.command("party")
def role_party(
    engagement: Deal,
    party: Annotated[
        str,
        typer.Argument(
            help='"provider sponsor", "client sponsor", "client signatory" or counterpart.',
            parser=role_named,
            metavar="PARTY",
        ),
    ],
    person: Person,
    token: Token,
    reason: Reason,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Name another sponsor or signatory, or the engagement manager's counterpart."""
    path = f"/engagements/{engagement}/parties/{party}"
    _do("PUT", path, {"person_id": id_of(person, token, url), "reason": reason}, token, url, as_json=as_json)
