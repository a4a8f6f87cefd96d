"""Queues messages in the outbox, within the transaction that causes them."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from adapters.db.tables.messages import OutboxRow
from adapters.db.upserts import insert_new
from domain.record.facts import Message


class Held(NamedTuple):
    """Until when messages are held back before anyone is told, and why."""

    not_before: datetime
    because: str


def queue(connection: Connection, messages: Iterable[Message], at: datetime, held: Held | None = None) -> None:
    """Queues messages; one that was queued before, even if it has been sent since, is not queued again."""
    waits = {} if held is None else held._asdict()
    rows = [{**message.model_dump(), "created_at": at, "attempts": 0, "failures": 0, **waits} for message in messages]
    insert_new(connection, OutboxRow, rows)
