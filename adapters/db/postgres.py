"""PostgreSQL connections on which no wait is unbounded, whatever happens to the server, the network or other sessions.

The server itself ends what it can know of: waits for a lock, statements that run too long, sessions whose process was
suspended within a transaction. Only our side can notice that the server is suspended or unreachable: every wait for an
answer here has a time-out, and so has the wait for a connection of the pool.
"""

from typing import Any, TypeVar

from psycopg import Connection as PsycopgConnection
from psycopg import DataError, OperationalError
from psycopg.abc import Buffer, PQGen
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import DateLoader, TimestamptzLoader
from sqlalchemy import URL, Connection, Engine, create_engine, event

V = TypeVar("V")

# How long a server may take to accept a connection, or to confirm that it is alive.
CONNECT_SECONDS = 3
# Connections kept in the pool, and further ones opened under load.
MAX_KEPT, MAX_BESIDE = 5, 10
# TCP keepalives notice a peer that vanished within some ten seconds, even while nothing is being sent.
PROBED = {"keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3"}
UNACKNOWLEDGED_MS = 10_000
# A statement, and a pause between two, may each take this many times the patience of the transaction.
STATEMENT = 2
# Seconds by which the server's time-out precedes ours, if it can: its error says more.
MARGIN = 2.0
LIMITS = (
    "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),"
    " set_config('idle_in_transaction_session_timeout', %s, true)"
)


class MomentLoader(TimestamptzLoader):
    """Loads a timestamp, or the text of one that Python cannot represent (`infinity`), which the column reports."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class DayLoader(DateLoader):
    """Loads a date, or the text of one that Python cannot represent."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class Bounded(PsycopgConnection[Any]):
    """A connection that is closed, failing its statement, if an answer takes too long."""

    answer_within: float = CONNECT_SECONDS

    def wait(self, gen: PQGen[V], interval: float = 0.1, timeout: float | None = None) -> V:
        """Like psycopg's own, but never for ever. Raises OperationalError."""
        try:
            return super().wait(gen, interval=interval, timeout=self.answer_within if timeout is None else timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # the server still owes the answer
                self.pgconn.finish()
            raise


def open_postgres(url: URL, pool_seconds: float) -> Engine:
    """Returns an engine for PostgreSQL; time-outs in the URL override ours."""
    ours = {**PROBED, "tcp_user_timeout": str(UNACKNOWLEDGED_MS), "connect_timeout": str(CONNECT_SECONDS)}
    engine = create_engine(
        url.set(query={**ours, **url.query}),
        pool_pre_ping=True,
        pool_size=MAX_KEPT,
        max_overflow=MAX_BESIDE,
        pool_timeout=pool_seconds,
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkin", _back_in_the_pool)
    return engine


def _connect(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> Bounded:
    connection = Bounded.connect(*arguments, **named)
    connection.adapters.register_loader("timestamptz", MomentLoader)
    connection.adapters.register_loader("date", DayLoader)
    return connection


def _back_in_the_pool(connection: Bounded | None, _record: Any) -> None:
    if connection is not None:
        connection.answer_within = CONNECT_SECONDS


def bound(connection: Connection, patience: float) -> None:
    """Sets the limits of a new transaction: `patience` in seconds is how long it waits for another's lock."""
    lock, statement = round(patience * 1000), round(patience * STATEMENT * 1000)
    own = connection.connection.driver_connection
    if not isinstance(own, Bounded):
        raise TypeError(f"{own!r} is no connection to PostgreSQL of ours")
    own.answer_within = patience * STATEMENT + MARGIN
    connection.exec_driver_sql(LIMITS, (f"{lock}ms", f"{statement}ms", f"{statement}ms"))
