"""What the read model holds although no fact produces it: the only trace that deleted facts leave.

A rebuild of the read model would remove it, so no message advises one, and a rebuild refuses until it is told
otherwise.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Engine, Integer, cast, func, literal, not_, or_, select, true
from sqlmodel import SQLModel

from adapters.db.database import reading
from adapters.db.ledger import of_engagement
from adapters.db.projection import SURROUNDINGS
from adapters.db.tables.asks import AskPersonRow, AskRow, AskWaiterRow, StepPersonRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import ChangeOrderRow, EngagementRow, StatePartRow
from adapters.db.tables.record import QUARANTINED, LedgerRow, StreamHeadRow
from domain.shared.errors import Refusal, Rule
from domain.shared.streams import stream_label, stream_start
from domain.shared.text import capitalized
from domain.shared.values import EngagementId

A, L, H = columns(AskRow), columns(LedgerRow), columns(StreamHeadRow)

# What is said about such a trace.
KEEP = (
    "Facts were deleted, or it was added by hand. Do not run interlock rebuild first, which would remove this trace: "
    "it is the record that must be mended."
)
# The contents of read-model tables, in words.
CONTENTS = {
    "ask_person": "who is asked",
    "ask_waiter": "who waits for answers",
    "engagement_person": "who has which role",
    "engagement_cast": "whom it knows",
    "step_person": "whom next steps wait for",
    "vacancy": "what is vacant",
    "vacancy_person": "whom vacancies concern",
    "task": "open conditions",
    "engagement_search": "words by which it is found",
    "engagement": "engagements",
    "change_order": "change orders",
    "state_part": "parts of states",
    "ask": "asks",
}
MAX_NAMED = 20


class WouldBeDropped(Refusal):
    """A rebuild would remove what no fact produces, and with it the last trace of deleted facts."""

    rule, title = Rule.THE_RECORD_STANDS, "The read model holds what no fact makes"


class Ahead(NamedTuple):
    """A stream with fewer facts than its read model was built from."""

    stream: str
    made_of: int
    left: int

    @property
    def told(self) -> str:
        """Both numbers, in a sentence."""
        return f"The read model was made of {self.made_of} facts, {self.left} are there."


def ahead(connection: Connection, engagement_id: EngagementId | None = None) -> Iterator[Ahead]:
    """Engagements and change orders, of one engagement or all, with fewer facts in the record than were projected."""
    own = true() if engagement_id is None else of_engagement(L.stream, engagement_id)
    last = select(L.stream, func.max(L.seq).label("seq")).where(own).group_by(L.stream).subquery()
    for table in (EngagementRow, ChangeOrderRow):
        row, left = columns(table), func.coalesce(last.c.seq, 0)
        made_of = cast(row.seq, Integer)  # SQLite holds any text in any column
        query = select(row.stream, made_of, left).outerjoin(last, last.c.stream == row.stream)
        query = query.where(or_(last.c.seq.is_(None), made_of > left)).order_by(row.stream)
        if engagement_id is not None:
            query = query.where(of_engagement(row.stream, engagement_id))
        yield from (Ahead(*found) for found in connection.execute(query))


def quarantined_ahead(engine: Engine) -> int:
    """How many quarantined streams the read model is ahead of: the engine may refill those."""
    with reading(engine) as connection:
        quarantined = set(connection.execute(select(H.stream).where(QUARANTINED)).scalars())
        return sum(one.stream in quarantined for one in ahead(connection))


def strays(connection: Connection) -> Iterator[str]:
    """Other rows, of no engagement, change order or ask with a fact in the record; one sentence per table."""
    for table, named_by in ((AskRow, "id"), (StepPersonRow, "ref"), (StatePartRow, "stream")):
        yield from _strays(connection, table, columns(table)[named_by], not_(_has_facts(columns(table).stream)))
    for beside, _ in SURROUNDINGS:
        engagement_id = columns(beside).engagement_id
        is_stray = not_(_has_facts(literal(stream_start()) + engagement_id))
        yield from _strays(connection, beside, engagement_id, is_stray)
    for people in (AskPersonRow, AskWaiterRow):
        ask_id = columns(people).ask_id
        yield from _strays(connection, people, ask_id, ask_id.not_in(select(A.id)))


def _strays(
    connection: Connection, table: type[SQLModel], named_by: Column[str], is_stray: ColumnElement[bool]
) -> Iterator[str]:
    count, first = connection.execute(select(func.count(), func.min(named_by)).where(is_stray)).one()
    if count:
        contents = CONTENTS[str(table.__tablename__)]
        yield f"the read model holds {contents} that no fact made: {count}, the first of {first}."


def _has_facts(stream: ColumnElement[str] | Column[str]) -> ColumnElement[bool]:
    return select(literal(1)).where(L.stream == stream).exists()


def of_no_fact(connection: Connection) -> tuple[str, ...]:
    """Both of these, one sentence each."""
    short = (f"{capitalized(stream_label(one.stream))}: {one.told}" for one in ahead(connection))
    return (*short, *(capitalized(stray) for stray in strays(connection)))


def would_be_dropped(traces: tuple[str, ...]) -> WouldBeDropped:
    """The refusal of a rebuild that would drop these."""
    more = len(traces) - MAX_NAMED
    named = " ".join(traces[:MAX_NAMED]) + (f" And {more} more." if more > 0 else "")
    return WouldBeDropped(
        f"{named} Facts were deleted, or this was added by hand. Made again, the read model would hold nothing of it.",
        remedy="Copy the data folder first, and find out with: interlock ledger verify. An older copy of the record, "
        "put back alone and reconciled, brings deleted facts back (docs/operations.md, 'Is the record whole?'). To "
        "remove it all the same: interlock rebuild --drop-what-no-fact-makes",
    )
