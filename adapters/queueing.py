"""Puts messages where they wait to be told, within the transaction that makes them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from adapters.tables import OutboxRow
from adapters.upserts import insert_new
from domain.record import Message


def queue(connection: Connection, messages: Iterable[Message], at: datetime) -> None:
    """Queues messages; one that was queued before, even if it was sent since, is not queued again."""
    rows = [{**message.model_dump(), "created_at": at, "attempts": 0, "failures": 0} for message in messages]
    insert_new(connection, OutboxRow, rows)
