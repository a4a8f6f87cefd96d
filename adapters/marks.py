"""Acknowledged marks: up to which fact of a stream somebody was answered or told. See `standing`."""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, update

from adapters.tables import StreamHeadRow, columns
from adapters.upserts import insert_new

H = columns(StreamHeadRow)
_FACT_OF_KEY = re.compile(r"^(?P<stream>engagement/.+)#(?P<seq>\d+):")


def raise_marks(connection: Connection, marks: Mapping[str, int]) -> None:
    """Raises the marks of streams; one that is higher stays. A stream that the ledger has lost keeps its mark too."""
    rows = [{"of": stream, "to": seq} for stream, seq in sorted(marks.items())]
    if not rows:
        return
    higher = update(StreamHeadRow).where(bindparam("of") == H.stream, H.acknowledged < bindparam("to"))
    if connection.execute(higher.values(acknowledged=bindparam("to")), rows).rowcount == len(rows):
        return
    nothing = {"seq": 0, "hash": "", "first": "", "quarantined": ""}
    insert_new(connection, StreamHeadRow, [{"stream": r["of"], "acknowledged": r["to"], **nothing} for r in rows])


def told_marks(keys: Iterable[str]) -> dict[str, int]:
    """The marks that messages raise once they have left, by their keys; those of no fact raise none."""
    marks: dict[str, int] = {}
    for found in filter(None, map(_FACT_OF_KEY.match, keys)):
        marks[found["stream"]] = max(int(found["seq"]), marks.get(found["stream"], 0))
    return marks
