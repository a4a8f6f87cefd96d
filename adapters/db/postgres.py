"""PostgreSQL keeps nobody waiting beyond a bounded time, whatever happens to it, to the net, or to another session.

What the server can know of, it ends by itself: who waits for a lock, a statement that goes on and on, a session whose
process was stopped within a transaction. That it was stopped itself, or cannot be reached any more, only our side
can find; there every wait for an answer has an end, and so has the wait for one of the pool's connections.
"""

from typing import Any, TypeVar

from psycopg import Connection as PsycopgConnection
from psycopg import DataError, OperationalError
from psycopg.abc import Buffer, PQGen
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import DateLoader, TimestamptzLoader
from sqlalchemy import URL, Connection, Engine, create_engine, event

V = TypeVar("V")

# How long a server may take to let us in, or to say that it is still there.
CONNECT_SECONDS = 3
# Connections that are kept, and that are opened beside them while there is much to do.
MAX_KEPT, MAX_BESIDE = 5, 10
# A peer that is gone without a word is found by TCP within some ten seconds, also where nothing is being sent.
PROBED = {"keepalives": "1", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3"}
UNACKNOWLEDGED_MS = 10_000
# A statement may take as many times the patience of its transaction, and as long a pause may be between two.
STATEMENT = 2
# Seconds by which the server comes first, where it is able to: its error says more than ours.
MARGIN = 2.0
LIMITS = (
    "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),"
    " set_config('idle_in_transaction_session_timeout', %s, true)"
)


class MomentLoader(TimestamptzLoader):
    """A moment; the text of one that Python has no value for (`infinity`), which the column then calls odd."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class DayLoader(DateLoader):
    """A day; the text of one that Python has no value for."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class Bounded(PsycopgConnection[Any]):
    """A connection that is closed, and its statement failed, where an answer takes too long."""

    answer_within: float = CONNECT_SECONDS

    def wait(self, gen: PQGen[V], interval: float = 0.1, timeout: float | None = None) -> V:
        """As psycopg's own, but never for ever. Raises OperationalError."""
        try:
            return super().wait(gen, interval=interval, timeout=self.answer_within if timeout is None else timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # the server still owes the answer
                self.pgconn.finish()
            raise


def open_postgres(url: URL, pool_seconds: float) -> Engine:
    """An engine for a PostgreSQL; what the address itself says of time-outs comes before ours."""
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
    """Sets the limits of a transaction that begins: `patience` in seconds is how long it waits for another's lock."""
    lock, statement = round(patience * 1000), round(patience * STATEMENT * 1000)
    own = connection.connection.driver_connection
    if not isinstance(own, Bounded):
        raise TypeError(f"{own!r} is no connection to PostgreSQL of ours")
    own.answer_within = patience * STATEMENT + MARGIN
    connection.exec_driver_sql(LIMITS, (f"{lock}ms", f"{statement}ms", f"{statement}ms"))
