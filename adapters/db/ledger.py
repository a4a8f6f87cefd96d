"""The ledger: facts in the order in which they happened, each linked to the one before it by hash.

The hash covers the body exactly as it is stored, so that a verifier needs only the rows, and the order of what people
were shown is preserved.
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
from domain.record.facts import Appended, Batch, Recorded, recorded
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import changes_of, engagement_stream, stream_label
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId, canonical

L, H = columns(LedgerRow), columns(StreamHeadRow)

HEAD = (
    select(H.stream, H.seq, H.hash, H.first, H.acknowledged, H.told, H.quarantined)
    .where(H.stream == bindparam("stream"))
    .with_for_update()
)
LAST = select(L.seq, L.hash).where(L.stream == bindparam("stream")).order_by(L.seq.desc()).limit(1)
ADD = insert(LedgerRow)
# Built once: every decision executes these, and building them takes longer than running them.
MOVE = update(StreamHeadRow).where(H.stream == bindparam("of"))

ROWS_AT_ONCE = 500
_NAMED = re.compile(r'"\$(?:words|bulk)":"([0-9a-f]{64})"')
_DOCUMENTS = re.compile(r'"(?:source|rendered)":"([0-9a-f]{64})"')


# What reading raises if a column holds a value of the wrong kind: SQLite accepts any.
UNREADABLE = (IntegrityBroken, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)

# Begins the quarantine reason of a stream for which the engine has more facts than the record: the record was set back.
RECORD_ENDS = "the ledger ends at"


class LedgerConflict(Exception):
    """A batch does not fit where it belongs: another fact is there, or facts before it are missing."""

    def __init__(self, stream: str, seq: int, why: str) -> None:
        super().__init__(f"{stream}#{seq}: {why}")
        self.stream, self.seq = stream, seq


class FactsMissing(LedgerConflict):
    """The batch continues from facts that the ledger does not hold: it was set back."""


class ConcurrentAppend(LedgerConflict):
    """A different fact is stored in the place of one in the batch."""


class HashDiffers(LedgerConflict):
    """Facts written again have a different hash than before: another version of the software wrote them differently."""


class AppendResult(NamedTuple):
    """The result of appending a batch, and which of its facts were new."""

    appended: Appended
    fresh: tuple[Recorded, ...]


def append(connection: Connection, batch: Batch, head: "Head") -> AppendResult:
    """Adds the facts that are not there yet to a locked head. Appending the same batch twice has no further effect.

    Raises LedgerConflict at a gap, ConcurrentAppend if a different fact is stored in the same place, and
    IntegrityBroken if the head was edited: a fact that followed it would break the chain for good.
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
    """Returns what is stored in the place of a batch, and after it."""
    head, first = lock_head(connection, batch.stream), batch.facts[0].seq
    facts = tuple(fact for fact in read(connection, batch.stream) if fact.seq >= first)
    return Appended(first=head.first, last=head.hash, seq=head.seq, instead=facts)


class Head(NamedTuple):
    """The end of a chain, and its marks."""

    stream: str
    seq: int
    hash: str
    first: str
    acknowledged: int = 0
    told: int = 0
    quarantined: str = ""


def lock_head(connection: Connection, stream: str) -> Head:
    """Returns the head of a stream, locked for this transaction."""
    row = connection.execute(HEAD, {"stream": stream}).one_or_none()
    if row is None:
        insert_heads(connection, [{"stream": stream}])
        row = connection.execute(HEAD, {"stream": stream}).one()
    return Head(*row)


def _require_end(connection: Connection, head: Head) -> None:
    """Raises IntegrityBroken unless the head names the last row of its stream."""
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
    """Compares the columns that are not salted, since the same text has another hash each time."""
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
    with _sound(fact.stream):  # it may follow a sequence number that was edited to an absurdly large one
        return {**row, "hash": row_hash(row)}


HASHED = ("stream", "seq", "at", "by", "channel", "for_whom", "command", "kind", "body", "prev")


