"""One door to the database: SQLite for one machine, PostgreSQL for more. The same code runs on both.

Whoever writes takes the write lock at once: on SQLite a transaction that reads first and writes later is
refused when another wrote in between, and no waiting helps it.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, finalize

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


class _Turns:
    """Whose turn it is to write a SQLite database: among the threads of a process, and among processes.

    It has one write lock. Whoever finds that taken sleeps and looks again, up to a tenth of a second, so that of
    several some would starve. Here they wait in line, and are woken: before the `room` in which one writes there is
    a `door`, which whoever comes next holds, so that nobody who has just written is in again before them. The kernel
    lets go of both when a process dies. What keeps the data whole is SQLite's own lock, as before.
    """

    def __init__(self, database: str) -> None:
        self._among_threads = Lock()
        self._door, self._room = (_opened(f"{database}-{name}") for name in ("door", "room"))
        finalize(self, _close, self._door, self._room)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for it, and ends it."""
        with self._among_threads:
            with _held(self._door):
                flock(self._room, LOCK_EX)
            try:
                yield
            finally:
                flock(self._room, LOCK_UN)


def _opened(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _close(*files: int) -> None:
    for file in files:
        os.close(file)


@contextmanager
def _held(file: int) -> Iterator[None]:
    flock(file, LOCK_EX)
    try:
        yield
    finally:
        flock(file, LOCK_UN)


_turns: WeakKeyDictionary[Engine, _Turns] = WeakKeyDictionary()
_turns_made = Lock()


def _turn(engine: Engine) -> AbstractContextManager[Any]:
    if engine.dialect.name != "sqlite":
        return nullcontext()
    with _turns_made:
        if engine not in _turns:
            _turns[engine] = _Turns(str(engine.url.database))
        return _turns[engine].turn()


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
