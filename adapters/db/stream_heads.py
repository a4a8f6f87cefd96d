"""The head of a stream before it holds a fact: where its chain begins, its marks, and whether it is quarantined."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from adapters.db.tables.record import StreamHeadRow
from adapters.db.upserts import insert_new

# What the first fact of a stream is linked to.
NOTHING_BEFORE = ""
EMPTY = {"seq": 0, "hash": NOTHING_BEFORE, "first": "", "acknowledged": 0, "told": 0, "quarantined": ""}


def insert_heads(connection: Connection, heads: Sequence[Mapping[str, Any]]) -> None:
    """Begins these streams, each with its name and what else is known of it; one that is there stays as it is."""
    insert_new(connection, StreamHeadRow, [{**EMPTY, **head} for head in heads])
