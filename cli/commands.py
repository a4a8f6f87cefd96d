"""Runs a command of the CLI: sends it once, reports it in a sentence, and shows what comes next."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

from adapters.files.yaml_source import FileProblem, FileRefused, Source, read_source
from adapters.rest_client import FileNotTaken, FrontDoor, RefusedError
from cli.next_steps import owed
from cli.terminal import (
    ERR,
    as_plain,
    cli_errors,
    fresh_key,
    front_door,
    hanging,
    require_confirmed,
    say,
    say_command,
    show_receipt,
)
from domain.shared.streams import change_of, engagement_of

Deal = Annotated[str, typer.Argument(help="The deal: ENG-2026-0001.")]
DealFile = Annotated[Path, typer.Argument(help="A YAML file: of the whole deal, or of this part alone.")]
A = TypeVar("A")
# Seconds between polls for a change of which no one has been asked yet.
PAUSES = (0.2, 0.3, 0.5, 1.0, 0.0)
# Next steps shown after a command, besides people whom it asked; `deal show` lists all.
MAX_SHOWN = 3


RECORD_BEHIND = "Done and saved. The record has not caught up yet; once it has, this shows what comes next:"


class Access(NamedTuple):
    """Whose token, which stack, and whether the output is for a program."""

    token: str
    url: str | None
    as_json: bool


def carry_out(access: Access, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    """Sends one command, and reports the outcome and what comes next."""
    with cli_errors():
        door = front_door(access.url, access.token)
        told(door, door.send("me", method, path, body, fresh_key()), as_json=access.as_json)


def ask_whether_it_is_meant(
    access: Access, path: str, question: Callable[[dict[str, Any]], str], otherwise: str, **query: Any
) -> None:
    """Ends the command if a preview finds something to be aware of and no one confirms it."""
    with cli_errors():
        found = front_door(access.url, access.token).get("me", path, **query)
    for warning in found["warnings"]:
        say(warning, ERR)
    if found["warnings"]:
        require_confirmed(question(found), otherwise)


def told(door: FrontDoor, receipt: dict[str, Any], *, as_json: bool, change: str = "") -> None:
    """Reports a command's outcome; for people also what comes next, beginning with a `change` that it started."""
    show_receipt(receipt, as_json=as_json)
    if not as_json:
        _show_next(door, receipt, frozenset(receipt["asks"]), change)


def _show_next(door: FrontDoor, receipt: dict[str, Any], asked: frozenset[str], began: str = "") -> None:
    stream = receipt["stream"]
    own, deal = change_of(stream), engagement_of(stream)
    change = own or began
    try:
        order = door.get("me", f"/engagements/{deal}/changes/{own}") if own else None  # first: no newer than the deal
        state = _after(door, deal, change, asked)
    except RefusedError:
        return  # whoever may do only this one thing cannot see the deal
    known = (order or state).get("seq", receipt["sequence"])  # a client's person cannot read changes
    if known < receipt["sequence"]:
        say_command(f"interlock deal show {deal}", RECORD_BEHIND)
        return
    steps = state["next_steps"]
    new = [step for step in steps if step["ask_id"] in asked]
    for line in (*_lines("Asked", new, len(new)), *_lines("Next:", caused_first(steps, new, change), MAX_SHOWN)):
        say(line)
    for line in dict.fromkeys(step["no_token"] for step in new if step.get("no_token")):
        say(hanging(line))


def caused_first(steps: list[dict[str, Any]], new: list[dict[str, Any]], change: str) -> list[dict[str, Any]]:
    """The steps that are not `new`: those of the change that was answered first, then the most recent."""
    rest = sorted((step for step in steps if step not in new), key=lambda step: str(step["since"]), reverse=True)
    return sorted(rest, key=lambda step: not change or str(step["change"]) != change)


def _after(door: FrontDoor, deal: str, change: str, asked: frozenset[str]) -> dict[str, Any]:
    """The deal with what comes next in it.

    Who else is asked about a change is reported by its engagement a moment later, so this polls for it.
    """
    for pause in PAUSES if change and not asked else (0.0,):
        state = door.get("me", f"/engagements/{deal}")
        is_open = any(str(one["n"]) == change and one["status"] == "pending" for one in state.get("changes", []))
        if not is_open or any(str(step["change"]) == change for step in state["next_steps"]):
            break
        time.sleep(pause)
    return state


def _lines(word: str, steps: list[dict[str, Any]], most: int) -> Iterable[str]:
    for step in steps[:most]:
        yield hanging(f"{word} {owed(step)}")
    if len(steps) > most:
        yield f"      and {len(steps) - most} more"


def by_line(file: Path, call: Callable[[], A]) -> A:
    """Calls what sends a file; what is wrong in the file is reported by line. Raises FileRefused."""
    try:
        return call()
    except FileNotTaken as refused:
        raise FileRefused(*(_of_file(file, found) for found in refused.lines)) from None


def _of_file(file: Path, found: dict[str, Any]) -> FileProblem:
    field = "" if found["field"] == "body" else found["field"]
    return FileProblem(
        file=str(file), line=found["line"], path=field, message=found["message"], remedy=found["remedy"] or ""
    )


def carry_out_file(
    access: Access, method: str, path: str, file: Path, part: str, key: str, *, without: str | None = None
) -> None:
    """Sends one part of a deal's file; faults are reported by line. `without` is a field to leave out."""
    with cli_errors():
        door, source = front_door(access.url, access.token), read_source(file)
        rows, place = _part(source, part)
        try:
            receipt = door.send("me", method, path, {key: _without(as_plain(rows), without)}, fresh_key())
        except RefusedError as refused:
            raise _by_line(source, refused, key, place) from None
        told(door, receipt, as_json=access.as_json)


def carry_out_whole(access: Access, path: str, file: Path, key: str, beside: dict[str, Any]) -> dict[str, Any]:
    """Posts a file's content together with `beside`, and returns the answer; faults are reported by line."""
    door, source = front_door(access.url, access.token), read_source(file)
    try:
        answer: dict[str, Any] = door.send("me", "POST", path, {key: as_plain(source.data), **beside}, fresh_key())
    except RefusedError as refused:
        raise _by_line(source, refused, key, "") from None
    return answer


def _part(source: Source, part: str) -> tuple[Any, str]:
    """The rows of a part, and where they are in the file. Raises FileRefused."""
    if isinstance(source.data, list):
        return source.data, ""
    if isinstance(source.data, dict) and part in source.data:
        return source.data[part], part
    raise FileRefused(source.problem("", f"there is no {part} in this file", f"Add {part}:, or give the rows alone."))


def _without(rows: Any, field: str | None) -> Any:
    if field is None or not isinstance(rows, list):
        return rows
    return [{k: v for k, v in row.items() if k != field} if isinstance(row, dict) else row for row in rows]


def _by_line(source: Source, refused: RefusedError, key: str, place: str) -> Exception:
    """Turns a refusal that names fields into problems of the file; returns any other as it is."""
    if not refused.fields:
        return refused
    return FileRefused(*(_problem(source, one, key, place) for one in refused.fields))


def _problem(source: Source, one: dict[str, Any], key: str, place: str) -> FileProblem:
    path = str(one["field"])
    path = f"{place}{path.removeprefix(key)}".strip(".") if path.startswith(key) else place
    return source.problem(path, one["message"], one["remedy"] or "")
