"""What must be told to people waits here, queued with the facts that made it, until a sender has told it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlmodel import col

from adapters.tables import OutboxRow
from adapters.upserts import insert_new
from domain.record import Message


def queue(connection: Connection, messages: Iterable[Message], at: datetime) -> None:
    """Queues messages; one that was queued before, even if it was sent since, is not queued again."""
    insert_new(
        connection,
        OutboxRow,
        [{**message.model_dump(), "created_at": at, "attempts": 0} for message in messages],
    )


def waiting(connection: Connection, limit: int = 100) -> tuple[OutboxRow, ...]:
    """The oldest messages that were not sent and not given up."""
    query = select(*OutboxRow.__table__.columns).where(  # type: ignore[attr-defined]
        col(OutboxRow.sent_at).is_(None), col(OutboxRow.dead).is_(None)
    )
    rows = connection.execute(query.order_by(col(OutboxRow.created_at), col(OutboxRow.key)).limit(limit))
    return tuple(OutboxRow(**row._asdict()) for row in rows)


def mark_sent(connection: Connection, key: str, at: datetime) -> None:
    """The message was told."""
    connection.execute(update(OutboxRow).where(col(OutboxRow.key) == key).values(sent_at=at))


def mark_failed(connection: Connection, key: str, dead: str | None = None) -> None:
    """An attempt failed; with a reason, it is given up and shown as dead."""
    attempts = OutboxRow.attempts + 1
    connection.execute(update(OutboxRow).where(col(OutboxRow.key) == key).values(attempts=attempts, dead=dead))


def revive(connection: Connection, key: str) -> None:
    """Tries a dead message again."""
    connection.execute(update(OutboxRow).where(col(OutboxRow.key) == key).values(attempts=0, dead=None))
