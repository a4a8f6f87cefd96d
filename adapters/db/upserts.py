"""Upserts in the dialects of SQLite and PostgreSQL: insert if missing, insert or replace, insert or add.

Each statement is built once and cached: building it takes SQLAlchemy longer than SQLite needs to run it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Select, bindparam, delete, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from adapters.db.tables.columns import columns

Row = Mapping[str, Any]


def _insert(dialect: str, table: type[SQLModel]) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def insert_new(connection: Connection, table: type[SQLModel], rows: Sequence[Row]) -> None:
    """Inserts the rows whose key does not exist yet."""
    if rows:
        connection.execute(_insert_new(connection.dialect.name, table), rows)


def insert_first(connection: Connection, table: type[SQLModel], row: Row) -> bool:
    """Inserts a row, and returns whether it is the first with its key."""
    return connection.execute(_insert_first(connection.dialect.name, table), row).first() is not None


def put(connection: Connection, table: type[SQLModel], keys: Iterable[str], rows: Sequence[Row]) -> None:
    """Inserts the rows, replacing those with the same keys."""
    if rows:
        connection.execute(_put(connection.dialect.name, table, tuple(keys), tuple(rows[0])), rows)


def put_found(
    connection: Connection,
    table: type[SQLModel],
    key: str,
    value: str,
    found: Select[Any],
    given: Sequence[Row],
) -> None:
    """The same for the (key, value) rows that a query returns, in its order, run for each of the given parameters."""
    if given:
        connection.execute(_put_found(connection.dialect.name, table, key, value, found), given)


@cache
def _insert_new(dialect: str, table: type[SQLModel]) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _insert_first(dialect: str, table: type[SQLModel]) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing().returning(literal(1))


@cache
def _put_found(dialect: str, table: type[SQLModel], key: str, value: str, found: Select[Any]) -> Any:
    insert = _insert(dialect, table).from_select([key, value], found)
    return insert.on_conflict_do_update(index_elements=[key], set_={value: insert.excluded[value]})


@lru_cache(maxsize=64)
def _put(dialect: str, table: type[SQLModel], keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    insert = _insert(dialect, table)
    changed = {name: insert.excluded[name] for name in names if name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def add_up(
    connection: Connection, table: type[SQLModel], keys: Sequence[str], amount: str, rows: Sequence[Row]
) -> None:
    """Adds each row's amount to the row with the same keys, creating it if needed and deleting it at zero."""
    if not rows:
        return
    connection.execute(_add_up(connection.dialect.name, table, tuple(keys), amount), rows)
    taken = [{f"its_{key}": row[key] for key in keys} for row in rows if row[amount] < 0]
    if taken:
        connection.execute(_emptied(table, tuple(keys), amount), taken)


@cache
def _add_up(dialect: str, table: type[SQLModel], keys: tuple[str, ...], amount: str) -> Any:
    insert = _insert(dialect, table)
    added = {amount: columns(table)[amount] + insert.excluded[amount]}
    return insert.on_conflict_do_update(index_elements=keys, set_=added)


@cache
def _emptied(table: type[SQLModel], keys: tuple[str, ...], amount: str) -> Delete:
    its = (columns(table)[key] == bindparam(f"its_{key}") for key in keys)
    return delete(table).where(columns(table)[amount] == 0, *its)


def raise_to(connection: Connection, table: type[SQLModel], name: str, value: int) -> None:
    """Raises a named number to this value in one statement; never lowers it, even with concurrent writers."""
    connection.execute(_raise_to(connection.dialect.name, table), {"name": name, "value": value})


def add_to(connection: Connection, table: type[SQLModel], name: str, value: int) -> int:
    """Adds to a named number, which starts at zero; returns the new value."""
    added = connection.execute(_add_to(connection.dialect.name, table), {"name": name, "value": value})
    return int(added.scalar_one())


@cache
def _raise_to(dialect: str, table: type[SQLModel]) -> Any:
    insert, value = _insert(dialect, table), columns(table).value
    raised = {"value": insert.excluded.value}
    return insert.on_conflict_do_update(index_elements=["name"], set_=raised, where=value < insert.excluded.value)


@cache
def _add_to(dialect: str, table: type[SQLModel]) -> Any:
    insert, value = _insert(dialect, table), columns(table).value
    added = {"value": value + insert.excluded.value}
    return insert.on_conflict_do_update(index_elements=["name"], set_=added).returning(value)
