"""What every command of `interlock` shares: two consoles, who asks and where, tables, and failing in plain words."""

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
# What stands in the data is shown as it stands there: nothing of it is markup or the name of an emoji.
OUT, ERR = Console(emoji=False, markup=False), Console(stderr=True, emoji=False, markup=False)
FAILED, UNUSABLE = 1, 2
# Seconds in which a part that was killed is long there again; for longer nobody sits before a terminal.
PATIENCE = 30.0
# What a request's header can carry as a token: characters that are seen, of ASCII.
TOKEN = re.compile("[!-~]+")


def settings() -> Settings:
    """The settings, or an end that names the one that is wrong."""
    return _read(Settings)


def stack_url() -> str:
    """Where the stack of this machine answers. What else is set is not looked at: see `StackAddress`."""
    return _read(StackAddress).url


def _read(kind: type[B]) -> B:
    try:
        return kind()
    except ValidationError as wrong:
        for error in wrong.errors():
            named = f"INTERLOCK_{str(error['loc'][0]).upper()}: " if error["loc"] else ""
            say(f"{named}{in_words(error)}", ERR)
        raise typer.Exit(UNUSABLE) from None


# What a terminal would obey instead of showing it.
_ORDERS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{BIDI_SIGNS}]")


def printable(text: str) -> str:
    """The text with a sign in place of each character that a terminal obeys, whoever wrote it and however it came."""
    return _ORDERS.sub("\ufffd", text)


def escaped(text: str) -> str:
    """JSON with those characters in their escaped form, which is the same value to a program."""
    return _ORDERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say(text: str, console: Console = OUT, *, hang: int | None = None) -> None:
    """A line for people, without markup: at a terminal broken between words, elsewhere whole. See `layout.folded`."""
    shown = printable(text)
    say_as_it_is(folded(shown, console.width, hang) if console.is_terminal else shown, console)


def say_as_it_is(text: str, console: Console = OUT) -> None:
    """What is copied, or read by programs: no line is broken."""
    console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def say_command(command: str, before: str = "", console: Console = OUT, *, indent: int = 4) -> None:
    """A command to be copied, after the words `before` it; on a line of its own where both do not fit in one."""
    whole = f"{before} {command}" if before else " " * indent + command
    if not console.is_terminal or len(whole) <= console.width:
        say_as_it_is(whole, console)
        return
    if before:
        say(before, console)
    say_as_it_is(folded_command(printable(command), console.width, indent), console)


def hanging(text: str, indent: int = 4) -> str:
    """What people wrote, its further lines set in: none of them reads like a line of ours."""
    return f"\n{' ' * indent}".join(text.split("\n"))


@contextmanager
def cli_errors() -> Iterator[None]:
    """Turns what may go wrong into a few lines and an exit code."""
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
        why = getattr(failed, "orig", None) or failed  # alone: around it stand the statement, and an address
        what = "is locked or unavailable, or its disk is full" if _is_database_away(failed) else "cannot be used"
        say(f"The database {what}: {why}.", ERR)
        raise typer.Exit(FAILED) from None


