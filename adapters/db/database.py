"""The only access to the database: SQLite for one machine, PostgreSQL for several, with the same code on both.

A writer takes the write lock at once: on SQLite, a transaction that reads first and writes later is refused if another
one wrote in between, and no waiting helps it.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import partial
from io import FileIO
from pathlib import Path
from sqlite3 import SQLITE_BUSY, OperationalError
from sqlite3 import Connection as SqliteConnection
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import OperationalError as DBOperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters.db.column_types import VERIFYING
from adapters.files.private_files import make_private
from adapters.processes.waiting import BoundedWait
from domain.shared.errors import IntegrityBroken

# How long SQLite itself waits where it may: for a checkpoint, or for crash recovery of the file.
BUSY_MS = 5_000
# The part of an extended SQLite error code that gives its primary kind.
PRIMARY = 0xFF

# Seconds that a write waits for those before it until it is refused.
WRITE_PATIENCE = 5.0
# Seconds that a PostgreSQL reader waits for a lock on whole tables, which only a migration takes.
READ_PATIENCE = 5.0
# The same for work that goes through everything or is not retried automatically: migrating, rebuilding, verifying.
HOUSEKEEPING_PATIENCE = 60.0
# Seconds to wait for a connection while all of them are in use.
POOL_SECONDS = 5.0
# Seconds after which a writer in the queue goes past it: the first in it may be suspended.
LINE_PATIENCE = 0.5
POLL_INTERVAL, REOPEN_INTERVAL = 0.001, 0.02
LOCKED = "55P03"
# PostgreSQL's codes: a lock was not released in time; a transaction was idle, or open, for too long.
STOOD_STILL = {"25P03", "25P04"}


class WriteTurnTimeout(TimeoutError):
    """Another writer held the database for too long. Nothing was written; it may be retried."""


class TransactionEnded(TimeoutError):
    """The database ended a transaction that was idle for too long. Nothing was written; it may be retried."""


# Raised if the database does not answer or is locked, or its disk is full: may be retried.
DATABASE_AWAY = (WriteTurnTimeout, TransactionEnded, DBOperationalError, InterfaceError, PoolTimeout)


def open_database(url: str) -> Engine:
    """Returns an engine for `sqlite:///file` or `postgresql+psycopg://…`.

    Raises ValueError for any other database, and for SQLite in memory, which a second connection could not see.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql+psycopg":
        return _open_postgres(parsed)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        raise ValueError(f"{parsed.render_as_string()} is neither a SQLite file nor postgresql+psycopg://")
    make_private(Path(str(parsed.database)).parent)
    engine = create_engine(parsed, pool_timeout=POOL_SECONDS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _unreadable, retval=True)
    return engine


def open_read_only(file: Path) -> Engine:
    """Opens a SQLite file that may be in use for reading only: nothing is written to it, its log, or beside them."""
    options = {"mode": "ro", "readonly_shm": "1", "uri": "true"}
    engine = create_engine(URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=options))
    event.listen(engine, "connect", _prepare_to_read)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _unreadable, retval=True)
    return engine


