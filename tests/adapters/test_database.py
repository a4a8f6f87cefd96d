"""One door to two databases: the same tables, exact figures, moments that stand, and no two migrators."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, delete, insert, inspect, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel

import adapters.db.tables.people
import adapters.db.tables.read_model  # noqa: F401 -- the tables that migrations must come to
from adapters.db.column_types import Exact, Instant, Key
from adapters.db.database import WriteTurnTimeout, open_database, reading, writing
from adapters.db.migrating import migrate, newest_schema
from adapters.db.search_index import INDEX
from adapters.processes.start_errors import CannotStart

EXACT = Table(
    "exact",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("amount", Exact),
    Column("moment", Instant),
    Column("key", Key),
)
SHARED = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def exact(engine: Engine) -> Engine:
    """A database with a table of exact columns."""
    with writing(engine) as connection:
        EXACT.create(connection)
    return engine


def back(connection: Connection, **values: object) -> tuple[object, ...]:
    """What a row gives back of what was put into it."""
    connection.execute(delete(EXACT))
    connection.execute(insert(EXACT), {"id": 1, **values})
    return tuple(connection.execute(select(*(EXACT.c[name] for name in values))).one())


@SHARED
@given(amount=st.decimals(allow_nan=False, allow_infinity=False, places=12) | st.decimals(-(10**30), 10**30))
def test_a_decimal_comes_back_with_all_its_digits(exact: Engine, amount: Decimal) -> None:
    with writing(exact) as connection:
        (found,) = back(connection, amount=amount)
    assert isinstance(found, Decimal)
    assert found == amount


@pytest.mark.parametrize("amount", ["0.1", "1234567890123.123456", "-0.000001", "1E+3", "0.10"])
def test_a_figure_of_money_is_exact(exact: Engine, amount: str) -> None:
    with writing(exact) as connection:
        assert back(connection, amount=Decimal(amount)) == (Decimal(amount),)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_amount_is_refused(exact: Engine, amount: str) -> None:
    with pytest.raises(StatementError, match="no amount"), writing(exact) as connection:
        back(connection, amount=Decimal(amount))


@SHARED
@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 -- the zone follows
    hours=st.integers(-12, 14),
)
def test_a_moment_comes_back_in_utc(exact: Engine, moment: datetime, hours: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    with writing(exact) as connection:
        (found,) = back(connection, moment=there)
    assert found == there
    assert isinstance(found, datetime)
    assert found.utcoffset() == timedelta()


def test_a_moment_without_a_zone_is_refused(exact: Engine) -> None:
    with pytest.raises(StatementError, match="no zone"), writing(exact) as connection:
        back(connection, moment=datetime(2026, 3, 2))  # noqa: DTZ001 -- that is what is refused


def test_nothing_stays_nothing(exact: Engine) -> None:
    with writing(exact) as connection:
        assert back(connection, amount=None, moment=None, key=None) == (None, None, None)


def test_moments_sort_by_time_and_keys_by_byte(exact: Engine) -> None:
    first = datetime(2026, 3, 2, 9, tzinfo=UTC)
    moments = [first, first + timedelta(microseconds=1), first + timedelta(seconds=1)]
    keys = ["B", "a", "Å"]
    rows = [{"id": n, "moment": moments[n], "key": keys[n]} for n in (2, 0, 1)]
    with writing(exact) as connection:
        connection.execute(insert(EXACT), rows)
        for column in (EXACT.c.moment, EXACT.c.key):
            assert connection.execute(select(EXACT.c.id).order_by(column)).scalars().all() == [0, 1, 2]


def test_the_migrations_come_to_what_the_tables_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_of_the_model})
        assert compare_metadata(context, SQLModel.metadata) == []


def _is_of_the_model(name: str | None, _kind: str, _parents: object) -> bool:
    """The index of terms is made by migrations alone, since each database has its own kind; SQLite's has tables."""
    return not (name or "").startswith(INDEX)


