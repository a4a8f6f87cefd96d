"""One door to the database: SQLite for one machine, PostgreSQL for more. The same code runs on both.

Whoever writes takes the write lock at once: on SQLite a transaction that reads first and writes later is
refused when another wrote in between, and no waiting helps it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 0x1D7E_10C4
"""The advisory lock that whoever migrates a PostgreSQL holds."""
BUSY_MS = 30_000


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`.

    Raises ValueError for any other database, and for SQLite in memory, which no second connection could see.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        raise ValueError(f"{parsed.render_as_string()} is neither a SQLite file nor postgresql+psycopg://")
    Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin by itself, later and without the lock
    for pragma in (f"busy_timeout = {BUSY_MS}", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


@retry(
    retry=retry_if_exception_type(OperationalError),
    stop=stop_after_delay(BUSY_MS / 1000),
    wait=wait_fixed(0.02),
    reraise=True,
)
def _switch_to_wal(connection: SqliteConnection) -> None:
    """Only the first process ever has to switch; whoever comes in that moment is refused without any waiting."""
    connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing."""
    with _turn(engine), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


def _turn(engine: Engine) -> AbstractContextManager[Any]:
    """On SQLite the writers of a process take turns: it has one write lock, and whoever finds it taken sleeps and
    looks again, so that of eight some would starve for seconds.
    """
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return _turns.setdefault(engine, Lock())


@contextmanager
def reading(engine: Engine, *, snapshot: bool = False) -> Iterator[Connection]:
    """A transaction that only reads, and never waits for a writer. A `snapshot` sees one moment throughout."""
    options = {"isolation_level": "REPEATABLE READ"} if snapshot and engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def migrate(engine: Engine) -> None:
    """Brings the tables to the newest form. Where two processes start at once, one migrates and the other waits."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