def row_hash(row: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a row: `at` as UTC text with microseconds, `body` as stored.

    Raises one of `UNREADABLE` for a row that was never written like this; to check a row, use `is_as_written`.
    """
    return hashlib.sha256(canonical({**{name: row[name] for name in HASHED}, "at": utc_text(row["at"])})).hexdigest()


def is_as_written(row: dict[str, Any]) -> bool:
    """Whether a row matches its `hash`. False if no hash can be computed, since such a row was never written."""
    try:
        return bool(row["hash"] == row_hash(row))
    except UNREADABLE:
        return False


def keys_named(body: str) -> list[str]:
    """The hashes of content that a body names."""
    return _NAMED.findall(body)


def documents_named(body: str) -> list[str]:
    """The hashes of document bytes that a body names."""
    return _DOCUMENTS.findall(body)


def streams_naming(connection: Connection, keys: Collection[str]) -> tuple[str, ...]:
    """The streams with facts that refer to any of these contents, in order."""
    wanted, found = frozenset(keys), set[str]()
    for row in connection.execute(select(L.stream, L.body).execution_options(yield_per=ROWS_AT_ONCE)):
        if row.stream not in found and not wanted.isdisjoint(keys_named(row.body)):
            found.add(row.stream)
    return tuple(sorted(found))


def append_of_firm(connection: Connection, stream: str, event: AnyFirmEvent, at: datetime) -> None:
    """Writes one fact caused by whoever administers the firm."""
    head = lock_head(connection, stream)
    facts = recorded(stream, head.seq + 1, (event,), Actor(person_id=PersonId("console"), channel="cli"), at)
    append(connection, Batch(stream=stream, facts=facts), head)


def read(connection: Connection, stream: str, first: int = 1, last: int | None = None) -> tuple[Recorded, ...]:
    """Returns the facts of a stream, or those from `first` to `last`; erased texts are tombstones."""
    query = select(*(L[name] for name in HASHED)).where(L.stream == stream, L.seq >= first).order_by(L.seq)
    query = query if last is None else query.where(L.seq <= last)
    return resolved(connection, [row._asdict() for row in connection.execute(query)])


def sound_after(connection: Connection, stream: str, seq: int) -> tuple[Recorded, ...]:
    """Returns the facts of a stream after a number, up to the first one that is not as it was written."""
    query = select(*(L[name] for name in HASHED), L.hash).where(L.stream == stream, L.seq > seq).order_by(L.seq)
    rows = takewhile(is_as_written, (row._asdict() for row in connection.execute(query)))
    return resolved(connection, list(rows))


class Size(NamedTuple):
    """The size of a record."""

    streams: int
    facts: int

    def __str__(self) -> str:
        return f"{self.facts} facts in {self.streams} streams"


def size(connection: Connection, engagement_id: EngagementId | None = None) -> Size:
    """The size of an engagement with its change orders, or of the whole record including the firm's own facts."""
    query = select(func.count(L.stream.distinct()), func.count())
    query = query if engagement_id is None else query.where(of_engagement(L.stream, engagement_id))
    streams, facts = connection.execute(query).one()
    return Size(int(streams), int(facts))


class Effect(NamedTuple):
    """What one command caused in a stream, and up to which fact."""

    seq: int
    happened: tuple[str, ...]
    said: tuple[str, ...] = ()


def end_of_act(connection: Connection, stream: str, act: str, since: datetime) -> HowItEnded | None:
    """How an act that has been owed since then ended; None if the record does not say."""
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
# Kinds of facts that say more than their kind: see `Event.said`.
SAY_MORE = frozenset({"HoursReported", "OrderStatusChanged"})


def command_at(connection: Connection, stream: str, seq: int) -> str | None:
    """The command that produced a fact; None if there is none."""
    found = connection.execute(select(L.command).where(L.stream == stream, L.seq == seq)).scalar_one_or_none()
    return None if found is None else str(found)


def command_of_key(connection: Connection, stream: str, key: str) -> str | None:
    """The command sent with a key, as `KEY.BODY`, if a fact of it is still valid; otherwise None."""
    under = (L.stream == stream, L.command >= f"{key}.", L.command < f"{key}/")
    for command in connection.execute(select(L.command).where(*under).distinct()).scalars():
        if effect_of(connection, stream, str(command)) is not None:
            return str(command)
    return None


def effect_of(connection: Connection, stream: str, command: str) -> Effect | None:
    """The valid facts of a command, or None if there are none. Facts that were voided later do not count."""
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
    """A condition that a column names the stream of an engagement or of one of its change orders."""
    changes = changes_of(engagement_id)
    return or_(stream == engagement_stream(engagement_id), and_(stream >= changes.first, stream < changes.end))


def resolved(connection: Connection, rows: Sequence[dict[str, Any]]) -> tuple[Recorded, ...]:
    """Parses rows into facts. Raises ContentMissing, and IntegrityBroken for what is no longer a fact."""
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
    """Raises IntegrityBroken if what is read within was never written like this."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as odd:
        raise IntegrityBroken(f"A fact of {stream_label(stream)} was edited.") from odd
