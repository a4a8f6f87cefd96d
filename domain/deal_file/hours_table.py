"""A table of hours as a spreadsheet exports it: `item,hours`, or with semicolons if decimals have commas."""

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

COLUMNS = ("item", "hours")
_COMMA = re.compile(r"^(\d+),(\d{1,2})$")


class HoursRow(NamedTuple):
    """A row of the table, and the line on which it ends."""

    line: int
    values: dict[str, str]


class NoTableError(ValueError):
    """The text is not such a table; `line` says where."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def hours_in(text: str) -> Iterator[HoursRow]:
    """The rows of a table; none for an empty text. Raises NoTableError."""
    if not text.strip():
        return
    lines = text.splitlines()
    by_semicolons = bool(lines) and ";" in lines[0] and "," not in lines[0]
    reader = csv.DictReader(lines, delimiter=";" if by_semicolons else ",", strict=True)
    try:
        columns = [str(name).strip() for name in reader.fieldnames or ()]
        if twice := next((name for name in COLUMNS if columns.count(name) > 1), None):
            raise NoTableError(1, f"the column {twice} appears twice")
        if set(columns) != set(COLUMNS):
            raise NoTableError(1, "the columns must be item,hours")
        for row in reader:
            values = {str(name).strip(): str(value).strip() for name, value in row.items()}
            if None in row or None in row.values():
                raise NoTableError(reader.line_num, "does not have the two columns item,hours")
            if by_semicolons:
                values["hours"] = _COMMA.sub(r"\1.\2", values["hours"])
            yield HoursRow(reader.line_num, values)
    except csv.Error as wrong:
        raise NoTableError(reader.line_num, f"is not CSV ({wrong})") from None
