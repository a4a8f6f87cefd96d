"""Rows that can be read, and the names of those that cannot: one that was edited silences nobody beside it.

A query is read whole. Only where that fails it is read a second time, with values as they are, and each row is
judged by itself: so an odd value in any column, that of a key too, takes its own row away and no other.

Weighed: each failed row asked for again by its key (a key that is odd cannot be bound, and fails them all), columns
that never raise (whoever reads one row would take what was edited for what was written), and this.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select

from adapters.db.column_types import fits
from adapters.db.database import values_as_they_are
from domain.shared.errors import IntegrityBroken

T = TypeVar("T")
# What is raised where a row holds what makes nothing of ours.
MAKES_NOTHING = (IntegrityBroken, ValueError)
ROWS_AT_ONCE = 500
MAX_NAME = 120


class Found(NamedTuple, Generic[T]):
    """What the sound rows of a query make, and by which names the operators know the others."""

    rows: tuple[T, ...]
    damaged: tuple[str, ...] = ()


def sound_rows(
    connection: Connection,
    query: Select[Any],
    make: Callable[[Row[Any]], T],
    named_by: tuple[str, ...],
    limit: int | None = None,
) -> Found[T]:
    """What at most `limit` sound rows of a query make; the damaged ones before them do not count.

    `named_by`: the labels of the columns by which a row is known. `make` raises one of `MAKES_NOTHING` for a row that
    holds nothing of ours.
    """
    try:
        return Found(tuple(make(row) for row in connection.execute(query.limit(limit)).all()))
    except MAKES_NOTHING:
        return _one_by_one(connection, query, make, named_by, limit)


def known(value: T | None) -> T:
    """What a row says of the one that it points to. Raises IntegrityBroken where there is none."""
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
    """All rows, some at a time: what is made of them is read as always."""
    past = 0
    while True:
        with values_as_they_are(connection):
            some = connection.execute(query.limit(ROWS_AT_ONCE).offset(past)).all()
        yield from some
        past += ROWS_AT_ONCE
        if len(some) < ROWS_AT_ONCE:
            return


def _name(row: Row[Any], named_by: tuple[str, ...]) -> str:
    """By which the operators know a row; of what cannot be told, how it is written in Python."""
    told = []
    for label in named_by:
        value = row._mapping[label]  # noqa: SLF001 -- its public name, which SQLAlchemy keeps clear of columns
        told.append(value if isinstance(value, str) and value.isascii() else ascii(value))
    return " ".join(told)[:MAX_NAME]
