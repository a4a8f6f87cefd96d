"""The sentences of SQL that SQLite and PostgreSQL share only by custom: insert unless there, and insert or add."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

Row = Mapping[str, Any]


def _insert(dialect: str, table: type[SQLModel]) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def insert_new(connection: Connection, table: type[SQLModel], rows: Sequence[Row]) -> None:
    """Inserts the rows whose key is not there yet."""
    if rows:
        connection.execute(_insert_new(connection.dialect.name, table), rows)


def insert_first(connection: Connection, table: type[SQLModel], row: Row) -> bool:
    """Inserts a row, and says whether it is the first of its key."""
    insert = _insert(connection.dialect.name, table).values(**row).on_conflict_do_nothing()
    return connection.execute(insert.returning(literal(1))).first() is not None


def put(connection: Connection, table: type[SQLModel], keys: Iterable[str], rows: Sequence[Row]) -> None:
    """Inserts the rows, in place of those that have the same keys."""
    if rows:
        connection.execute(_put(connection.dialect.name, table, tuple(keys), tuple(rows[0])), rows)


@cache
def _insert_new(dialect: str, table: type[SQLModel]) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _put(dialect: str, table: type[SQLModel], keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    """Kept, for SQLAlchemy takes longer to put the sentence together than SQLite to carry it out."""
    insert = _insert(dialect, table)
    changed = {name: insert.excluded[name] for name in names if name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def add_up(
    connection: Connection, table: type[SQLModel], keys: Sequence[str], amount: str, rows: Sequence[Row]
) -> None:
    """Adds each row's amount to the one of its keys, which is nought before its first time; none is kept at nought."""
    if not rows:
        return
    columns = SQLModel.metadata.tables[str(table.__tablename__)].c
    insert = _insert(connection.dialect.name, table)
    added = {amount: columns[amount] + insert.excluded[amount]}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=added), rows)
    emptied = delete(table).where(columns[amount] == 0, *(columns[key] == bindparam(f"its_{key}") for key in keys))
    taken = [{f"its_{key}": row[key] for key in keys} for row in rows if row[amount] < 0]
    if taken:
        connection.execute(emptied, taken)


def raise_to(connection: Connection, table: Any, name: str, value: int) -> None:
    """Raises a named number to this one, in one sentence; one that is higher stays, whoever else counts at the time."""
    insert = _insert(connection.dialect.name, table).values(name=name, value=value)
    raised = {"value": insert.excluded.value}
    connection.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_=raised, where=table.value < insert.excluded.value)
    )


def add_to(connection: Connection, table: Any, name: str, value: int) -> int:
    """Adds to a named number, which is nought before its first time; gives what it is now."""
    insert = _insert(connection.dialect.name, table).values(name=name, value=value)
    sentence = insert.on_conflict_do_update(index_elements=["name"], set_={"value": table.value + value})
    return int(connection.execute(sentence.returning(table.value)).scalar_one())