def _prepare_to_read(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _open_postgres(url: URL) -> Engine:
    from adapters.db.postgres import bound, open_postgres  # noqa: PLC0415 -- its driver, only where it is wanted

    engine = open_postgres(url, POOL_SECONDS)
    event.listen(engine, "begin", lambda connection: bound(connection, _patience(connection)))
    event.listen(engine, "handle_error", _translated, retval=True)
    return engine


def _patience(connection: Connection) -> float:
    return float(connection.get_execution_options().get("patience", READ_PATIENCE))


def _translated(context: ExceptionContext) -> Exception | None:
    """Translates errors that PostgreSQL reports by its own codes into those raised on both databases."""
    code = getattr(context.original_exception, "sqlstate", None)
    if code == LOCKED and context.connection is not None:
        return WriteTurnTimeout(f"The database was locked by another for {_patience(context.connection):g} seconds.")
    return TransactionEnded(str(context.original_exception)) if code in STOOD_STILL else None


def _unreadable(context: ExceptionContext) -> Exception | None:
    """SQLite accepts any bytes as text, and its driver reports a failed database to whoever reads such a text."""
    is_no_text = str(context.original_exception).startswith("Could not decode to UTF-8")
    return IntegrityBroken("A text in the database is not UTF-8: it was edited.") if is_no_text else None


@contextmanager
def values_as_they_are(connection: Connection) -> Iterator[None]:
    """While active, any value in any column can be read; odd bytes in a text become lone surrogates."""
    driver: Any = connection.connection.driver_connection
    verifying = VERIFYING.set(True)
    if connection.dialect.name == "sqlite":
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        VERIFYING.reset(verifying)
        if connection.dialect.name == "sqlite":
            driver.text_factory = str


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    # FULL: what was answered survives a power cut. It doubles the time of a single write, and costs concurrent ones
    # nothing. secure_delete: what was erased does not remain in free pages.
    connection.isolation_level = None  # the driver would begin by itself, later and without the lock
    for pragma in (f"busy_timeout = {BUSY_MS}", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    _switch_to_wal(connection)


def _switch_to_wal(connection: SqliteConnection) -> None:
    """Only the first process ever has to switch; another that arrives in that moment is refused without any waiting."""
    waiting = BoundedWait("another process opens the database", HOUSEKEEPING_PATIENCE)
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except OperationalError:
            if not waiting.goes_on():
                raise
            time.sleep(REOPEN_INTERVAL)
        else:
            return


def forget_what_was_overwritten(engine: Engine) -> None:
    """Empties SQLite's log, in which pages keep their old contents, once nobody reads an older snapshot.

    Raises WriteTurnTimeout if someone keeps reading for too long. What was written is committed all the same.
    """
    if engine.dialect.name != "sqlite":
        return
    waiting = BoundedWait("another process is reading the old contents", HOUSEKEEPING_PATIENCE)
    with closing(engine.raw_connection()) as connection:
        while connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if not waiting.goes_on():
                raise WriteTurnTimeout(
                    "Another process is still reading the old contents; they stay in SQLite's log until it ends."
                )
            time.sleep(REOPEN_INTERVAL)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("writes", False):
        _begin_writing(connection, options["patience"])
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection, patience: float) -> None:
    """Queues for SQLite's only write lock, and takes it.

    SQLite's own waiting is by polling, so that of several writers one would starve. Here they queue before it: only the
    first polls, and whoever has just written goes to the end. The queue is only for fairness; SQLite's own lock keeps
    the data consistent. So nobody holds a place in it for long: the place is given up as soon as the transaction has
    begun, it ends with the file that holds it, however its thread or process ends, and a writer behind a suspended one
    goes past it.
    """
    until = time.monotonic() + patience
    with _line(Path(f"{connection.engine.url.database}-line")) as line:
        past = min(until, time.monotonic() + LINE_PATIENCE)
        while not _is_first(line) and time.monotonic() < past:
            time.sleep(POLL_INTERVAL)
        waiting = BoundedWait("another process writes to the database, or migrates it", until - time.monotonic())
        while not _has_begun(connection):
            if not waiting.goes_on():
                raise WriteTurnTimeout(f"The database was locked by another writer for {patience:g} seconds.")
            time.sleep(POLL_INTERVAL)


def _line(path: Path) -> FileIO:
    """Raises WriteTurnTimeout if it cannot be opened, for example at the process's limit of open files."""
    try:
        return path.open("ab", buffering=0)
    except OSError as error:
        raise WriteTurnTimeout(f"No write can begin: {error}") from error


def _is_first(line: FileIO) -> bool:
    try:
        flock(line, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _has_begun(connection: Connection) -> bool:
    """True once we hold the write lock; False while another does. Never waits, as SQLite itself would."""
    own = connection.connection.driver_connection
    if not isinstance(own, SqliteConnection):
        raise TypeError(f"{own!r} is no connection to SQLite")
    try:
        own.execute("PRAGMA busy_timeout = 0")
        own.execute("BEGIN IMMEDIATE")
    except OperationalError as refused:
        if refused.sqlite_errorcode & PRIMARY != SQLITE_BUSY:
            raise
        return False
    finally:
        own.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return True


# What belongs together: passed on, so that another call joins the same transaction.
Transaction = Connection


@contextmanager
def writing(
    engine: Engine, patience: float = WRITE_PATIENCE, *, within: Transaction | None = None
) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing. Raises WriteTurnTimeout after `patience` seconds.

    On SQLite it waits once, at its beginning; on PostgreSQL whenever another transaction has locked a row that it
    changes. With `within`, it is part of that transaction.
    """
    if within is not None:
        yield within
        return
    options = {"writes": True, "patience": patience}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def reading(
    engine: Engine, *, snapshot: bool = False, patience: float = READ_PATIENCE, within: Transaction | None = None
) -> Iterator[Connection]:
    """A transaction that only reads and never waits for a writer. With `snapshot`, all statements see the same state.

    On PostgreSQL no statement, and no pause between two, may take longer than twice `patience` in seconds. With
    `within`, it sees what that transaction has written.
    """
    if within is not None:
        yield within
        return
    options: dict[str, Any] = {"patience": patience}
    if snapshot and engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection
