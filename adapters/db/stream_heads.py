"""A stream's head before its first fact: where its chain begins, its marks, and whether it is quarantined."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from adapters.db.tables.record import StreamHeadRow
from adapters.db.upserts import insert_new

# What the first fact of a stream links to.
NOTHING_BEFORE = ""
EMPTY = {"seq": 0, "hash": NOTHING_BEFORE, "first": "", "acknowledged": 0, "told": 0, "quarantined": ""}


def insert_heads(connection: Connection, heads: Sequence[Mapping[str, Any]]) -> None:
    """Creates the heads of these streams, with their names and whatever else is given; existing ones are kept."""
    insert_new(connection, StreamHeadRow, [{**EMPTY, **head} for head in heads])
