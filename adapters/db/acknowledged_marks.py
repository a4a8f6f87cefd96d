"""Marks on streams: up to which fact somebody was answered, and up to which somebody was told."""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, update

from adapters.db.stream_heads import insert_heads
from adapters.db.tables.columns import columns
from adapters.db.tables.record import StreamHeadRow

H = columns(StreamHeadRow)
_FACT_OF_KEY = re.compile(r"^(?P<stream>engagement/.+)#(?P<seq>\d+):")


def raise_acknowledged(connection: Connection, marks: Mapping[str, int]) -> None:
    """People were answered up to these facts."""
    _raise(connection, "acknowledged", marks)


def raise_heard(connection: Connection, marks: Mapping[str, int]) -> None:
    """People were told up to these facts, which the engine may still lose with a task."""
    _raise(connection, "told", marks)


def raise_told(connection: Connection, keys: Iterable[str]) -> None:
    """Messages with these keys have left; those of no fact raise nothing."""
    marks: dict[str, int] = {}
    for found in filter(None, map(_FACT_OF_KEY.match, keys)):
        marks[found["stream"]] = max(int(found["seq"]), marks.get(found["stream"], 0))
    _raise(connection, "told", marks)


def _raise(connection: Connection, mark: str, marks: Mapping[str, int]) -> None:
    """One that is higher stays. A stream that the ledger has lost keeps its mark too."""
    rows = [{"of": stream, "to": seq} for stream, seq in sorted(marks.items())]
    if not rows:
        return
    higher = update(StreamHeadRow).where(bindparam("of") == H.stream, H[mark] < bindparam("to"))
    if connection.execute(higher.values({mark: bindparam("to")}), rows).rowcount == len(rows):
        return
    insert_heads(connection, [{"stream": row["of"], mark: row["to"]} for row in rows])
