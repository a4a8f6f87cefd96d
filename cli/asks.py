"""Asks, answers and the digest on the command line."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.files.yaml_source import FileRefused, read_source
from adapters.rest_client import refusal_of
from cli.commands import Access, carry_out, told
from cli.deals import overbooked_in_a_line, show_capacity
from cli.layout import Columns
from cli.naming import id_of
from cli.options import AsJson, Token, Url
from cli.terminal import (
    ERR,
    FAILED,
    as_plain,
    brought_about,
    cli_errors,
    fresh_key,
    front_door,
    hanging,
    say,
    say_command,
    say_refusal,
    show,
    show_table,
    three_points,
)


class ColleagueChoice(StrEnum):
    """What a colleague is chosen for."""

    ANSWER = "answer"
    MEET_CONDITIONS = "meet_conditions"


ask_app = typer.Typer()
digest_app = typer.Typer()


@ask_app.command("list")
def ask_list(token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """What you are asked, the most urgent first."""
    with cli_errors():
        found = front_door(url, token).get("me", "/asks", mine=True, open=True)
        show(found, _show_asks, as_json=as_json)


def _show_asks(found: dict[str, Any]) -> None:
    show_table(found, ASK_COLUMNS, "Nothing is asked of you.")


@ask_app.command("show")
def ask_show(
    ask: str,
    token: Token,
    details: Annotated[bool, typer.Option(help="Also show the hash to which an answer is bound.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show one ask, with its context; for staffing, with the current capacity."""
    with cli_errors():
        show(front_door(url, token).get("me", f"/asks/{ask}"), partial(_show_ask, details=details), as_json=as_json)


def _show_ask(shown: dict[str, Any], *, details: bool = False) -> None:
    """Shows an ask on one screen."""
    say(f"{shown['id']}  {shown['title']}")
    asked = ", ".join(voter["name"] for voter in shown["voters"])
    say(f"{shown['kind'].replace('_', ' ')}, {shown['outcome']}; asked: {asked}; due {shown['due_shown'] or '–'}")
    if shown["why_you"]:
        say(hanging(f"  {shown['why_you']}"))
    _show_subject(shown)
    if shown["capacity"]:
        show_capacity(shown["capacity"])
    for answer in shown["answers"]:
        say(hanging(f"  {answer_told(answer)}"))
    if shown["ended_because"]:
        say(hanging(f"  because: {shown['ended_because']}"))
    if shown["question_shown"]:
        say(hanging(f"  asked back: {shown['question_shown']}"))
    if shown["question"]:
        say_command(f"interlock ask inform {shown['id']} TEXT", "  To answer that:")
    _show_choices(shown)
    if details:
        say(f"hash: {shown['subject_hash']}")


def _show_choices(shown: dict[str, Any]) -> None:
    """The possible answers, each with its command and consequence; on hold, why none is possible and until when."""
    if shown["rests"]:
        say(hanging(f"  {shown['rests']} Nothing can be answered until then."))
    for choice in shown["choices"]:
        say_command(choice["command"], f"  {choice['label']}:")
        if choice["leads_to"]:
            say(hanging(f"    {choice['leads_to']}", 4))


def _show_subject(shown: dict[str, Any]) -> None:
    """The subject of an ask: its facts, where to read its document, what changed, and what is shown for context."""
    for name, fact in (shown["facts_shown"] or {}).items():
        say(hanging(f"  {name}: {fact}"))
    if document := shown["document"]:
        where = f"{shown['engagement_id']} {document['kind']} --revision {document['revision']}"
        say_command(f"interlock document show {where}", "  Its text:")
    for line in shown["difference"] or ():
        say(hanging(f"  changed: {line}"))
    for name, fact in (shown["beside"] or {}).items():
        say(hanging(f"  for context, {name}: {fact}"))


