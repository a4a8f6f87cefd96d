"""Checks that the read model is what the facts produce: recomputes it stream by stream and compares.

Only one stream's facts and rows are in memory at a time, plus the sums over all of them: as many as there are stages,
people, disciplines and weeks. Nothing is written, and no writer has to wait.
"""

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, select
from sqlmodel import SQLModel

from adapters.db import ledger, rows
from adapters.db.first_next_steps import first_step
from adapters.db.lost_facts import CONTENTS, KEEP, ahead, strays
from adapters.db.projection import SURROUNDINGS, Folded, fold
from adapters.db.stored_state import ReadModelVault, StateCache
from adapters.db.tables.asks import AskPersonRow, AskRow, AskWaiterRow, StepPersonRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import ChangeOrderRow, CounterRow, EngagementRow, PipelineHoursRow, StatePartRow
from adapters.db.tables.record import StreamHeadRow
from domain.engagement.aggregate import Engagement
from domain.record.facts import Recorded
from domain.shared.streams import change_of, engagement_of, is_change
from domain.shared.values import EngagementId

A, H = columns(AskRow), columns(StreamHeadRow)

WAY_OUT = "Run interlock rebuild."
# Named in place of an engagement for a sum over all of them, or for a row that belongs to none.
WHOLE = "The whole"
# Columns whose values are reported: everyone who may ask for a verification may see them.
SHOWN = {"stage", "status", "seq"}
# Labels of columns whose names are not self-explanatory.
NAMES = {
    "seq": "fact",
    "salesperson": "seller",
    "manager": "engagement manager",
    "value": "price",
    "updated_at": "moment of the newest fact",
    "changed": "fact that changed it last",
    "document": "state",
}
Row = dict[str, Any]
Sum = tuple[Any, ...]


class Difference(NamedTuple):
    """Where the read model differs from the record: the engagement or change order, and the difference in words."""

    whose: str
    what: str


class Unreadable(Exception):
    """A row of the read model holds something that Interlock never wrote."""


