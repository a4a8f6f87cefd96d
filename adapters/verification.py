"""Whether the record is what was written: the first row that is not, by name.

`faults_of_rows` needs rows alone, so it serves an export and an offline verifier as well as a database. Against
whoever rewrites a chain to its end, or cuts it off, only a signed tree head helps.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Engine, and_, func, or_, select, true, tuple_, type_coerce

from adapters.column_types import DoubtfulInstant
from adapters.content_store import unfaithful
from adapters.database import reading
from adapters.directories import faults_of_directories
from adapters.ledger import HASHED, NOTHING_BEFORE, documents_named, erased_keys, keys_named, of_engagement, row_hash
from adapters.playbooks import faults_of_playbooks, publications
from adapters.tables import LedgerRow, StreamHeadRow, columns
from adapters.tree_head import Leaf, TreeHead
from domain.streams import DIRECTORY, PLAYBOOKS, change_stream, engagement_of

L, H = columns(LedgerRow), columns(StreamHeadRow)
ROWS_AT_ONCE = 500

Row = dict[str, Any]


class Fault(NamedTuple):
    """A row that is not what was written, and how it shows."""

    stream: str
    seq: int
    what: str


class Verdict(NamedTuple):
    """What a verification found: how much it read, and the first fault, if any."""

    streams: int
    rows: int
    fault: Fault | None

    @property
    def is_sound(self) -> bool:
        """True where everything is what was written."""
        return self.fault is None


class Chain(NamedTuple):
    """What an engagement's fact says of its change order's chain."""

    engagement: str
    seq: int
    first: str
    last: str


def verify(engine: Engine, head: TreeHead | None = None, engagement: str | None = None) -> Verdict:
    """Reads the whole record, or that of one engagement and its change orders.

    Names the first row that was edited, deleted, inserted, moved or cut off. The head must be genuine
    (`tree_head.is_genuine`): what it says is taken for true here.
    """
    with reading(engine, snapshot=True) as connection:
        part = Part(connection, engagement)
        faults = chain(
            faults_of_rows(part.rows(), part.of_head(head)),
            part.faults_of_heads(),
            part.faults_of_standing(),
            part.faults_of_order(),
            part.faults_of_content(),
            part.faults_of_house(),
        )
        return Verdict(*part.size(), next(faults, None))


def faults_of_rows(rows: Iterable[Row], head: TreeHead | None = None) -> Iterator[Fault]:
    """The faults in rows that come sorted by stream and sequence number (`HASHED` and `hash` of each)."""
    signed = {leaf.stream: leaf for leaf in head.leaves} if head else {}
    chains: dict[str, Chain] = {}
    for stream, own in groupby(rows, key=lambda row: str(row["stream"])):
        yield from _faults_of_stream(stream, own, signed.pop(stream, None), chains)
    for leaf in signed.values():
        yield Fault(leaf.stream, 1, "the whole stream was signed, and is gone")
    for stream, reported in chains.items():
        yield Fault(stream, 1, f"{reported.engagement}#{reported.seq} names this chain, and it is gone")


def _faults_of_stream(stream: str, rows: Iterable[Row], leaf: Leaf | None, chains: dict[str, Chain]) -> Iterator[Fault]:
    prev, seq, reported = NOTHING_BEFORE, 0, chains.pop(stream, None)
    wanted = {reported.first, reported.last} if reported else set()
    for seq, row in enumerate(rows, 1):
        what = _fault_of_row(row, seq, prev) or _against_witnesses(row, leaf, reported)
        if what:
            yield Fault(stream, seq, what)
        prev = row["hash"]
        wanted.discard(prev)
        if row["kind"] == "ChangeMoved":
            _note_chain(row, chains)
    if leaf is not None and leaf.seq > seq:
        yield Fault(stream, seq + 1, f"rows were cut off: {leaf.seq} were signed, {seq} are left")
    if wanted and reported:
        yield Fault(stream, seq + 1, f"{reported.engagement}#{reported.seq} names a row of this chain that is gone")


def _fault_of_row(row: Row, seq: int, prev: str) -> str | None:
    if row["seq"] != seq:
        return f"row {seq} is missing"
    if row["hash"] != row_hash(row):
        return "the row was edited"
    return None if row["prev"] == prev else "the row does not follow the one before it"


def _against_witnesses(row: Row, leaf: Leaf | None, reported: Chain | None) -> str | None:
    """What a signed head, or the engagement of a change order, says of a row."""
    if leaf is not None and row["seq"] == leaf.seq and row["hash"] != leaf.hash:
        return "this is not the row that was signed"
    if reported is not None and row["seq"] == 1 and row["hash"] != reported.first:
        return f"{reported.engagement}#{reported.seq} names another first row"
    return None


def _note_chain(row: Row, chains: dict[str, Chain]) -> None:
    """An engagement sorts before its change orders, so what it says of them is known when they come."""
    body = json.loads(row["body"])
    if body.get("chain"):
        first, last = body["chain"]
        chains[change_stream(engagement_of(row["stream"]), body["n"])] = Chain(row["stream"], row["seq"], first, last)


class Part:
    """The part of the record that is read: all of it, or one engagement with its change orders."""

    def __init__(self, connection: Connection, engagement: str | None) -> None:
        self._connection = connection
        self._engagement = engagement

    def _own(self, stream: Column[str]) -> ColumnElement[bool]:
        return true() if self._engagement is None else of_engagement(stream, self._engagement)

    def of_head(self, head: TreeHead | None) -> TreeHead | None:
        """What a head says of this part."""
        if head is None or self._engagement is None:
            return head
        return head.having(leaves=tuple(x for x in head.leaves if engagement_of(x.stream) == self._engagement))

    def size(self) -> tuple[int, int]:
        """How many streams and rows there are to read."""
        query = select(func.count(L.stream.distinct()), func.count()).where(self._own(L.stream))
        streams, rows = self._connection.execute(query).one()
        return int(streams), int(rows)

    def rows(self) -> Iterator[Row]:
        """The rows, sorted by stream and sequence number."""
        names = [name for name in (*HASHED, "hash") if name != "at"]
        at = type_coerce(L.at, DoubtfulInstant).label("at")
        query = select(*(L[name] for name in names), at).order_by(L.stream, L.seq).limit(ROWS_AT_ONCE)
        query = query.where(self._own(L.stream))
        last: tuple[str, int] = ("", 0)
        while rows := self._connection.execute(query.where(tuple_(L.stream, L.seq) > tuple_(*last))).all():
            yield from (row._asdict() for row in rows)
            last = rows[-1].stream, rows[-1].seq

    def faults_of_heads(self) -> Iterator[Fault]:
        """Where the table of heads and the chains do not agree: rows were cut off, or added behind its back."""
        last = select(L.stream, func.max(L.seq).label("seq")).where(self._own(L.stream)).group_by(L.stream).subquery()
        ends = select(L.stream, L.seq, L.hash).join(last, and_(L.stream == last.c.stream, L.seq == last.c.seq))
        chains = {stream: (seq, hash_) for stream, seq, hash_ in self._connection.execute(ends)}
        heads = select(H.stream, H.seq, H.hash).where(self._own(H.stream)).order_by(H.stream)
        for stream, seq, hash_ in self._connection.execute(heads):
            found = chains.pop(stream, (0, NOTHING_BEFORE))
            if found != (seq, hash_):
                yield Fault(stream, min(seq, found[0]) + 1, f"the chain ends at {found[0]}, its head says {seq}")
        for stream in chains:
            yield Fault(stream, 1, "the stream has no head")

    def faults_of_standing(self) -> Iterator[Fault]:
        """Where somebody was answered or told of facts that are not there, and which streams are quarantined."""
        query = select(H.stream, H.seq, H.acknowledged, H.quarantined).where(self._own(H.stream))
        query = query.where(or_(H.acknowledged > H.seq, H.quarantined != "")).order_by(H.stream)
        for stream, seq, acknowledged, quarantined in self._connection.execute(query):
            if acknowledged > seq:
                yield Fault(stream, seq + 1, f"{acknowledged} facts were acknowledged, {seq} are there")
            if quarantined:
                yield Fault(stream, max(seq, 1), f"the stream is quarantined: {quarantined}")

    def faults_of_house(self) -> Iterator[Fault]:
        """Where directories or playbooks are not those that the facts name. Nothing for the part of an engagement."""
        if self._engagement is not None:
            return
        for seq, what in faults_of_directories(self._connection):
            yield Fault(DIRECTORY, seq, what)
        for seq, what in faults_of_playbooks(self._connection, publications(self._connection)):
            yield Fault(PLAYBOOKS, seq, what)

    def faults_of_order(self) -> Iterator[Fault]:
        """Where facts of a stream lie in the table in another order than that in which they came."""
        before = func.lag(L.position).over(partition_by=L.stream, order_by=L.seq)
        own = select(L.stream, L.seq, L.position, before.label("before")).where(self._own(L.stream)).subquery()
        moved = select(own.c.stream, own.c.seq).where(own.c.position < own.c.before).order_by(own.c.stream, own.c.seq)
        for stream, seq in self._connection.execute(moved):
            yield Fault(stream, seq, "the row lies before one that came earlier")

    def faults_of_content(self) -> Iterator[Fault]:
        """Where what people wrote, or what was pinned, is not what the facts name."""
        position, erased = 0, erased_keys(self._connection)
        query = select(L.position, L.stream, L.seq, L.body).where(self._own(L.stream))
        query = query.order_by(L.position).limit(ROWS_AT_ONCE)
        while rows := self._connection.execute(query.where(L.position > position)).all():
            # Backwards, so that the first row to name a key is the one that is kept, and keys come in its order.
            named = {key: row for row in reversed(rows) for key in reversed(_named(row.body))}
            for key, what in unfaithful(self._connection, list(reversed(named)), erased):
                yield Fault(named[key].stream, named[key].seq, what)
            position = rows[-1].position


def _named(body: str) -> list[str]:
    return keys_named(body) + documents_named(body)