def test_whoever_migrates_twice_or_at_once_does_no_harm(url: str) -> None:
    engines = [open_database(url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, engines))
    migrate(engines[0])
    assert {"ledger", "alembic_version"} <= set(inspect(engines[0]).get_table_names())
    for engine in engines:
        engine.dispose()


def test_a_transaction_that_fails_leaves_nothing(exact: Engine) -> None:
    with pytest.raises(IntegrityError), writing(exact) as connection:
        connection.execute(insert(EXACT), [{"id": 1}, {"id": 1}])
    with reading(exact) as connection:
        assert connection.execute(select(EXACT.c.id)).all() == []


def test_writers_that_read_first_wait_for_each_other(exact: Engine) -> None:
    with writing(exact) as connection:
        connection.execute(insert(EXACT), {"id": 1, "amount": Decimal(0)})

    def count_up(_turn: int) -> None:
        with writing(exact) as connection:
            amount = connection.execute(select(EXACT.c.amount).with_for_update()).scalar_one()
            connection.execute(EXACT.update().values(amount=amount + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(20)))
    with reading(exact) as connection:
        assert connection.execute(select(EXACT.c.amount)).scalar_one() == 20


def test_a_reader_does_not_wait_for_a_writer(exact: Engine) -> None:
    with writing(exact) as writer:
        writer.execute(insert(EXACT), {"id": 1})
        with reading(exact) as reader:
            assert reader.execute(select(EXACT.c.id)).all() == []


def test_sqlite_is_opened_for_more_than_one_process(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'interlock.db'}")
    with reading(engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "postgresql://x/y"])
def test_any_other_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="neither a SQLite file nor"):
        open_database(url)


def test_whoever_has_just_written_waits_behind_who_waits_already(tmp_path: Path) -> None:
    """As two processes would: each engine has a place in the line of its own."""
    busy, other = (open_database(f"sqlite:///{tmp_path}/line.db") for _ in range(2))
    migrate(busy)
    stop, turns = threading.Event(), list[str]()

    def write_on_and_on() -> None:
        while not stop.is_set():
            with writing(busy):
                turns.append("busy")
                time.sleep(0.005)

    with ThreadPoolExecutor(1) as threads:
        writes = threads.submit(write_on_and_on)
        try:
            waited = []
            for _ in range(20):
                before = len(turns)
                with writing(other):
                    waited.append(len(turns) - before)
        finally:
            stop.set()
        writes.result()
    assert max(waited) <= 2
    for engine in (busy, other):
        engine.dispose()


HOLDER = """
import fcntl, sys, time
held = open(f"{sys.argv[1]}-line", "ab")
fcntl.flock(held, fcntl.LOCK_EX)
print("holds", flush=True)
time.sleep(60)
"""


@contextmanager
def stopped_in_line(database: Path) -> Iterator[None]:
    """A process that was stopped, as by SIGSTOP, while it held the first place in line."""
    command = [sys.executable, "-c", HOLDER, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "holds\n"
            process.send_signal(signal.SIGSTOP)
            yield
        finally:
            process.kill()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite database with tables."""
    path = tmp_path / "held.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite(file: Path) -> Iterator[Engine]:
    """The same, opened."""
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def test_who_was_stopped_in_line_is_passed(sqlite: Engine, file: Path) -> None:
    with stopped_in_line(file):
        began = time.monotonic()
        with writing(sqlite):
            pass
        assert time.monotonic() - began < 3


def test_where_the_line_cannot_be_opened_a_write_is_refused_as_while_the_database_is_away(
    sqlite: Engine, file: Path
) -> None:
    line = Path(f"{file}-line")
    line.unlink(missing_ok=True)
    line.mkdir()
    with pytest.raises(WriteTurnTimeout, match="No write can begin"), writing(sqlite):
        pass
    line.rmdir()
    with writing(sqlite):
        pass


def test_a_database_of_a_later_version_is_not_opened_and_says_so(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'interlock.db'}")
    migrate(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CannotStart, match="another version of Interlock"):
        migrate(engine)
    engine.dispose()


def test_the_schema_of_migrated_tables_is_the_newest(sqlite: Engine) -> None:
    with reading(sqlite) as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == newest_schema()