class Comparison:
    """Compares the read model of one database with its ledger, within a snapshot transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._vault: ReadModelVault
        self._counters: Counter[Sum] = Counter()
        self._hours: Counter[Sum] = Counter()
        self._streams_ahead: set[str] = set()
        self._is_lost = False

    def of_stream(self, stream: str) -> Iterator[Difference]:
        """Yields where the rows of one engagement or change order differ from its facts. Call `of_none` first."""
        facts = ledger.read(self._connection, stream)
        if not facts:
            return
        folded, whose = fold(facts), named(stream)
        self._vault = StateCache(1).vault(
            self._connection
        )  # one vault for all would hold the playbooks of hundreds of streams
        if isinstance(folded.after, Engagement):
            self._counters.update({(name,): value for name, value in rows.counts(folded.after).items()})
            self._hours.update(rows.pipeline_hours(folded.after))
        is_ahead = stream in self._streams_ahead  # the consequences of that have been reported already
        try:
            for what in self._asks_of_none(folded, facts[-1]):
                self._is_lost = True
                yield Difference(whose, f"{what} {KEEP}")
            for what in self._differences(folded, facts[-1]):
                yield Difference(whose, what if is_ahead else f"{what} {WAY_OUT}")
        except Unreadable as found:
            yield Difference(whose, f"{found}" if is_ahead else f"{found} {WAY_OUT}")

    def of_sums(self) -> Iterator[Difference]:
        """Yields where sums over all engagements differ. Call it after `of_none` and `of_stream` for every stream."""
        is_lost = self._is_lost or self._streams_ahead
        for table, amount, made in (
            (CounterRow, "value", self._counters),
            (PipelineHoursRow, "centihours", self._hours),
        ):
            keys = _keys(table)
            query = select(*keys, columns(table)[amount])
            stored = {tuple(row)[:-1]: row[-1] for row in self._connection.execute(query)}
            for key in sorted({*stored, *(key for key, value in made.items() if value)}, key=str):
                if stored.get(key, 0) != made[key]:
                    place = " ".join(map(str, key))
                    what = f"the read model says {place} is {stored.get(key, 0)}, the record makes it {made[key]}."
                    yield Difference(WHOLE, what if is_lost else f"{what} {WAY_OUT}")

    def of_none(self, engagement_id: EngagementId | None = None, *, but: Container[str] = ()) -> Iterator[Difference]:
        """Yields what no fact produces, for one engagement with its change orders or all, without streams in `but`."""
        for one in ahead(self._connection, engagement_id):
            if one.stream not in but:
                self._streams_ahead.add(one.stream)
                yield Difference(named(one.stream), f"{one.told} {KEEP}")
        if engagement_id is None:
            for stray in strays(self._connection):
                self._is_lost = True
                yield Difference(WHOLE, f"{stray} {KEEP}")

    def _differences(self, folded: Folded, last: Recorded) -> Iterator[str]:
        state = folded.after
        if isinstance(state, Engagement):
            row = rows.engagement_row(state, last.stream) | first_step(self._connection, state.id)
            yield from self._head(EngagementRow, row, folded, last)
            for table, rows_of in SURROUNDINGS:
                yield from self._beside(table, rows_of(state), columns(table).engagement_id == state.id)
        else:
            yield from self._head(ChangeOrderRow, rows.change_row(state, last.stream), folded, last)
        steps = rows.step_people(state)
        yield from self._beside(StepPersonRow, steps, columns(StepPersonRow).stream == last.stream)
        yield from self._asks(folded, last)

    def _asks(self, folded: Folded, last: Recorded) -> Iterator[str]:
        state = folded.after
        engagement_id = engagement_of(last.stream)
        asks = {name: found for name, found in folded.asks.items() if state.knows(name)}
        stored = {row["id"]: row for row in self._stored(AskRow, A.stream == last.stream)}
        for name, (seq, ask) in asks.items():
            row = rows.ask_row(ask, seq, last.stream, engagement_id, self._vault)
            yield from _of_row(f"ask {name}: ", stored.pop(name, None), row)
        own = select(A.id).where(A.stream == last.stream)
        people = [row for _, ask in asks.values() for row in rows.ask_people(ask, engagement_id)]
        yield from self._beside(AskPersonRow, people, columns(AskPersonRow).ask_id.in_(own))
        yield from self._beside(AskWaiterRow, rows.waiters(state), columns(AskWaiterRow).ask_id.in_(own))

    def _asks_of_none(self, folded: Folded, last: Recorded) -> Iterator[str]:
        made = {name for name in folded.asks if folded.after.knows(name)}
        stored = self._connection.execute(select(A.id).where(A.stream == last.stream).order_by(A.id)).scalars()
        names = [name for name in stored if name not in made]
        yield from (f"ask {name}: it is in the read model, and no fact made it." for name in names)

    def _head(self, table: type[SQLModel], row: Row, folded: Folded, last: Recorded) -> Iterator[str]:
        """Compares the row of an engagement or change order, with the parts of its state as if they were in it."""
        stored = self._stored(table, columns(table).stream == last.stream)
        parts = self._stored(StatePartRow, columns(StatePartRow).stream == last.stream)
        made = rows.part_rows(folded.after, folded.parts, last.stream, self._vault)
        whole = row | {"updated_at": last.at, "document": _by_name(made)}
        yield from _of_row("", stored[0] | {"document": _by_name(parts)} if stored else None, whole)

    def _beside(self, table: type[SQLModel], made: Iterable[Row], own: ColumnElement[bool]) -> Iterator[str]:
        """Compares small tables, whose rows have no name that people know: only the differing contents are named."""
        names = [column.name for column in columns(table)]
        wanted = Counter(tuple(row[name] for name in names) for row in made)
        if wanted != Counter(tuple(row[name] for name in names) for row in self._stored(table, own)):
            yield f"the read model says otherwise than the record {CONTENTS[str(table.__tablename__)]}."

    def _stored(self, table: type[SQLModel], own: ColumnElement[bool]) -> list[Row]:
        try:
            return [row._asdict() for row in self._connection.execute(select(*columns(table)).where(own))]
        except (ValueError, ArithmeticError) as odd:  # SQLite holds any text in any column
            contents = CONTENTS[str(table.__tablename__)]
            raise Unreadable(f"the read model ({contents}) holds a row that cannot be read.") from odd


def named(stream: str) -> str:
    """The label of an engagement or change order: `ENG-2026-0004`, `ENG-2026-0004, change 1`."""
    return f"{engagement_of(stream)}, change {change_of(stream)}" if is_change(stream) else engagement_of(stream)


def _keys(table: type[SQLModel]) -> list[Column[Any]]:
    return [column for column in columns(table) if column.primary_key]


def _of_row(whose: str, stored: Row | None, made: Row) -> Iterator[str]:
    """How a row of the read model differs, in one sentence for what may be shown and one for the rest."""
    if stored is None:
        yield f"{whose}it is missing from the read model."
        return
    others = [name for name, value in made.items() if stored[name] != value]
    shown = [name for name in others if name in SHOWN]
    if shown:
        have, want = (", ".join(f"{_called(name)} {row[name]}" for name in shown) for row in (stored, made))
        yield f"{whose}the read model says {have}, the record says {want}."
    hidden = [name for name in others if name not in SHOWN and not (name == "document" and shown)]
    if hidden:
        called = ", ".join(_called(name) for name in hidden if name != "document")
        parts = _parts(stored["document"], made["document"]) if "document" in hidden else ""
        yield f"{whose}the read model has another {', '.join(filter(None, (called, parts)))} than the record."


def _called(column: str) -> str:
    return NAMES.get(column, column.replace("_", " "))


def _by_name(parts: Iterable[Row]) -> Row:
    return {row["name"]: (row["changed"], row["document"]) for row in parts}


def _parts(stored: Any, made: Any) -> str:
    """Names the parts of a state that differ; for asks, which are single documents, the fields."""
    try:
        have, want = (json.loads(one) if isinstance(one, str) else one for one in (stored, made))
        names = [name for name in want if have.get(name) != want[name]] + [name for name in have if name not in want]
    except (ValueError, AttributeError):
        names = []
    return f"state ({', '.join(name.replace('_', ' ') for name in names)})" if names else "state"
