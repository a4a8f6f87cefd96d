"""Finds rows with values that do not belong in their column, in tables whose contents no fact states."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from adapters.db.column_types import fits
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import OutboxRow
from adapters.db.tables.read_model import READ_MODEL
from adapters.db.tables.record import ContentRow, LedgerRow, StreamHeadRow
from domain.next_steps.references import StepRef
from domain.shared.values import ASK_FORM

T = columns(OutboxRow)

# The tables whose rows are checked against facts and hashes, which detects any odd value.
OF_FACTS: tuple[type[SQLModel], ...] = (LedgerRow, StreamHeadRow, ContentRow, *READ_MODEL)
ROWS_AT_ONCE = 500


class Odd(NamedTuple):
    """A row by its key, and the column with the odd value."""

    table: str
    row: str
    column: str


def odd_values(connection: Connection) -> Iterator[Odd]:
    """Yields each odd value (call it within `values_as_they_are`), and messages that are about no known ask or step."""
    with_facts = {str(table.__tablename__) for table in OF_FACTS}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in with_facts:
            yield from _in_table(connection, table.name)
    for key, ask, step in connection.execute(select(T.key, T.ask_id, T.step)):
        for name, value, is_reference in (("ask_id", ask, _is_ask), ("step", step, StepRef.is_one)):
            if value is not None and fits(T[name].type, value) and not is_reference(value):
                yield Odd(str(OutboxRow.__tablename__), str(key), name)


def _is_ask(text: str) -> bool:
    return re.search(ASK_FORM, text) is not None


def _in_table(connection: Connection, table: str) -> Iterator[Odd]:
    own = SQLModel.metadata.tables[table].c
    query = select(*own).execution_options(yield_per=ROWS_AT_ONCE)
    for row in connection.execute(query):
        for column, value in zip(own, row, strict=True):
            if not fits(column.type, value):
                key = " ".join(str(cell) for cell, place in zip(row, own, strict=True) if place.primary_key)
                yield Odd(table, key, column.name)
