"""The ledger: facts in the order in which they happened, each linked by hash to the one before it.

The hash covers the body as the very text that is stored, so that a verifier needs nothing but the rows, and
the order of what was shown to people stands too.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, and_, bindparam, func, insert, or_, select, update

from adapters.db.column_types import utc_text
from adapters.db.content_store import ContentStore
from adapters.db.stream_heads import NOTHING_BEFORE, insert_heads
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from domain.directory.events import AnyFirmEvent
from domain.engagement.acts_owed.events import ActEnded
from domain.next_steps.card import HowItEnded
from domain.shared.errors import IntegrityBroken
from domain.shared.event_log import Appended, Batch, Recorded, recorded
from domain.shared.streams import changes_of, engagement_stream, stream_label
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, canonical

L, H = columns(LedgerRow), columns(StreamHeadRow)

HEAD = (
    select(H.stream, H.seq, H.hash, H.first, H.acknowledged, H.told, H.quarantined)
    .where(H.stream == bindparam("stream"))
    .with_for_update()
)
LAST = select(L.seq, L.hash).where(L.stream == bindparam("stream")).order_by(L.seq.desc()).limit(1)
ADD = insert(LedgerRow)
# Put together once: each decision carries these out, and putting them together takes longer than that.
MOVE = update(StreamHeadRow).where(H.stream == bindparam("of"))

ROWS_AT_ONCE = 500
_NAMED = re.compile(r'"\$(?:words|bulk)":"([0-9a-f]{64})"')
_DOCUMENTS = re.compile(r'"(?:source|rendered)":"([0-9a-f]{64})"')


# What reading raises where somebody has put a value of another kind into a column: SQLite takes any.
UNREADABLE = (IntegrityBroken, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)

# How the reason begins of a stream of which the engine wrote more than the record holds: the record was set back.
RECORD_ENDS = "the ledger ends at"


class LedgerConflict(Exception):
    """A batch does not fit where it wants to stand: another fact is there, or facts before it are missing."""

    def __init__(self, stream: str, seq: int, why: str) -> None:
        super().__init__(f"{stream}#{seq}: {why}")
        self.stream, self.seq = stream, seq


class FactsMissing(LedgerConflict):
    """The batch goes on from facts that the ledger does not hold: it was set back."""


class ConcurrentAppend(LedgerConflict):
    """A different fact stands in the place of one of the batch."""


class HashDiffers(LedgerConflict):
    """Facts that are written again have another hash than they had: another version wrote them, in other words."""


class AppendResult(NamedTuple):
    """What came of a batch, and which of its facts were new."""

    appended: Appended
    fresh: tuple[Recorded, ...]


def append(connection: Connection, batch: Batch, head: "Head") -> AppendResult:
    """Adds the facts that are not there yet, at a head that is locked. A batch written twice is there once.

    Raises LedgerConflict at a gap, AnotherStands where a different fact stands in the same place, IntegrityBroken
    where the head was edited: a fact that follows it would break the chain for good.
    """
    known = tuple(fact for fact in batch.facts if fact.seq <= head.seq)
    fresh = tuple(fact for fact in batch.facts if fact.seq > head.seq)
    _require_in_order(batch, head)
    _require_same(connection, batch.stream, known)
    if fresh:
        _require_end(connection, head)
        head = _write(connection, head, fresh)
    return AppendResult(Appended(first=head.first, last=head.hash, seq=head.seq), fresh)


def standing(connection: Connection, batch: Batch) -> Appended:
    """What stands where a batch wanted to, and after it."""
    head, first = lock_head(connection, batch.stream), batch.facts[0].seq
    facts = tuple(fact for fact in read(connection, batch.stream) if fact.seq >= first)
    return Appended(first=head.first, last=head.hash, seq=head.seq, instead=facts)


class Head(NamedTuple):
    """Where a chain stands."""

    stream: str
    seq: int
    hash: str
    first: str
    acknowledged: int = 0
    told: int = 0
    quarantined: str = ""


def lock_head(connection: Connection, stream: str) -> Head:
    """The head of a stream, which is this transaction's alone until it ends."""
    row = connection.execute(HEAD, {"stream": stream}).one_or_none()
    if row is None:
        insert_heads(connection, [{"stream": stream}])
        row = connection.execute(HEAD, {"stream": stream}).one()
    return Head(*row)


def _require_end(connection: Connection, head: Head) -> None:
    """That a head names the last row of its stream."""
    found = connection.execute(LAST, {"stream": head.stream}).one_or_none()
    if (tuple(found) if found else (0, NOTHING_BEFORE)) != (head.seq, head.hash):
        raise IntegrityBroken(
            f"The head of {head.stream} does not name the last fact of it: one of the two was edited."
        )


