"""Reads the rows that can be read and names those that cannot, so that one edited row does not hide those beside it.

A query is read as a whole. Only if that fails is it read again with values as they are, and each row judged on its own:
so an odd value in any column, even in a key, removes only its own row.

Weighed: querying each failed row again by its key (an odd key cannot be bound, and fails them all), columns that never
raise (whoever reads a single row would take edited data for genuine), and this.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select

from adapters.db.column_types import fits
from adapters.db.database import values_as_they_are
from domain.shared.errors import IntegrityBroken

T = TypeVar("T")
# Raised by `make` for a row that makes no valid object.
MAKES_NOTHING = (IntegrityBroken, ValueError)
ROWS_AT_ONCE = 500
MAX_NAME = 120


class Found(NamedTuple, Generic[T]):
    """What the sound rows of a query make, and the names by which operators know the others."""

    rows: tuple[T, ...]
    damaged: tuple[str, ...] = ()


def sound_rows(
    connection: Connection,
    query: Select[Any],
    make: Callable[[Row[Any]], T],
    named_by: tuple[str, ...],
    limit: int | None = None,
) -> Found[T]:
    """Returns what at most `limit` sound rows of a query make; damaged rows before them do not count.

    `named_by`: labels of the columns that identify a row. `make` raises one of `MAKES_NOTHING` for a row that is not
    valid.
    """
    try:
        return Found(tuple(make(row) for row in connection.execute(query.limit(limit)).all()))
    except MAKES_NOTHING:
        return _one_by_one(connection, query, make, named_by, limit)


def known(value: T | None) -> T:
    """Returns what a row refers to. Raises IntegrityBroken if it does not exist."""
    if value is None:
        raise IntegrityBroken("A row of the database points to one that there is not.")
    return value


def _one_by_one(
    connection: Connection,
    query: Select[Any],
    make: Callable[[Row[Any]], T],
    named_by: tuple[str, ...],
    limit: int | None,
) -> Found[T]:
    kinds = tuple(column.type for column in query.selected_columns)
    sound, damaged = list[T](), list[str]()
    for row in _as_they_are(connection, query):
        try:
            if not all(map(fits, kinds, row)):
                raise IntegrityBroken("It was edited.")
            sound.append(make(row))
        except MAKES_NOTHING:
            damaged.append(_name(row, named_by))
        if len(sound) == limit:
            break
    return Found(tuple(sound), tuple(dict.fromkeys(damaged)))


def _as_they_are(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    """All rows, a batch at a time: what is made of them is read with the usual checks."""
    past = 0
    while True:
        with values_as_they_are(connection):
            some = connection.execute(query.limit(ROWS_AT_ONCE).offset(past)).all()
        yield from some
        past += ROWS_AT_ONCE
        if len(some) < ROWS_AT_ONCE:
            return


def _name(row: Row[Any], named_by: tuple[str, ...]) -> str:
    """The name by which operators know a row; a value that cannot be shown is given as its Python repr."""
    told = []
    for label in named_by:
        value = row._mapping[label]  # noqa: SLF001 -- its public name, which SQLAlchemy keeps clear of columns
        told.append(value if isinstance(value, str) and value.isascii() else ascii(value))
    return " ".join(told)[:MAX_NAME]
