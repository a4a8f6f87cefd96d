"""Writes only what differs between stored rows and the rows wanted.

Rows are matched by primary key. A row that did not change is not touched: neither its page nor any of its indexes.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update, bindparam, delete, insert, update
from sqlmodel import SQLModel

from adapters.db.tables.columns import columns

Row = Mapping[str, Any]


def write_rows(connection: Connection, table: type[SQLModel], stand: Sequence[Row], wanted: Sequence[Row]) -> None:
    """Replaces the rows in `stand` by those in `wanted`."""
    if stand == wanted:
        return
    names = _key_names(table)
    before, after = _by_key(names, stand), _by_key(names, wanted)
    gone = [dict(zip(names, key, strict=True)) for key, row in before.items() if after.get(key) != row]
    new = [row for key, row in after.items() if before.get(key) != row]
    if gone:
        connection.execute(_removal(table), gone)
    if new:
        connection.execute(_insertion(table), new)


def write_row(connection: Connection, table: type[SQLModel], stands: Row | None, wanted: Row) -> None:
    """Replaces one row of a table whose key is `id`, or inserts it if there was none."""
    if stands is None:
        connection.execute(_insertion(table), wanted)
        return
    others = {name: value for name, value in wanted.items() if name not in stands or stands[name] != value}
    if others:
        connection.execute(_change(table), {"of": wanted["id"], **others})


def _by_key(names: Sequence[str], rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in names): row for row in rows}


@cache
def _key_names(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in columns(table) if column.primary_key)


@cache
def _insertion(table: type[SQLModel]) -> Insert:
    return insert(table)


@cache
def _removal(table: type[SQLModel]) -> Delete:
    return delete(table).where(*(columns(table)[name] == bindparam(name) for name in _key_names(table)))


@cache
def _change(table: type[SQLModel]) -> Update:
    return update(table).where(columns(table).id == bindparam("of"))
