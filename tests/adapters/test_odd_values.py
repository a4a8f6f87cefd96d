"""SQLite takes any value in any column: what is odd there is named by a verification, and ends none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from adapters.database import migrate, open_database, reading, writing
from adapters.people_operations import PeopleOperations
from adapters.records import Records
from adapters.verification import verify
from tests.adapters.builders import firm, lively_deal

ODD = ("'yesterday'", "x'ff'", "CAST(x'ff' AS TEXT)")
WITNESSED = {"at", "by", "channel", "for_whom", "command", "kind", "body", "prev", "hash"}
"""Columns of the ledger that the chain covers."""


class Was(NamedTuple):
    """What stood in the newest row of a table before it was made odd."""

    row: int
    value: Any


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A record with a directory and a deal."""
    engine = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    migrate(engine)
    PeopleOperations(engine).import_directory(firm())
    Records(engine).append(lively_deal().batch)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("table", ["ledger", "stream_head", "directory_version", "content", "engagement", "ask"])
def test_a_value_that_no_such_column_holds_ends_no_verification(engine: Engine, table: str) -> None:
    with reading(engine) as connection:
        columns = [row.name for row in connection.execute(text(f"PRAGMA table_info('{table}')"))]
    for column in columns:
        for odd in ODD:
            was = made_odd(engine, table, column, odd)
            if was is not None:
                verdict = verify(engine)
                assert not (verdict.is_sound and table == "ledger" and column in WITNESSED), column
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
