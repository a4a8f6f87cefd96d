"""SQLite takes any value in any column, PostgreSQL some that nobody writes: what is odd is named, and ends nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

import pytest
from sqlalchemy import Column, Engine, delete, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from adapters.db.database import open_database, reading, writing
from adapters.db.migrating import migrate
from adapters.db.records import Records
from adapters.db.verification import UNWITNESSED, verify
from domain.shared.errors import IntegrityBroken
from tests.adapters.builders import lively_deal
from tests.databases import new_postgres

ODD = ("'yesterday'", "x'ff'", "CAST(x'ff' AS TEXT)")
# Beside those, what only looks like one. (What is put into a column of texts is a text.)
ODD_OF_KIND = {
    Decimal: ("'NaN'", "'1_0'"),
    datetime: ("'2026-03-02T09:30:00.000000'", "'2026-03-02T09:30:00+02:00'", "'2026-03-02'"),
    bool: ("7", "-1"),
    int: ("1.5",),
}
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Was(NamedTuple):
    """What stood in the newest row of a table before it was made odd."""

    row: int
    value: Any


@pytest.fixture
def engine(file_with_a_deal: Engine) -> Engine:
    return file_with_a_deal


# Texts by which a message says what it is about.
REFERENCES = {("outbox", "ask_id"): "ENG-2026-0001.A1", ("outbox", "step"): "ENG-2026-0001/task:T1"}


def a_value(column: Column[Any]) -> Any:
    """What may stand in a column."""
    if (column.table.name, column.name) in REFERENCES:
        return REFERENCES[column.table.name, column.name]
    kind = cast("TypeDecorator[Any]", column.type).impl_instance.python_type
    return {datetime: NOW, date: NOW.date(), bytes: b"-", Decimal: Decimal(1), str: "1", int: 1, bool: True}[kind]


@pytest.mark.parametrize("table", sorted(SQLModel.metadata.tables))
def test_every_column_has_a_type_that_looks_at_what_it_gives(table: str) -> None:
    assert all(isinstance(column.type, TypeDecorator) for column in SQLModel.metadata.tables[table].c)


@pytest.mark.parametrize("table", sorted(SQLModel.metadata.tables.keys() - {"ledger"}))
def test_whoever_reads_an_odd_value_is_told_that_the_data_are_damaged(empty_file: Engine, table: str) -> None:
    own, engine = SQLModel.metadata.tables[table], empty_file
    with writing(engine) as connection:
        connection.execute(delete(own))
        connection.execute(insert(own).values({column.name: a_value(column) for column in own.c}))
    for column in own.c:
        for odd in odd_of(column):
            was = made_odd(engine, table, column.name, odd)
            if was is not None and not fits(column, odd):
                with reading(engine) as connection, pytest.raises(IntegrityBroken):
                    connection.execute(select(column)).all()
                put_back(engine, table, column.name, was)


@pytest.mark.parametrize("table", sorted(name for names in UNWITNESSED.values() for name in names))
def test_the_row_of_a_table_that_no_fact_makes_is_named_with_the_column(empty_file: Engine, table: str) -> None:
    own, engine = SQLModel.metadata.tables[table], empty_file
    with writing(engine) as connection:
        connection.execute(delete(own))
        connection.execute(insert(own).values({column.name: a_value(column) for column in own.c}))
    assert verify(engine).is_sound
    for column in own.c:
        for odd in odd_of(column):
            was = made_odd(engine, table, column.name, odd)
            if was is not None and not fits(column, odd):
                (found,) = verify(engine).faults
                assert found.stream == f"table {table}"
                assert f"the value of {column.name} is of a wrong kind" in found.what
            if was is not None:
                put_back(engine, table, column.name, was)
    assert verify(engine).is_sound


# What PostgreSQL takes for a number, a moment or a day, and Python or we have no value for.
WITHOUT_VALUE = {Decimal: ("NaN", "Infinity"), datetime: ("infinity", "0044-03-15 BC"), date: ("-infinity",)}
COLUMNS_OF_THAT_KIND = [
    (table.name, column.name, odd)
    for table in SQLModel.metadata.sorted_tables
    for column in table.c
    for odd in WITHOUT_VALUE.get(cast("TypeDecorator[Any]", column.type).impl_instance.python_type, ())
]


def test_what_postgresql_takes_and_no_program_of_ours_writes_is_damage_and_named(postgres: str) -> None:
    unwitnessed = {name for names in UNWITNESSED.values() for name in names}
    with new_postgres(postgres) as url:
        engine = open_database(url)
        migrate(engine)
        for name, column, odd in COLUMNS_OF_THAT_KIND:
            own = SQLModel.metadata.tables[name]
            row = {cell.name: a_value(cell) for cell in own.c}
            with writing(engine) as connection:
                connection.execute(delete(own))
                connection.execute(insert(own).values(row))
                connection.execute(text(f"UPDATE {name} SET \"{column}\" = '{odd}'"))  # noqa: S608 -- the test's own
            with reading(engine) as connection, pytest.raises(IntegrityBroken):
                connection.execute(select(own)).all()
            if name in unwitnessed:
                told = [fault.what for fault in verify(engine).faults if fault.stream == f"table {name}"]
                assert f"the value of {column} is of a wrong kind" in " ".join(told)
            with writing(engine) as connection:
                connection.execute(delete(own))
        engine.dispose()


def odd_of(column: Column[Any]) -> tuple[str, ...]:
    kind = cast("TypeDecorator[Any]", column.type).impl_instance.python_type
    return (*ODD, *ODD_OF_KIND.get(kind, ()))


def fits(column: Column[Any], odd: str) -> bool:
    """True for a text in a column of texts, and for bytes in one of bytes."""
    kind = cast("TypeDecorator[Any]", column.type).impl_instance.python_type
    return (odd, kind) in {(ODD[0], str), (ODD[1], bytes)}


@pytest.mark.parametrize("table", ["ledger", "stream_head", "directory_version", "content", "engagement", "ask"])
def test_a_value_that_no_such_column_holds_ends_no_verification(engine: Engine, table: str) -> None:
    with reading(engine) as connection:
        columns = [row.name for row in connection.execute(text(f"PRAGMA table_info('{table}')"))]
    for column in columns:
        for odd in ODD:
            was = made_odd(engine, table, column, odd)
            if was is not None:
                verdict = verify(engine)
                is_unwitnessed = (table, odd) == ("directory_version", ODD[0]) and column in {"kind", "concerned"}
                assert verdict.is_sound == is_unwitnessed, column
                put_back(engine, table, column, was)
    assert verify(engine).is_sound


@pytest.mark.parametrize("odd", ODD)
def test_the_row_in_which_something_odd_stands_is_named_and_all_others_are_checked(engine: Engine, odd: str) -> None:
    Records(engine).append(lively_deal(2).batch)
    first = text("SELECT min(position) FROM ledger WHERE stream = :stream")
    with writing(engine) as connection:
        row = connection.execute(first, {"stream": lively_deal().stream}).scalar_one()
        connection.execute(text(f"UPDATE ledger SET body = {odd} WHERE position = :row"), {"row": row})  # noqa: S608
        connection.execute(text("UPDATE ledger SET by = 'me' WHERE position = (SELECT max(position) FROM ledger)"))
    named = {(fault.stream, fault.what) for fault in verify(engine).faults}
    assert {(deal.stream, "the row was edited") for deal in (lively_deal(), lively_deal(2))} <= named


@pytest.mark.parametrize(
    ("table", "column", "odd"),
    [
        *(
            ("stream_head", column, odd)
            for column in ("seq", "acknowledged", "told")
            for odd in ("'yesterday'", "x'ff'")
        ),
        *(("stream_head", column, odd) for column in ("hash", "first") for odd in ODD),
        *(("content", "body", odd) for odd in ODD),
        ("content", "salt", "'yesterday'"),
        ("ledger", "at", "x'ff'"),
    ],
)
def test_the_stream_is_named_of_which_something_odd_stands(engine: Engine, table: str, column: str, odd: str) -> None:
    of_the_deal = "kind = 'words'" if table == "content" else "stream LIKE 'engagement/%'"
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = {odd} WHERE {of_the_deal}"))  # noqa: S608
    verdict = verify(engine)
    assert lively_deal().stream in {fault.stream for fault in verdict.faults}
    assert not any("cannot be read" in fault.what for fault in verdict.faults)


def made_odd(engine: Engine, table: str, column: str, odd: str) -> Was | None:
    """Puts an odd value into the newest row; None where a constraint is in the way."""
    newest = text(f'SELECT rowid, "{column}" FROM {table} ORDER BY rowid DESC LIMIT 1')  # noqa: S608 -- the test's own
    change = text(f'UPDATE {table} SET "{column}" = {odd} WHERE rowid = :row')  # noqa: S608
    with writing(engine) as connection:
        was = Was(*connection.execute(newest).one())
        try:
            with connection.begin_nested():
                connection.execute(change, {"row": was.row})
        except IntegrityError:
            return None
    return was


def put_back(engine: Engine, table: str, column: str, was: Was) -> None:
    with writing(engine) as connection:
        connection.execute(text(f'UPDATE {table} SET "{column}" = :value WHERE rowid = :row'), was._asdict())  # noqa: S608
