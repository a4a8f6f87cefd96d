"""What all `interlock` commands share: two consoles, the caller and the stack, tables, and plain error messages."""

import json
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from rich.console import Console

from adapters.clock import ClockFixed
from adapters.console_commands import remedy_of
from adapters.db.unanswered_requests import Unanswered
from adapters.files.yaml_source import FileRefused
from adapters.processes.start_errors import CannotStart
from adapters.rest_client import FrontDoor, RefusedError, StackAway
from cli.layout import Columns, folded, folded_command, table_lines
from cli.remedies import commands_for
from domain.notifications.event_texts import happened_text
from domain.pricing.three_points import three_numbers
from domain.shared.errors import TELL_OPERATORS, IntegrityBroken, Refusal, Refused
from domain.shared.input_errors import in_words
from domain.shared.streams import is_change, stream_label
from domain.shared.text import BIDI_SIGNS, capitalized
from settings import Settings, StackAddress

try:  # newer versions of Typer have a copy of Click of their own, whose contexts Click itself does not know
    from typer._click.globals import get_current_context
except ImportError:
    from click import get_current_context  # type: ignore[assignment, no-redef, unused-ignore]

A = TypeVar("A")
B = TypeVar("B", Settings, StackAddress)
# Data is printed literally, without interpreting markup or emoji names.
OUT, ERR = Console(emoji=False, markup=False), Console(stderr=True, emoji=False, markup=False)
FAILED, UNUSABLE = 1, 2
# Seconds: a part that was killed is back long before, and no one waits longer at a terminal.
PATIENCE = 30.0
# What a request header can carry as a token: visible ASCII characters.
TOKEN = re.compile("[!-~]+")


def settings() -> Settings:
    """Returns the settings, or exits naming the one that is wrong."""
    return _read(Settings)


def stack_url() -> str:
    """The address of this machine's stack. Other settings are not validated: see `StackAddress`."""
    return _read(StackAddress).url


def _read(kind: type[B]) -> B:
    try:
        return kind()
    except ValidationError as wrong:
        for error in wrong.errors():
            named = f"INTERLOCK_{str(error['loc'][0]).upper()}: " if error["loc"] else ""
            say(f"{named}{in_words(error)}", ERR)
        raise typer.Exit(UNUSABLE) from None


# Characters that a terminal would interpret instead of showing.
_ORDERS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{BIDI_SIGNS}]")


def printable(text: str) -> str:
    """Replaces each character that a terminal would interpret, whoever wrote it and wherever it came from."""
    return _ORDERS.sub("\ufffd", text)


def escaped(text: str) -> str:
    """JSON with those characters escaped, which is the same value to a program."""
    return _ORDERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say(text: str, console: Console = OUT, *, hang: int | None = None) -> None:
    """Prints a line for people, without markup: wrapped at a terminal, whole elsewhere. See `layout.folded`."""
    shown = printable(text)
    say_as_it_is(folded(shown, console.width, hang) if console.is_terminal else shown, console)


def say_as_it_is(text: str, console: Console = OUT) -> None:
    """Prints what is copied, or read by programs: no line is wrapped."""
    console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def say_command(command: str, before: str = "", console: Console = OUT, *, indent: int = 4) -> None:
    """Prints a command to be copied, after the text `before`; on its own line if both do not fit on one."""
    whole = f"{before} {command}" if before else " " * indent + command
    if not console.is_terminal or len(whole) <= console.width:
        say_as_it_is(whole, console)
        return
    if before:
        say(before, console)
    say_as_it_is(folded_command(printable(command), console.width, indent), console)


def hanging(text: str, indent: int = 4) -> str:
    """People's text with continuation lines indented, so that none of them looks like a line of ours."""
    return f"\n{' ' * indent}".join(text.split("\n"))