def _require_in_order(batch: Batch, head: Head) -> None:
    if batch.facts and batch.facts[0].seq > head.seq + 1:
        raise FactsMissing(
            batch.stream, head.seq + 1, f"{RECORD_ENDS} {head.seq}, the engine at {batch.facts[0].seq - 1}"
        )
    expected = batch.facts[0].seq if batch.facts else 0
    for seq, fact in enumerate(batch.facts, expected):
        if fact.stream != batch.stream:
            raise LedgerConflict(batch.stream, fact.seq, f"the fact is of {fact.stream}")
        if fact.seq != seq:
            raise LedgerConflict(batch.stream, fact.seq, f"the next fact is number {seq}")


def _require_same(connection: Connection, stream: str, facts: Sequence[Recorded]) -> None:
    """Compares what is not salted: the same words have another hash each time."""
    if not facts:
        return
    place = L.seq.between(facts[0].seq, facts[-1].seq)
    query = select(L.seq, L.kind, L.at, L.by, L.command).where(L.stream == stream, place)
    rows = connection.execute(query)
    stand = {row.seq: tuple(row)[1:] for row in rows}
    for fact in facts:
        if stand.get(fact.seq) != (fact.event.kind, fact.at, fact.by, fact.command):
            raise ConcurrentAppend(stream, fact.seq, "a different fact stands there")


def _write(connection: Connection, head: Head, facts: Iterable[Recorded]) -> Head:
    store = ContentStore(connection)
    rows: list[dict[str, Any]] = []
    prev = head.hash
    for fact in facts:
        rows.append(_row(fact, store, prev))
        prev = rows[-1]["hash"]
    store.flush()
    connection.execute(ADD, rows)
    after = Head(head.stream, rows[-1]["seq"], prev, head.first or rows[0]["hash"])
    connection.execute(MOVE, {"of": head.stream, "seq": after.seq, "hash": after.hash, "first": after.first})
    return after


def _row(fact: Recorded, store: ContentStore, prev: str) -> dict[str, Any]:
    row = {
        "stream": fact.stream,
        "seq": fact.seq,
        "at": fact.at,
        "by": fact.by,
        "channel": fact.channel,
        "for_whom": fact.for_whom,
        "command": fact.command,
        "kind": fact.event.kind,
        "body": fact.event.model_dump_json(context={"vault": store.of(fact)}),
        "prev": prev,
    }
    with _sound(fact.stream):  # it follows a number that was edited to one beyond all numbers
        return {**row, "hash": row_hash(row)}


HASHED = ("stream", "seq", "at", "by", "channel", "for_whom", "command", "kind", "body", "prev")


