"""Rows of a form: typed one by one, or pasted as they were copied from a spreadsheet."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

from api.pages.commands.fields import Field, FieldKind, Given, put, read_plain
from api.pages.forms import Form
from domain.engagement.item_ids import free_ids
from domain.shared.limits import MAX_ROWS

# Empty rows shown where none is filled, or more are wanted; otherwise one is, or none if all rows are known.
EMPTY_ROWS = 3
MORE, PASTED, REMOVED, KNOWN = "more", "pasted", "removed", "known"
IDENTIFIER = "id"
# As identifiers of items look in a spreadsheet: W1, N12.
_AN_IDENTIFIER = re.compile(r"[A-Za-z]{1,4}[0-9]{1,6}")
_A_NUMBER = re.compile(r"[0-9]{1,4}")


def read_given(fields: Sequence[Field], form: Form) -> Given:
    """The values that a form gives, by the names of the command's fields. What is empty is left out."""
    given = read_plain([field for field in fields if field.kind is not FieldKind.ROWS], form)
    for field in fields:
        if field.kind is FieldKind.ROWS:
            put(given, field.name, list(_rows_given(field, form)))
    return given


def as_shown(fields: Sequence[Field], form: Form) -> tuple[Field, ...]:
    """The fields as a form was shown with: rows then get the same identifiers, however often it is sent."""
    return tuple(field._replace(known=_known(field, form)) if field.known else field for field in fields)


def _known(field: Field, form: Form) -> tuple[str, ...]:
    return tuple(filter(None, form.get(f"{field.name}.{KNOWN}", "").split(",")))


def is_known(name: str) -> bool:
    """True for the field with the identifiers that were taken when a form was shown."""
    return name.endswith(f".{KNOWN}")


def _rows_given(field: Field, form: Form) -> Iterator[Given]:
    """The rows, of which those without an identifier get the next free one."""
    rows = [read_plain(field.columns, row) for row in typed_rows(field, form)]
    taken = {*field.known, *(str(row[IDENTIFIER]) for row in rows if IDENTIFIER in row)}
    free = free_ids(field.prefix, taken)
    for row in rows:
        yield row if IDENTIFIER in row or not field.prefix else {IDENTIFIER: next(free), **row}


def shown_rows(field: Field, form: Form | None) -> list[Form]:
    """The rows to show: what was typed, or what the field begins with; then some empty ones."""
    filled = typed_rows(field, form) if form else field.rows
    empty = EMPTY_ROWS if not filled or (form and MORE in form) else 0 if field.key else 1
    return [*filled, *({} for _ in range(empty))]


def typed_rows(field: Field, form: Form) -> list[Form]:
    """The filled rows of a form, then the pasted ones; without those that were ticked to be removed."""
    rows = [_row(field, n, form) for n in _numbers(field, form)]
    kept = [row for row in rows if REMOVED not in row and _is_filled(field, row)]
    return [*kept, *pasted_rows(field, form.get(f"{field.name}.{PASTED}", ""))][:MAX_ROWS]


def _is_filled(field: Field, row: Form) -> bool:
    """True if anything is said in a row besides what each row says from the beginning."""
    if field.key:
        return bool(row.get(field.key))
    return any(row.get(column.name) not in (None, "", column.value) for column in field.columns)


def _numbers(field: Field, form: Form) -> range:
    """The numbers of the rows that a form has."""
    start = f"{field.name}."
    numbers = (name.removeprefix(start).partition(".")[0] for name in form if name.startswith(start))
    known = [int(one) for one in numbers if _A_NUMBER.fullmatch(one)]
    return range(min(MAX_ROWS, max(known, default=-1) + 1))


def _row(field: Field, n: int, form: Form) -> Form:
    start = f"{field.name}.{n}."
    return {name.removeprefix(start): value for name, value in form.items() if name.startswith(start)}


def pasted_rows(field: Field, text: str) -> Iterator[Form]:
    """Lines copied from a spreadsheet: a row each, its cells in the order of the columns.

    A line with the names of the columns is left out. Identifiers may be left out: a row then begins with what comes
    after them. What is chosen from a list may be given as it is shown there.
    """
    for cells in csv.reader(text.splitlines(keepends=True), delimiter="\t"):
        said = [cell.strip() for cell in cells]
        if any(said) and not _are_names(field, said):
            columns = field.columns if _AN_IDENTIFIER.fullmatch(said[0]) or not said[0] else _without_id(field)
            found = zip(columns, said, strict=False)
            yield {column.name: _chosen(column, cell) for column, cell in found if cell}


def _are_names(field: Field, cells: Sequence[str]) -> bool:
    """True for the heading of a table."""
    names = {column.label.casefold() for column in field.columns} | {column.name for column in field.columns}
    filled = [cell.casefold() for cell in cells if cell]
    return len(filled) > 1 and all(cell in names for cell in filled)


def _without_id(field: Field) -> tuple[Field, ...]:
    return tuple(column for column in field.columns if column.name != IDENTIFIER)


def _chosen(column: Field, cell: str) -> str:
    """The value that a cell chooses, which may have its label."""
    by_label: Mapping[str, str] = {choice.label.casefold(): choice.value for choice in column.choices}
    return by_label.get(cell.casefold(), cell)
