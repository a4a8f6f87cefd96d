"""What must be told to people waits here, queued with the facts that made it, until a sender has told it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, select, update

from adapters.database import reading, writing
from adapters.tables import OutboxRow, columns
from adapters.upserts import insert_new
from domain.record import Message

T = columns(OutboxRow)


def queue(connection: Connection, messages: Iterable[Message], at: datetime) -> None:
    """Queues messages; one that was queued before, even if it was sent since, is not queued again."""
    rows = [{**message.model_dump(), "created_at": at, "attempts": 0} for message in messages]
    insert_new(connection, OutboxRow, rows)


class Outbox:
    """The queue as its sender and the administrator see it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, limit: int = 100) -> tuple[OutboxRow, ...]:
        """The oldest messages that were neither sent nor given up."""
        return self._rows(T.sent_at.is_(None) & T.dead.is_(None), limit)

    def dead(self, limit: int = 100) -> tuple[OutboxRow, ...]:
        """The oldest messages that were given up; `dead` says why."""
        return self._rows(T.sent_at.is_(None) & T.dead.is_not(None), limit)

    def of_stream(self, stream: str, limit: int = 100) -> tuple[OutboxRow, ...]:
        """What was told, or will be, because of one stream."""
        return self._rows(T.stream == stream, limit)

    def sent(self, key: str, at: datetime) -> None:
        """The message was told."""
        self._change(key, sent_at=at)

    def failed(self, key: str, dead: str | None = None) -> None:
        """An attempt failed; with a reason, the message is given up."""
        self._change(key, attempts=T.attempts + 1, dead=dead)

    def revive(self, key: str) -> None:
        """Lets a dead message be tried again."""
        self._change(key, attempts=0, dead=None)

    def _rows(self, which: ColumnElement[bool], limit: int) -> tuple[OutboxRow, ...]:
        query = select(*T).where(which).order_by(T.created_at, T.key).limit(limit)
        with reading(self._engine) as connection:
            return tuple(OutboxRow(**row._asdict()) for row in connection.execute(query))

    def _change(self, key: str, **values: Any) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(OutboxRow).where(T.key == key).values(**values))
