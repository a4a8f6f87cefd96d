"""Fields of forms: what each shows, and how what was typed is read into the values of a command."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from api.lines import lines
from api.pages.forms import Form

YES = "yes"

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
    SHOWN = "shown"
    """What is so now, to be read alone."""
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
    """Of rows: identifiers that are taken by items which the form does not send back."""
    key: str = ""
    """Of rows that stand for known things: the column without which a row says nothing."""
    is_folded: bool = False
    """Of rows: seldom needed, and folded until there is something in them."""


def named(pairs: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    """Choices from values and labels."""
    return tuple(Choice(value, label) for value, label in pairs)


def read_plain(fields: Sequence[Field], form: Form) -> Given:
    """The values of fields that have no rows, by the names of the command's fields. What is empty is left out."""
    given: Given = {}
    for field in fields:
        value = _value(field, field.name, form)
        if value is not None:
            put(given, field.name, value)
    return given


def put(given: Given, name: str, value: object) -> None:
    """Sets a value; `measure.what` is set within `measure`."""
    first, _, rest = name.partition(".")
    if not rest:
        given[first] = value
        return
    within = given.setdefault(first, {})
    if isinstance(within, dict):
        put(within, rest, value)


def _value(field: Field, name: str, form: Form) -> object | None:
    if field.kind is FieldKind.SHOWN:
        return None
    if field.kind is FieldKind.SEVERAL:
        return [one.value for one in field.choices if form.get(f"{name}.{one.value}")]
    if field.kind is FieldKind.CHECK:
        return form.get(name) == YES
    text = form.get(name)
    read = _READ.get(field.kind)
    return read(text) if read and text is not None else text


_IDS = re.compile(r"[\s,;]+")
# Between thousands, as spreadsheets write large numbers; and a percent sign after them.
_THOUSANDS = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?:[^0-9]|$))")
_PERCENT = re.compile(r"\s*%$")
# What a typed text means, where it is not the text itself.
_READ: Mapping[FieldKind, Callable[[str], object]] = {
    FieldKind.YES_NO: lambda text: text == YES,
    FieldKind.LINES: lambda text: list(lines(text)),
    FieldKind.IDS: lambda text: [one for one in _IDS.split(text) if one],
    FieldKind.NUMBER: lambda text: _THOUSANDS.sub("", _PERCENT.sub("", text)),
}