def answer_told(answer: dict[str, Any]) -> str:
    """Who answered what and when, with the reason given."""
    behalf = f" for {answer['for_name']}" if answer["for_name"] else ""
    said = f"{answer['by_name']}{behalf}: {answer['said']}, {answer['at_shown']}"
    conditions = "".join(f" On condition: {one}" for one in answer["conditions_shown"])
    meant = f"{', '.join(answer['packages'])}: " if answer["packages"] else ""
    return said + (f". {meant}{answer['reason']}" if answer["reason"] else "") + conditions


@ask_app.command("decide")
def ask_decide(
    ask: str,
    verdict: str,
    token: Token,
    reason: Annotated[
        str | None,
        typer.Option(
            help="In your own words. Whoever complained reads the plan for their complaint exactly as you write it."
        ),
    ] = None,
    score: Annotated[int | None, typer.Option(help="How satisfied, 0 to 10: for a pulse.")] = None,
    measured: Annotated[str | None, typer.Option(help="The measured value: for a need at the close.")] = None,
    available_from: Annotated[str | None, typer.Option(help="YYYY-MM-DD: when people are free, for staffing.")] = None,
    condition: Annotated[list[str] | None, typer.Option(help='"text;owner;YYYY-MM-DD"; repeatable.')] = None,
    package: Annotated[
        list[str] | None, typer.Option(help="Which package to return; repeatable. Default: all.")
    ] = None,
    hash_: Annotated[
        str | None, typer.Option("--hash", help="The hash that you were shown. Default: what is asked now.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Answer an ask: approve, approve-with-conditions, return, decline, object, stand-aside, need-info."""
    with cli_errors():
        door = front_door(url, token)
        figures = {"score": score, "measured": measured, "available_from": available_from}
        body: dict[str, Any] = {"verdict": verdict.replace("-", "_"), "reason": reason}
        body |= {name: figure for name, figure in figures.items() if figure is not None}
        if condition:
            body["conditions"] = [_owned(_condition(text), token, url) for text in condition]
        if package:
            body["packages"] = package
        body["subject_hash"] = hash_ or door.get("me", f"/asks/{ask}")["subject_hash"]
        told(door, door.send("me", "POST", f"/asks/{ask}/decision", body, fresh_key()), as_json=as_json)


@ask_app.command("colleagues")
def ask_colleagues(
    ask: str,
    token: Token,
    to: Annotated[ColleagueChoice, typer.Option(help="What you choose them for.")] = ColleagueChoice.ANSWER,
    find: Annotated[str | None, typer.Option(help="Part of their name or id.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List whom you may choose: to answer this ask for you, or to own a condition of your approval."""
    with cli_errors():
        query = {"q": find} if find else {}
        found = front_door(url, token).get("me", f"/asks/{ask}/colleagues", to=to.value, **query)
        show(found, _show_colleagues, as_json=as_json)


def _show_colleagues(found: dict[str, Any]) -> None:
    show_table({"items": found["colleagues"]}, COLLEAGUE_COLUMNS, "Nobody.")


@ask_app.command("delegate")
def ask_delegate(ask: str, person: str, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Let a colleague answer this ask for you. You can still answer too: whoever answers first decides."""
    with cli_errors():
        door = front_door(url, token)
        told(
            door,
            door.send("me", "POST", f"/asks/{ask}/delegate", {"to": id_of(person, token, url)}, fresh_key()),
            as_json=as_json,
        )


@ask_app.command("inform")
def ask_inform(ask: str, text: str, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Answer a question that somebody asked back about this ask."""
    carry_out(Access(token, url, as_json), "POST", f"/asks/{ask}/information", {"text": text})


@ask_app.command("decide-several")
def ask_decide_several(file: Path, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Answer several asks at once, each with its own hash; never signatures.

    The file has `decisions`: rows of ask_id, verdict, subject_hash, reason. `ask list --json` shows the hash.
    """
    with cli_errors():
        source = read_source(file)
        rows = source.data.get("decisions") if isinstance(source.data, dict) else None
        if not rows:
            remedy = "Give rows of ask_id, verdict and subject_hash."
            raise FileRefused(source.problem("decisions", "there are no decisions", remedy))
        body = as_plain({"decisions": rows})
        results = front_door(url, token).send("me", "POST", "/asks/decisions", body, fresh_key())["results"]
        show(results, _show_results, as_json=as_json)
        if any(result["problem"] for result in results):
            raise typer.Exit(FAILED)


def _show_results(results: list[dict[str, Any]]) -> None:
    for result in results:
        problem = result["problem"]
        if problem is None:
            told = (brought_about(result["receipt"]), *result["receipt"].get("said", ()))
            say(f"{result['ask_id']}: {' '.join(told)}")
        else:
            say(f"{result['ask_id']}:", ERR)
            say_refusal(refusal_of(problem), f"/asks/{result['ask_id']}")


def _condition(text: str) -> dict[str, str]:
    """Parses `text;owner;date` for the API. The text itself may contain semicolons."""
    parts = [part.strip() for part in text.rsplit(";", maxsplit=2)]
    if len(parts) != 3 or not all(parts):
        raise typer.BadParameter(f"{text!r} is not text;owner;YYYY-MM-DD", param_hint="--condition")
    return dict(zip(("text", "owner", "due"), parts, strict=True))


def _owned(condition: dict[str, str], token: str, url: str | None) -> dict[str, str]:
    return {**condition, "owner": id_of(condition["owner"], token, url)}


@ask_app.command("estimate")
def ask_estimate(
    ask: str,
    hours: Annotated[list[str], typer.Argument(help="W1=70/100/160 and so on: optimistic/likely/pessimistic hours.")],
    token: Token,
    reason: Annotated[str | None, typer.Option(help="Why, if delivery has attested other hours.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Give three points for an estimate: for packages of the scope, or lines (L1, L2, …) of a change."""
    with cli_errors():
        door = front_door(url, token)
        estimates = [_three_points(text) for text in hours]
        asked = door.get("me", f"/asks/{ask}")
        place = f"/engagements/{asked['engagement_id']}"
        path = f"{place}/changes/{asked['change']}/estimate" if asked["change"] else f"{place}/estimates"
        body: dict[str, Any] = {"estimates": estimates, "shown": {"ask_id": ask, "subject_hash": asked["subject_hash"]}}
        body |= {"reason": reason} if reason is not None else {}
        told(door, door.send("me", "POST", path, body, fresh_key()), as_json=as_json)


def _three_points(text: str) -> dict[str, Any]:
    """Parses `W1=70/100/160` for the API."""
    package, _, points = text.partition("=")
    if not (package and points):
        example = "W1=40/60/100, and so on for each package or line that is asked about"
        raise typer.BadParameter(f"{text!r} does not name its package: {example}", param_hint="HOURS")
    return {"package": package, "hours": three_points(points, "HOURS")}


@digest_app.command("show")
def digest_show(
    token: Token,
    person: Annotated[str | None, typer.Option(help="Somebody else's digest; for the administrator.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show today's digest as it would be now: what waits for you, what you wait for, vacancies of your function."""
    with cli_errors():
        query = {"person_id": id_of(person, token, url)} if person else {}
        digest = front_door(url, token).get("me", "/digest", **query)
        show(digest, _show_digest, as_json=as_json)


def _show_digest(digest: dict[str, Any]) -> None:
    say(digest["text"] or digest["incomplete"] or "Nothing to say: no digest is sent.")
    if digest["text"] and digest["quiet_because"]:
        say(f"\nIt is not sent today: {digest['quiet_because']}.")


COLLEAGUE_COLUMNS: Columns = {"person": lambda row: row["id"], "name": lambda row: row["name"]}
ASK_COLUMNS: Columns = {
    "ask": lambda row: row["id"],
    "kind": lambda row: row["kind"].replace("_", " "),
    "what": lambda row: ": ".join(filter(None, (row["title"], overbooked_in_a_line(row["reckoned"])))),
    "due": lambda row: f"{row['due_shown'] or '–'}{', STOPPED' if row['stopped'] else ''}",
}
