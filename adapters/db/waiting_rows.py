"""A table used as a queue: rows are read oldest first, each identified by its key, until they have been dealt with.

A row that was edited drops out of the queue alone, and the operators are told.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, select, update
from sqlmodel import SQLModel

from adapters.db.database import reading, writing
from adapters.db.operators import Operators
from adapters.db.readable_rows import Found, sound_rows
from adapters.db.tables.columns import columns

E = TypeVar("E")


class RetryQueue(Generic[E]):
    """One such table. `make` turns the columns `fields` of a row into an entry; rows are ordered by `oldest`."""

    def __init__(
        self,
        engine: Engine,
        table: type[SQLModel],
        make: Callable[[Row[Any]], E],
        fields: tuple[str, ...],
        *,
        oldest: str,
        told_as: tuple[str, str],
    ) -> None:
        """`told_as`: what operators call the queue, and one of its rows."""
        self._engine = engine
        self._operators = Operators(engine)
        self._table = table
        self._make = make
        self._fields = fields
        self._oldest = oldest
        self._told_as = told_as

    def rows(self, which: ColumnElement[bool], limit: int, now: datetime) -> tuple[E, ...]:
        """Returns the oldest matching rows."""
        with reading(self._engine) as connection:
            found = self.found(connection, self.query(which), limit)
        return self.heard(found, now)

    def query(self, which: ColumnElement[bool]) -> Select[Any]:
        """Selects the matching rows, oldest first."""
        row = columns(self._table)
        return select(*(row[name] for name in self._fields)).where(which).order_by(row[self._oldest], row["key"])

    def found(self, connection: Connection, query: Select[Any], limit: int) -> Found[E]:
        """What at most `limit` sound rows of a query make."""
        return sound_rows(connection, query, self._make, ("key",), limit)

    def heard(self, found: Found[E], now: datetime) -> tuple[E, ...]:
        """Returns the sound rows, and tells the operators of the others once the connection has been returned."""
        self._operators.hear_of_rows(*self._told_as, found.damaged, now)
        return found.rows

    def change(self, which: ColumnElement[bool], **values: Any) -> int:
        """Updates the matching rows; returns how many."""
        with writing(self._engine) as connection:
            return connection.execute(update(self._table).where(which).values(**values)).rowcount
