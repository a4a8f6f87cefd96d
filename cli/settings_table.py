"""The README's table of environment variables, generated from the settings themselves."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic.fields import FieldInfo
from typer.models import OptionInfo

from adapters.processes.start_errors import CannotStart
from cli.options import Token, Url
from cli.terminal import cli_errors, say_as_it_is
from settings import ROOT, Otherwise, Settings

BEGIN, END = "<!-- settings: `make docs` writes them -->", "<!-- end of settings -->"


class Variable(NamedTuple):
    """A row, as Markdown: the name, the meaning, and the default."""

    name: str
    meaning: str
    default: str


def variables() -> Iterator[Variable]:
    """The variables of the settings, and those that provide CLI options."""
    for name, field in Settings.model_fields.items():
        yield Variable(f"INTERLOCK_{name.upper()}", field.description or "", _default(field))
    for option in (Url, Token):
        for known in get_args(option):
            if isinstance(known, OptionInfo):
                given = (known.default, *(known.param_decls or ()))  # typer takes the first for a default
                flag = next(str(one) for one in given if str(one).startswith("--"))
                yield Variable(str(known.envvar), f"the same as `{flag}`: {_begun_small(known.help or '')}", "")


def _begun_small(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _default(field: FieldInfo) -> str:
    for known in field.metadata:
        if isinstance(known, Otherwise):
            return known.words
    return "" if field.default is None else f"`{_plain(field.default)}`"


def _plain(default: Any) -> str:
    if isinstance(default, Enum):
        return str(default.value)
    return str(default.relative_to(ROOT) if isinstance(default, Path) and default.is_absolute() else default)


def table() -> str:
    """The whole table, as Markdown."""
    rows = (f"| `{one.name}` | {one.meaning} | {one.default} |".replace("|  |", "| |") for one in variables())
    return "\n".join(("| variable | meaning | default |", "|---|---|---|", *rows))


def written_into(text: str) -> str:
    """Puts the table between the two markers in a text. Raises ValueError if they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"There is no place for the table, between {BEGIN} and {END}.")
    return f"{before}{begin}\n{table()}\n{end}{after}"


def settings(into: Path | None) -> None:
    """Prints the table, or writes it into a file."""
    with cli_errors():
        if into is None:
            say_as_it_is(table())
            return
        try:
            text = written_into(into.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise CannotStart(f"{into} is not text in UTF-8.") from None
        except ValueError as lacking:
            raise CannotStart(f"{into}: {lacking}") from None
        into.write_text(text, encoding="utf-8")
