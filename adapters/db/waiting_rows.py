"""A table whose rows wait until somebody has dealt with them: read from the oldest on, each known by its key.

A row that was edited takes itself out of the queue alone, and the operators hear of it.
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
    """One such table. Rows become entries by `make`, from the columns `fields`, in the order of `oldest`."""

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
        """The oldest of these."""
        with reading(self._engine) as connection:
            found = self.found(connection, self.query(which), limit)
        return self.heard(found, now)

    def query(self, which: ColumnElement[bool]) -> Select[Any]:
        """These, the oldest first."""
        row = columns(self._table)
        return select(*(row[name] for name in self._fields)).where(which).order_by(row[self._oldest], row["key"])

    def found(self, connection: Connection, query: Select[Any], limit: int) -> Found[E]:
        """What at most so many sound rows of a query make."""
        return sound_rows(connection, query, self._make, ("key",), limit)

    def heard(self, found: Found[E], now: datetime) -> tuple[E, ...]:
        """The sound ones; of the others the operators hear, once the connection is given back."""
        self._operators.hear_of_rows(*self._told_as, found.damaged, now)
        return found.rows

    def change(self, which: ColumnElement[bool], **values: Any) -> int:
        """Changes these; gives how many."""
        with writing(self._engine) as connection:
            return connection.execute(update(self._table).where(which).values(**values)).rowcount