@contextmanager
def cli_errors() -> Iterator[None]:
    """Turns expected errors into a few lines and an exit code."""
    try:
        yield
    except (RefusedError, Refusal) as refusal:
        is_damage = isinstance(refusal, IntegrityBroken)
        say_refusal(refusal.refused, getattr(refusal, "path", ""), is_damage=is_damage)
        raise typer.Exit(FAILED) from None
    except FileRefused as unfit:
        for problem in unfit.problems:
            say(str(problem), ERR)
        raise typer.Exit(FAILED) from None
    except (CannotStart, ClockFixed, StackAway) as failed:
        say(str(failed), ERR)
        raise typer.Exit(FAILED) from None
    except OSError as failed:
        say(f"{failed.filename}: {failed.strerror}." if failed.filename else str(failed), ERR)
        raise typer.Exit(FAILED) from None
    except Exception as failed:
        if not _is_of_database(failed):
            raise
        why = getattr(failed, "orig", None) or failed  # unwrapped: without statement and address
        what = "is locked or unavailable, or its disk is full" if _is_database_away(failed) else "cannot be used"
        say(f"The database {what}: {why}.", ERR)
        raise typer.Exit(FAILED) from None


def _is_of_database(failed: Exception) -> bool:
    """True if a database is unavailable or is not one; a faulty query of ours keeps its traceback."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return _is_database_away(failed) or (loaded is not None and type(failed) is loaded.DatabaseError)


def say_refusal(refused: Refused, path: str = "", *, is_damage: bool = False) -> None:
    """Prints what is so, who holds it up, what to do and by which command, and the rule behind it, in words.

    `path`: the API path called, if any. `is_damage`: an operator met the refusal on the data itself.
    """
    refused = refused.replace(remedy=remedy_of(refused))
    say(f"{refused.title}. {_by_option(refused.detail)}", ERR)
    for waiting in refused.waits_for:
        role = f", {waiting.role}" if waiting.role else ""
        ask_id = f" ({waiting.ask_id})" if waiting.ask_id and not waiting.ask_id.startswith("vacancy:") else ""
        say(f"  Waits for {waiting.who}{role}{ask_id}", ERR)
    is_general = is_damage and refused.remedy == TELL_OPERATORS
    remedy = "Check it with: interlock ledger verify" if is_general else refused.remedy
    if remedy:
        say(f"→ {remedy}", ERR, hang=2)
    for command in commands_for(refused, path, _command_given()):
        say_command(command, console=ERR, indent=2)
    say(f"(Rule: {refused.rule.value.replace('-', ' ')})", ERR)


def _by_option(text: str) -> str:
    """Replaces the request's field names by the options as typed: `discount_percent` by `--discount`."""
    context = get_current_context(silent=True)
    for parameter in context.command.params if context else ():
        option = next((opt for opt in parameter.opts if opt.startswith("--")), None)
        if option is not None and parameter.name:
            text = re.sub(rf"\b{re.escape(parameter.name)}(_[a-z]+)+\b", option, text)
    return text


def _command_given() -> str:
    """The running command without its arguments: `interlock ask decide`."""
    context = get_current_context(silent=True)
    return " ".join(("interlock", *(context.command_path.split()[1:] if context else ())))


def _is_database_away(failed: Exception) -> bool:
    """Checked only if the command has loaded the database module."""
    loaded = sys.modules.get("adapters.db.database")
    return loaded is not None and isinstance(failed, loaded.DATABASE_AWAY)


def tokens_file() -> Path:
    """Where `interlock login` keeps tokens, by the address of their stack."""
    return Path(typer.get_app_dir("interlock")) / "tokens.json"


def is_signed_in(url: str | None = None) -> bool:
    """True if someone is signed in at a stack; by default that of the settings."""
    path = tokens_file()
    return path.exists() and (url.rstrip("/") if url else stack_url()) in json.loads(path.read_text())