def row_hash(row: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a row: `at` as text in UTC to the microsecond, `body` as stored.

    Raises one of `UNREADABLE` for what was never written; whoever looks at a row asks `is_as_written`.
    """
    return hashlib.sha256(canonical({**{name: row[name] for name in HASHED}, "at": utc_text(row["at"])})).hexdigest()


def is_as_written(row: dict[str, Any]) -> bool:
    """Whether a row, with its `hash`, is what was written. Of what no hash can be reckoned none was ever made."""
    try:
        return bool(row["hash"] == row_hash(row))
    except UNREADABLE:
        return False


def keys_named(body: str) -> list[str]:
    """The hashes of content that a body names."""
    return _NAMED.findall(body)


def documents_named(body: str) -> list[str]:
    """The hashes of documents' bytes that a body names."""
    return _DOCUMENTS.findall(body)


def streams_naming(connection: Connection, keys: Collection[str]) -> tuple[str, ...]:
    """The streams of which facts name some of these contents, in order."""
    wanted, found = frozenset(keys), set[str]()
    for row in connection.execute(select(L.stream, L.body).execution_options(yield_per=ROWS_AT_ONCE)):
        if row.stream not in found and not wanted.isdisjoint(keys_named(row.body)):
            found.add(row.stream)
    return tuple(sorted(found))


def append_of_firm(connection: Connection, stream: str, event: AnyFirmEvent, at: datetime) -> None:
    """Writes one fact that whoever keeps the house brought about."""
    head = lock_head(connection, stream)
    facts = recorded(stream, head.seq + 1, (event,), Actor(person_id="console", channel="cli"), at)
    append(connection, Batch(stream=stream, facts=facts), head)


def read(connection: Connection, stream: str, first: int = 1, last: int | None = None) -> tuple[Recorded, ...]:
    """The facts of a stream, or those from one number to another; tombstones where their words were erased."""
    query = select(*(L[name] for name in HASHED)).where(L.stream == stream, L.seq >= first).order_by(L.seq)
    query = query if last is None else query.where(L.seq <= last)
    return resolved(connection, [row._asdict() for row in connection.execute(query)])


def sound_after(connection: Connection, stream: str, seq: int) -> tuple[Recorded, ...]:
    """The facts of a stream after a number, up to the first that is not as it was written."""
    query = select(*(L[name] for name in HASHED), L.hash).where(L.stream == stream, L.seq > seq).order_by(L.seq)
    rows = takewhile(is_as_written, (row._asdict() for row in connection.execute(query)))
    return resolved(connection, list(rows))


class Size(NamedTuple):
    """How much of a record there is."""

    streams: int
    facts: int

    def __str__(self) -> str:
        return f"{self.facts} facts in {self.streams} streams"


def size(connection: Connection, engagement_id: EngagementId | None = None) -> Size:
    """How much there is of an engagement and its change orders, or of the whole record, the firm's own too."""
    query = select(func.count(L.stream.distinct()), func.count())
    query = query if engagement_id is None else query.where(of_engagement(L.stream, engagement_id))
    streams, facts = connection.execute(query).one()
    return Size(int(streams), int(facts))


class Effect(NamedTuple):
    """What one command brought about in a stream, up to which fact."""

    seq: int
    happened: tuple[str, ...]
    said: tuple[str, ...] = ()


def end_of_act(connection: Connection, stream: str, act: str, since: datetime) -> HowItEnded | None:
    """How an act ended that was owed since then; None where the record does not say."""
    ended = (L.stream == stream, L.kind == ActEnded.__name__, L.at >= since)
    query = select(L.at, L.body, L.command).where(*ended).order_by(L.seq)
    with _sound(stream):
        found = [(row, ActEnded.model_validate_json(row.body)) for row in connection.execute(query)]
    ends = [(row, end) for row, end in found if end.act == act]
    if not ends:
        return None
    row, end = ends[0]
    effect = effect_of(connection, stream, row.command) if row.command else None
    return HowItEnded(end.by, row.at, effect.happened if effect else (), was_owed_again=len(ends) > 1)


MENDED = ("FactsVoided", "OrderMended")
# The kinds of facts that have something to say beside their kind: see `Event.said`.
SAY_MORE = frozenset({"HoursReported", "OrderStatusChanged"})


def command_at(connection: Connection, stream: str, seq: int) -> str | None:
    """By which command a fact came; None where there is none."""
    found = connection.execute(select(L.command).where(L.stream == stream, L.seq == seq)).scalar_one_or_none()
    return None if found is None else str(found)


def command_of_key(connection: Connection, stream: str, key: str) -> str | None:
    """The command that came under a key, `KEY.BODY`, and of which a fact counts; None where there is none."""
    under = (L.stream == stream, L.command >= f"{key}.", L.command < f"{key}/")
    for command in connection.execute(select(L.command).where(*under).distinct()).scalars():
        if effect_of(connection, stream, str(command)) is not None:
            return str(command)
    return None


def effect_of(connection: Connection, stream: str, command: str) -> Effect | None:
    """The facts of a command that count; None where there is none. Facts that were voided later do not."""
    own = select(L.seq, L.kind).where(L.stream == stream, L.command == command).order_by(L.seq)
    voids = select(L.body).where(L.stream == stream, L.kind.in_(MENDED))
    with _sound(stream):
        spans = [(body["first"], body["last"]) for body in map(json.loads, connection.execute(voids).scalars())]
    facts = [row for row in connection.execute(own) if not any(first <= row.seq <= last for first, last in spans)]
    if not facts:
        return None
    telling = [fact for row in facts if row.kind in SAY_MORE for fact in read(connection, stream, row.seq, row.seq)]
    said = tuple(sentence for fact in telling for sentence in fact.event.said)
    return Effect(facts[-1].seq, tuple(row.kind for row in facts), said)


def of_engagement(stream: Column[str], engagement_id: EngagementId) -> ColumnElement[bool]:
    """That a column names the stream of an engagement, or of one of its change orders."""
    changes = changes_of(engagement_id)
    return or_(stream == engagement_stream(engagement_id), and_(stream >= changes.first, stream < changes.end))


def resolved(connection: Connection, rows: Sequence[dict[str, Any]]) -> tuple[Recorded, ...]:
    """Rows as the facts that they are. Raises ContentMissing, and IntegrityBroken for what is no fact any more."""
    store, keys = ContentStore(connection), set[str]()
    for row in rows:
        with _sound(row["stream"]):
            keys.update(keys_named(row["body"]))
    store.prefetch(keys)
    return tuple(_fact(row, store) for row in rows)


def _fact(row: dict[str, Any], store: ContentStore) -> Recorded:
    fields = ("stream", "seq", "at", "by", "channel", "for_whom", "command")
    with _sound(row["stream"]):
        fact = {**{name: row[name] for name in fields}, "event": json.loads(row["body"])}
        return Recorded.model_validate(fact, context={"vault": store})


@contextmanager
def _sound(stream: str) -> Iterator[None]:
    """Raises IntegrityBroken where what is read within is nothing that was ever written."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as odd:
        raise IntegrityBroken(f"A fact of {stream_label(stream)} was edited.") from odd
