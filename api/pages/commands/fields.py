"""Fields of forms: what each shows, and how what was typed is read into the values of a command."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from api.lines import lines
from api.pages.forms import Form
from domain.shared.limits import MAX_ROWS

# Empty rows shown below those that are filled; a button gives more.
EMPTY_ROWS = 3
MORE = "more"
PASTED = "pasted"
YES = "yes"
_IDS = re.compile(r"[\s,;]+")

Given = dict[str, object]


class FieldKind(StrEnum):
    """How a field is shown, and what its text means."""

    TEXT = "text"
    LONG = "long"
    LINES = "lines"
    """Several texts, one a line."""
    IDS = "ids"
    """Identifiers of items, separated by commas or spaces."""
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    SEVERAL = "several"
    CHECK = "check"
    YES_NO = "yes_no"
    ROWS = "rows"


class Choice(NamedTuple):
    """What may be chosen: the value that is sent, and the label."""

    value: str
    label: str


class Field(NamedTuple):
    """A field of a form. `name` is that of the command's own field; a dot leads into a value of it."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    needed: bool = False
    help: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    columns: tuple["Field", ...] = ()
    """Of rows: the fields of each."""
    rows: tuple[Mapping[str, str], ...] = ()
    """Of rows: what they begin with."""
    prefix: str = ""
    """Of rows: what the identifiers begin with that are given to rows without one."""
    known: tuple[str, ...] = ()
    """Of rows: identifiers that are taken."""


def named(pairs: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    """Choices from values and labels."""
    return tuple(Choice(value, label) for value, label in pairs)


def read_given(fields: Sequence[Field], form: Form) -> Given:
    """The values that a form gives, by the names of the command's fields. What is empty is left out."""
    given: Given = {}
    for field in fields:
        value = _rows(field, form) if field.kind is FieldKind.ROWS else _value(field, field.name, form)
        if value is not None:
            _put(given, field.name, value)
    return given


def _put(given: Given, name: str, value: object) -> None:
    """Sets a value; `measure.what` is set within `measure`."""
    first, _, rest = name.partition(".")
    if not rest:
        given[first] = value
        return
    within = given.setdefault(first, {})
    if isinstance(within, dict):
        _put(within, rest, value)


def _value(field: Field, name: str, form: Form) -> object | None:
    if field.kind is FieldKind.SEVERAL:
        return [one.value for one in field.choices if form.get(f"{name}.{one.value}")]
    if field.kind is FieldKind.CHECK:
        return form.get(name) == YES
    text = form.get(name)
    read = _READ.get(field.kind)
    return read(text) if read and text is not None else text


# What a typed text means, where it is not the text itself.
_READ: Mapping[FieldKind, Callable[[str], object]] = {
    FieldKind.YES_NO: lambda text: text == YES,
    FieldKind.LINES: lambda text: list(lines(text)),
    FieldKind.IDS: lambda text: [one for one in _IDS.split(text) if one],
}


def _rows(field: Field, form: Form) -> list[Given]:
    """Filled rows, then pasted ones; those without an identifier get the next free one."""
    rows = [read_given(field.columns, _row(field, n, form)) for n in range(row_count(field, form))]
    rows += [read_given(field.columns, row) for row in pasted_rows(field, form.get(f"{field.name}.{PASTED}", ""))]
    filled = [row for row in rows if any(value not in (None, [], False) for value in row.values())]
    return list(_with_ids(field, filled)) if field.prefix else filled


def _row(field: Field, n: int, form: Form) -> Form:
    start = f"{field.name}.{n}."
    return {name.removeprefix(start): value for name, value in form.items() if name.startswith(start)}


def row_count(field: Field, form: Form) -> int:
    """How many rows the form had."""
    start = f"{field.name}."
    numbers = (name.removeprefix(start).partition(".")[0] for name in form if name.startswith(start))
    return min(MAX_ROWS, 1 + max((int(one) for one in numbers if one.isdecimal() and len(one) < 5), default=-1))


def pasted_rows(field: Field, text: str) -> Iterator[Form]:
    """Lines copied from a spreadsheet: a row each, its cells in the order of the columns, separated by tabs."""
    for line in text.splitlines()[:MAX_ROWS]:
        cells = [cell.strip() for cell in line.split("\t")]
        if any(cells):
            yield {column.name: cell for column, cell in zip(field.columns, cells, strict=False) if cell}


def _with_ids(field: Field, rows: list[Given]) -> Iterator[Given]:
    taken = {*field.known, *(str(row["id"]) for row in rows if "id" in row)}
    free = (name for n in range(1, len(taken) + len(rows) + 2) if (name := f"{field.prefix}{n}") not in taken)
    for row in rows:
        yield row if "id" in row else {"id": next(free), **row}


def shown_rows(field: Field, form: Form | None) -> list[Mapping[str, str]]:
    """The rows to show: what was typed, or what the field begins with; then some empty ones."""
    if not form:
        return [*field.rows, *({} for _ in range(EMPTY_ROWS))]
    typed: list[Mapping[str, str]] = [_row(field, n, form) for n in range(row_count(field, form))]
    typed += pasted_rows(field, form.get(f"{field.name}.{PASTED}", ""))
    return [*(row for row in typed if row), *({} for _ in range(EMPTY_ROWS))]