def is_confirmed(question: str) -> bool:
    """True if someone at the terminal says yes; programs must confirm in advance."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        say("\nNobody answered. Programs give --yes", ERR)
        return False


def require_confirmed(question: str, otherwise: str) -> None:
    """Exits as failed, saying in `otherwise` what was not done, unless someone at the terminal says yes."""
    if not is_confirmed(question):
        say(otherwise, ERR)
        raise typer.Exit(FAILED)


def counted(number: int, one: str, more: str) -> str:
    """`1 client`, `3 clients`."""
    return f"{number} {one if number == 1 else more}"


def _remembered(address: str) -> str:
    """The token of whoever signed in at a stack. Raises BadParameter if no one has."""
    path = tokens_file()
    kept = json.loads(path.read_text()) if path.exists() else {}
    if address not in kept:
        raise typer.BadParameter(
            f"nobody is signed in at {address}: run `interlock login`, or give a token",
            param_hint="--token, INTERLOCK_TOKEN",
        )
    return str(kept[address])


def front_door(url: str | None, token: str) -> FrontDoor:
    """A client of a running stack's API with this token or, without one, that of whoever signed in there.

    Raises BadParameter for an invalid address or token.
    """
    address = checked_address(url or stack_url())
    token = token or _remembered(address)
    if not TOKEN.fullmatch(token):
        what = "contains characters that no token has: copy it exactly as `interlock token create` showed it"
        raise typer.BadParameter(what, param_hint="--token, INTERLOCK_TOKEN")
    unanswered = Unanswered(tokens_file().parent / "unanswered.json")
    return FrontDoor(address, {"me": token}, told=lambda what: say(what, ERR), patience=PATIENCE, unanswered=unanswered)


def checked_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isascii() and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise typer.BadParameter(
            f"{url!r} is not an address such as http://127.0.0.1:8080", param_hint="--url, INTERLOCK_URL"
        )
    return url.rstrip("/")


def fresh_key() -> str:
    """A new idempotency key."""
    return secrets.token_hex(16)


def show(answer: A, view: Callable[[A], None], *, as_json: bool) -> None:
    """Shows an answer of the API: as it came for programs, or rendered for people."""
    if as_json:
        say_as_it_is(escaped(json.dumps(answer, indent=2, ensure_ascii=False)))
    else:
        view(answer)


def show_receipt(receipt: dict[str, Any], *, as_json: bool) -> None:
    """Reports a command's outcome: what happened, and the current status."""
    show(receipt, _show_happened, as_json=as_json)


def _show_happened(receipt: dict[str, Any]) -> None:
    stream, stands = receipt["stream"], receipt["stage"].replace("_", " ")
    where = f"{capitalized(stream_label(stream))} is {stands if is_change(stream) else f'in {stands}'}."
    say(f"{brought_about(receipt)} {where}")
    for sentence in receipt.get("said", ()):  # an older stack says nothing more
        say(sentence)


def brought_about(receipt: dict[str, Any]) -> str:
    """What happened, and the ids of what is new."""
    new = f" New: {', '.join(receipt['made'])}." if receipt.get("made") else ""
    return happened_text(receipt["happened"]) + new


def as_plain(data: Any) -> Any:
    """A file's content as JSON has it: dates and amounts are text."""
    return json.loads(json.dumps(data, default=str))


def three_points(text: str, hint: str) -> str:
    """Normalises a three-point estimate for the API, such as `40/60/100`. Raises BadParameter."""
    try:
        three_numbers(text)
    except ValueError:
        what = f"{text!r} is not optimistic/likely/pessimistic, such as 40/60/100"
        raise typer.BadParameter(what, param_hint=hint) from None
    return text


def show_table(answer: dict[str, Any], columns: Columns, nothing: str) -> None:
    """Prints rows for people, one line each, without cutting anything: see `layout.table_lines`."""
    if answer["items"]:
        _show_rows(answer["items"], columns)
    elif not answer.get("incomplete"):
        say(nothing)
    if answer.get("incomplete"):
        say(answer["incomplete"])
    if answer.get("next"):
        say("There is more; --json shows where it continues.")


def _show_rows(items: Sequence[dict[str, Any]], columns: Columns) -> None:
    cells = {name: [printable(cell(item)) for item in items] for name, cell in columns.items()}
    heading, *rows = table_lines(cells, OUT.width if OUT.is_terminal else None)
    OUT.print(heading, style="bold", markup=False, highlight=False, soft_wrap=True)
    for row in rows:
        say_as_it_is(row)