def _is_of_database(failed: Exception) -> bool:
    """One that is away, or a file that is none; what we ask of it wrongly keeps its traceback."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return _is_database_away(failed) or (loaded is not None and type(failed) is loaded.DatabaseError)


def say_refusal(refused: Refused, path: str = "", *, is_damage: bool = False) -> None:
    """What is so, who holds it up, what to do and by which command, and the rule behind it, in words.

    `path`: what was asked of the API, if it was. `is_damage`: it was met on the data itself, by whoever operates it.
    """
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
    """A text in which what a request calls `discount_percent` is called as it was typed: `--discount`."""
    context = get_current_context(silent=True)
    for parameter in context.command.params if context else ():
        option = next((opt for opt in parameter.opts if opt.startswith("--")), None)
        if option is not None and parameter.name:
            text = re.sub(rf"\b{re.escape(parameter.name)}(_[a-z]+)+\b", option, text)
    return text


def _command_given() -> str:
    """The command that runs, without what it was given: `interlock ask decide`."""
    context = get_current_context(silent=True)
    return " ".join(("interlock", *(context.command_path.split()[1:] if context else ())))


def _is_database_away(failed: Exception) -> bool:
    """Asked of the module of databases, where a command has loaded it."""
    loaded = sys.modules.get("adapters.db.database")
    return loaded is not None and isinstance(failed, loaded.DATABASE_AWAY)


def tokens_file() -> Path:
    """Where `interlock login` keeps tokens, by the address of their stack."""
    return Path(typer.get_app_dir("interlock")) / "tokens.json"


def is_signed_in(url: str | None = None) -> bool:
    """True where somebody signed in at a stack; none named: at that of the settings."""
    path = tokens_file()
    return path.exists() and (url.rstrip("/") if url else stack_url()) in json.loads(path.read_text())


def is_confirmed(question: str) -> bool:
    """True where somebody at the terminal says yes; programs say it beforehand."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        say("\nNobody answered. Programs give --yes", ERR)
        return False


def require_confirmed(question: str, otherwise: str) -> None:
    """Ends the command as failed, saying `otherwise` what was not done, unless somebody at the terminal says yes."""
    if not is_confirmed(question):
        say(otherwise, ERR)
        raise typer.Exit(FAILED)


def counted(number: int, one: str, more: str) -> str:
    """`1 client`, `3 clients`."""
    return f"{number} {one if number == 1 else more}"


def _remembered(address: str) -> str:
    """The token of whoever signed in at a stack. Raises BadParameter where nobody has."""
    path = tokens_file()
    kept = json.loads(path.read_text()) if path.exists() else {}
    if address not in kept:
        raise typer.BadParameter(
            f"nobody is signed in at {address}: run `interlock login`, or give a token",
            param_hint="--token, INTERLOCK_TOKEN",
        )
    return str(kept[address])


def front_door(url: str | None, token: str) -> FrontDoor:
    """The API of a running stack, for whose token this is; with none, for whoever signed in there.

    Raises BadParameter for what no stack or token is.
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
    """A key by which a request that is sent again is known."""
    return secrets.token_hex(16)


def show(answer: A, view: Callable[[A], None], *, as_json: bool) -> None:
    """An answer of the API: as it came for programs, or on a screen for people."""
    if as_json:
        say_as_it_is(escaped(json.dumps(answer, indent=2, ensure_ascii=False)))
    else:
        view(answer)


def show_receipt(receipt: dict[str, Any], *, as_json: bool) -> None:
    """What came of a command: what happened, and where things stand."""
    show(receipt, _show_happened, as_json=as_json)


def _show_happened(receipt: dict[str, Any]) -> None:
    stream, stands = receipt["stream"], receipt["stage"].replace("_", " ")
    where = f"{capitalized(stream_label(stream))} is {stands if is_change(stream) else f'in {stands}'}."
    say(f"{brought_about(receipt)} {where}")
    for sentence in receipt.get("said", ()):  # an older stack says nothing more
        say(sentence)


def brought_about(receipt: dict[str, Any]) -> str:
    """What happened, and how what is new is called."""
    new = f" New: {', '.join(receipt['made'])}." if receipt.get("made") else ""
    return happened_text(receipt["happened"]) + new


def as_plain(data: Any) -> Any:
    """What a file holds as JSON has it: days and amounts are texts."""
    return json.loads(json.dumps(data, default=str))


def three_points(text: str, hint: str) -> str:
    """Three points as the API takes them, as `40/60/100`. Raises BadParameter."""
    try:
        three_numbers(text)
    except ValueError:
        what = f"{text!r} is not optimistic/likely/pessimistic, such as 40/60/100"
        raise typer.BadParameter(what, param_hint=hint) from None
    return text


def show_table(answer: dict[str, Any], columns: Columns, nothing: str) -> None:
    """Rows for people, each in a line, of which nothing is cut: see `layout.table_lines`."""
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
