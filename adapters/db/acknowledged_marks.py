"""Marks on streams: the last fact about which someone was answered, and the last about which someone was told."""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, update

from adapters.db.stream_heads import insert_heads
from adapters.db.tables.columns import columns
from adapters.db.tables.record import StreamHeadRow

H = columns(StreamHeadRow)
_FACT_OF_KEY = re.compile(r"^(?P<stream>engagement/.+)#(?P<seq>\d+):")


def raise_acknowledged(connection: Connection, marks: Mapping[str, int]) -> None:
    """Raises the marks up to which people have been answered."""
    _raise(connection, "acknowledged", marks)


def raise_heard(connection: Connection, marks: Mapping[str, int]) -> None:
    """Raises the marks up to which people have been told; the engine may yet lose these facts with a workflow task."""
    _raise(connection, "told", marks)


def raise_told(connection: Connection, keys: Iterable[str]) -> None:
    """Raises the marks for messages that have been sent; keys that belong to no fact are ignored."""
    marks: dict[str, int] = {}
    for found in filter(None, map(_FACT_OF_KEY.match, keys)):
        marks[found["stream"]] = max(int(found["seq"]), marks.get(found["stream"], 0))
    _raise(connection, "told", marks)


def _raise(connection: Connection, mark: str, marks: Mapping[str, int]) -> None:
    """Marks are never lowered. A stream that the ledger has lost keeps its mark too."""
    rows = [{"of": stream, "to": seq} for stream, seq in sorted(marks.items())]
    if not rows:
        return
    higher = update(StreamHeadRow).where(bindparam("of") == H.stream, H[mark] < bindparam("to"))
    if connection.execute(higher.values({mark: bindparam("to")}), rows).rowcount == len(rows):
        return
    insert_heads(connection, [{"stream": row["of"], mark: row["to"]} for row in rows])
