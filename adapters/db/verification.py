"""Verifies that the record is as it was written and that the read model matches it, naming each row that is not.

`faults_of_rows` needs only rows, so it serves an export and an offline verifier as well as a database. Against someone
who rewrites a chain to its end, or cuts it off, only a signed tree head helps.
"""

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Engine, func, or_, select, true, tuple_

from adapters.db.comparison import Comparison, named
from adapters.db.content_store import erased_keys, unfaithful
from adapters.db.database import HOUSEKEEPING_PATIENCE, reading, values_as_they_are
from adapters.db.directories import faults_of_directories
from adapters.db.edited_values import odd_values
from adapters.db.ledger import HASHED, UNREADABLE, Size, documents_named, is_as_written, keys_named, of_engagement, size
from adapters.db.playbook_versions import faults_of_playbooks
from adapters.db.stream_heads import NOTHING_BEFORE
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from adapters.db.tree_head import Leaf, TreeHead
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import DIRECTORY, OF_THE_FIRM, PLAYBOOKS, change_stream, engagement_of
from domain.shared.values import EngagementId

L, H = columns(LedgerRow), columns(StreamHeadRow)
ROWS_AT_ONCE = 500

Row = dict[str, Any]


# How many faults a verification names; further ones are only counted.
MAX_FAULTS = 100
# Tables whose contents no fact states, with labels for people.
UNWITNESSED = {
    "messages and chat cards": ("outbox", "chat_account", "card", "card_due", "thread", "deferred_command"),
    "tokens and ended access": ("token", "access_ended"),
    "sessions on pages, and drafts of deals": ("web_session", "deal_draft"),
    "receipts of repeated requests": ("receipt",),
    "changes of the directory: their names, whom they concern, who has heard of them": ("directory_outcome",),
    "the installation's id and its numbers": ("installation", "sequence", "lease", "external_deal"),
    "deals that are being started": ("deal_being_started",),
}
NOT_COMPARED = (
    f"Checked for odd values alone: {'; '.join(UNWITNESSED)}. Not checked: who saved a playbook that is a draft; "
    "whether the marks of what people were answered and told (acknowledged, told) were lowered; what Temporal holds "
    "(interlock reconcile compares that)."
)


class Fault(NamedTuple):
    """A row that is not as it was written, and how that shows.

    `seq` is 0 for what is not a row of a chain; `stream` then names what it belongs to, in words.
    """

    stream: str
    seq: int
    what: str

    @property
    def told(self) -> str:
        """The fault in one line."""
        return f"{self.stream}#{self.seq}: {self.what}" if self.seq else f"{self.stream}: {self.what}"


class VerificationReport(NamedTuple):
    """The result of a verification: how much was read, the first `MAX_FAULTS` faults, and their total number.

    `left_out` says what could not be compared with the record because the record itself is damaged there. `covered`
    counts the facts that a head vouches for and those beyond it; None without a head.
    """

    size: Size
    faults: tuple[Fault, ...]
    found: int
    left_out: tuple[str, ...] = ()
    covered: tuple[int, int] | None = None

    @property
    def is_sound(self) -> bool:
        """True if everything is as it was written."""
        return not self.found

    def and_these(self, faults: Sequence[Fault]) -> "VerificationReport":
        """The same report, preceded by faults found elsewhere."""
        named = (*faults, *self.faults)[:MAX_FAULTS]
        return self._replace(faults=named, found=self.found + len(faults))

    @property
    def told(self) -> tuple[str, ...]:
        """The faults, one per line; the last line counts those not named."""
        more = self.found - len(self.faults)
        return (*(fault.told for fault in self.faults), *([f"and {more} more"] if more else []))


class Findings:
    """Collects faults: the first are kept, all are counted, and their streams are noted."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.found = 0
        self.streams: set[str] = set()

    def take(self, of: str, faults: Iterable[Fault]) -> bool:
        """Takes all of these faults. An impossible value ends them; then returns False."""
        try:
            for fault in faults:
                self._note(fault)
        except UNREADABLE as odd:
            self._note(Fault(of, 0, f"what stands there cannot be read, and the rest is not checked ({odd})"))
            return False
        return True

    def _note(self, fault: Fault) -> None:
        self.found += 1
        self.streams.add(fault.stream)
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(_shown(fault.stream), fault.seq, _shown(fault.what)))


def _shown(text: str) -> str:
    """The text with a placeholder for characters that cannot be encoded."""
    return text.encode("utf-8", "replace").decode()


class Chain(NamedTuple):
    """What an engagement's fact says about its change order's chain."""

    engagement_id: EngagementId
    seq: int
    first: str
    last: str


def verify(
    engine: Engine, head: TreeHead | None = None, engagement_id: EngagementId | None = None
) -> VerificationReport:
    """Reads the whole record, or that of one engagement and its change orders, and the read model built from it.

    Names each row that was edited, deleted, inserted, moved or cut off, and where the read model differs. The head must
    be genuine (`tree_head.is_genuine`); it is trusted here.
    """
    with (
        reading(engine, snapshot=True, patience=HOUSEKEEPING_PATIENCE) as connection,
        values_as_they_are(connection),
    ):
        part, findings = VerifiedPart(connection, engagement_id), Findings()
        is_read = findings.take("ledger", faults_of_rows(part.rows(), part.of_head(head)))
        findings.take("stream heads", part.faults_of_heads())
        findings.take("order of the ledger", part.faults_of_order())
        findings.take("content", part.faults_of_content())
        broken = frozenset(findings.streams)  # their facts are not compared with anything
        findings.take("marks of streams", part.faults_of_standing())
        if is_read:
            findings.take("directories and playbooks", part.faults_of_house(broken))
            findings.take("read model", part.faults_of_read_model(broken))
        else:
            part.left_out.append("Directories, playbooks, and the read model.")
        findings.take("other tables", part.odd_values())
        made = VerificationReport(
            size(connection, engagement_id), tuple(findings.faults), findings.found, tuple(part.left_out)
        )
        return made._replace(covered=part.covered(head))


def faults_of_rows(rows: Iterable[Row], head: TreeHead | None = None) -> Iterator[Fault]:
    """Faults in rows sorted by stream and sequence number (`HASHED` and `hash` of each)."""
    signed = {leaf.stream: leaf for leaf in head.leaves} if head else {}
    chains: dict[str, Chain] = {}
    for stream, own in groupby(rows, key=lambda row: str(row["stream"])):
        yield from _faults_of_stream(stream, own, signed.pop(stream, None), chains)
    for leaf in signed.values():
        yield Fault(leaf.stream, 1, "the whole stream was signed, and is gone")
    for stream, reported in chains.items():
        yield Fault(stream, 1, f"{reported.engagement_id}#{reported.seq} names this chain, and it is gone")


def _faults_of_stream(stream: str, rows: Iterable[Row], leaf: Leaf | None, chains: dict[str, Chain]) -> Iterator[Fault]:
    prev, seq, reported = NOTHING_BEFORE, 0, chains.pop(stream, None)
    wanted = {reported.first, reported.last} if reported else set()
    for row in rows:
        if row["seq"] > seq + 1:
            yield Fault(stream, seq + 1, _missing(seq + 1, row["seq"] - 1))
        what = _fault_of_row(row, seq, prev)
        for one in filter(None, (what, *_against_witnesses(row, leaf, reported))):
            yield Fault(stream, row["seq"], one)
        prev, seq = row["hash"], max(seq, row["seq"])
        wanted.discard(prev)
        if what is None and row["kind"] == "ChangeStatusChanged":
            _note_chain(row, chains)
    if leaf is not None and leaf.seq > seq:
        yield Fault(stream, seq + 1, f"rows were cut off: {leaf.seq} were signed, {seq} are left")
    if wanted and reported:
        yield Fault(stream, seq + 1, f"{reported.engagement_id}#{reported.seq} names a row of this chain that is gone")


def _missing(first: int, last: int) -> str:
    return f"row {first} is missing" if first == last else f"rows {first} to {last} are missing"


def _fault_of_row(row: Row, seq: int, prev: str) -> str | None:
    """What is wrong with a row that should follow number `seq`. After a gap, its predecessor is unknown."""
    if row["seq"] <= seq:
        return "there is no such place in a chain"
    if not is_as_written(row):
        return "the row was edited"
    follows = row["seq"] > seq + 1 or row["prev"] == prev
    return None if follows else "the row does not follow the one before it"


def _against_witnesses(row: Row, leaf: Leaf | None, reported: Chain | None) -> Iterator[str]:
    """What a signed head, or the engagement of a change order, says against a row."""
    if leaf is not None and row["seq"] == leaf.seq and row["hash"] != leaf.hash:
        yield "this is not the row that was signed"
    if reported is not None and row["seq"] == 1 and row["hash"] != reported.first:
        yield f"{reported.engagement_id}#{reported.seq} names another first row"


def _note_chain(row: Row, chains: dict[str, Chain]) -> None:
    """An engagement sorts before its change orders, so what it says about them is known when they come."""
    body = json.loads(row["body"])
    if body.get("chain"):
        first, last = body["chain"]
        chains[change_stream(engagement_of(row["stream"]), body["n"])] = Chain(row["stream"], row["seq"], first, last)


class VerifiedPart:
    """The part of the record that is read: all of it, or one engagement with its change orders."""

    def __init__(self, connection: Connection, engagement_id: EngagementId | None) -> None:
        self._connection = connection
        self._engagement = engagement_id
        self.left_out: list[str] = []
        """What could not be compared; filled in as it is found."""

    def _own(self, stream: Column[str]) -> ColumnElement[bool]:
        return true() if self._engagement is None else of_engagement(stream, self._engagement)

    def of_head(self, head: TreeHead | None) -> TreeHead | None:
        """The entries of a head for this part."""
        if head is None or self._engagement is None:
            return head
        return head.replace(leaves=tuple(x for x in head.leaves if engagement_of(x.stream) == self._engagement))

    def covered(self, head: TreeHead | None) -> tuple[int, int] | None:
        """How many facts a head vouches for, and how many came after it."""
        own = self.of_head(head)
        if own is None:
            return None
        signed = {leaf.stream: leaf.seq for leaf in own.leaves}
        there = select(L.stream, func.count()).where(self._own(L.stream)).group_by(L.stream)
        after = (max(0, count - signed.get(stream, 0)) for stream, count in self._connection.execute(there))
        return sum(signed.values()), sum(after)

    def rows(self) -> Iterator[Row]:
        """The rows, sorted by stream and sequence number."""
        query = select(*(L[name] for name in (*HASHED, "hash"))).order_by(L.stream, L.seq).limit(ROWS_AT_ONCE)
        query = query.where(self._own(L.stream))
        last: tuple[str, int] = ("", 0)
        while rows := self._connection.execute(query.where(tuple_(L.stream, L.seq) > tuple_(*last))).all():
            yield from (row._asdict() for row in rows)
            last = rows[-1].stream, rows[-1].seq

    def faults_of_heads(self) -> Iterator[Fault]:
        """Where the table of stream heads and the chains disagree: rows were cut off, or added behind its back."""
        last = select(L.stream, func.max(L.seq).label("seq")).where(self._own(L.stream)).group_by(L.stream).subquery()
        ends = (
            select(L.stream, L.seq, L.hash).join(last, (L.stream == last.c.stream) & (L.seq == last.c.seq)).subquery()
        )
        seq, hash_ = func.coalesce(ends.c.seq, 0), func.coalesce(ends.c.hash, NOTHING_BEFORE)
        heads = select(H.stream, H.seq, seq.label("found")).outerjoin(ends, ends.c.stream == H.stream)
        heads = heads.where(self._own(H.stream), or_(H.seq != seq, H.hash != hash_)).order_by(H.stream)
        for row in self._connection.execute(heads):
            what = f"the chain ends at {row.found}, its head says {row.seq}"
            yield Fault(row.stream, min(row.seq, row.found) + 1 if isinstance(row.seq, int) else row.found, what)
        begins = select(H.stream).where(self._own(H.stream), L.stream == H.stream, L.seq == 1, H.first != L.hash)
        for stream in self._connection.execute(begins.order_by(H.stream)).scalars():
            yield Fault(stream, 1, "its head names another first row")
        without = select(last.c.stream).where(last.c.stream.not_in(select(H.stream))).order_by(last.c.stream)
        for stream in self._connection.execute(without).scalars():
            yield Fault(stream, 1, "the stream has no head")

    def faults_of_standing(self) -> Iterator[Fault]:
        """Where someone was answered or told about facts that are missing, and which streams are quarantined."""
        query = select(H.stream, H.seq, H.acknowledged, H.told, H.quarantined).where(self._own(H.stream))
        query = query.where(or_(H.acknowledged > H.seq, H.told > H.seq, H.quarantined != "")).order_by(H.stream)
        for stream, seq, acknowledged, told, quarantined in self._connection.execute(query):
            if not all(isinstance(number, int) for number in (seq, acknowledged, told)):
                yield Fault(stream, 1, "its head holds what is no number")
                continue
            if max(acknowledged, told) > seq:
                yield Fault(stream, seq + 1, f"{max(acknowledged, told)} facts were acknowledged, {seq} are there")
            if quarantined:
                what = f"the stream is quarantined until interlock reconcile has healed it: {quarantined}"
                yield Fault(stream, max(seq, 1), what)

    def odd_values(self) -> Iterator[Fault]:
        """Impossible values in tables that no fact makes. Nothing if only one engagement is verified."""
        if self._engagement is None:
            for odd in odd_values(self._connection):
                what = f"row {odd.row}: the value of {odd.column} is of a wrong kind, it was edited"
                yield Fault(f"table {odd.table}", 0, what)

    def faults_of_house(self, broken: Container[str]) -> Iterator[Fault]:
        """Where directories or playbooks are not those that facts name. Nothing if only one engagement is verified."""
        if self._engagement is not None:
            return
        for stream, faults_of in ((DIRECTORY, faults_of_directories), (PLAYBOOKS, faults_of_playbooks)):
            if stream in broken:
                self.left_out.append(f"What stands in the table of the {stream}: its facts are not what was written.")
                continue
            for seq, what in faults_of(self._connection):
                yield Fault(stream, seq, what)

    def faults_of_read_model(self, broken: Container[str]) -> Iterator[Fault]:
        """Where lists and pages show something other than what the facts make. Broken streams are left out."""
        comparison, unread, first = Comparison(self._connection), 0, ""
        unmade = comparison.of_none(self._engagement, but=broken)
        yield from (Fault(found.whose, 0, found.what) for found in unmade)
        for stream in self._projected():
            try:
                found = () if stream in broken else comparison.of_stream(stream)
                yield from (Fault(one.whose, 0, one.what) for one in found)
                is_read = stream not in broken
            except (IntegrityBroken, ValueError):  # its texts are gone, or it does not parse as one of our facts
                is_read = False
            if not is_read:
                unread, first = unread + 1, first or named(stream)
        if unread:
            more = f" and {unread - 1} more engagements or change orders" if unread > 1 else ""
            self.left_out.append(f"The read model of {first}{more}.")
        if self._engagement is not None:
            return
        if unread:
            self.left_out.append("Sums over all engagements.")
        else:
            yield from (Fault(found.whose, 0, found.what) for found in comparison.of_sums())

    def _projected(self) -> Iterator[str]:
        """The streams that the read model is built from, in order."""
        query = select(H.stream).where(self._own(H.stream), H.seq > 0, H.stream.not_in(OF_THE_FIRM))
        query, last = query.order_by(H.stream).limit(ROWS_AT_ONCE), ""
        while streams := self._connection.execute(query.where(H.stream > last)).scalars().all():
            yield from streams
            last = streams[-1]

    def faults_of_order(self) -> Iterator[Fault]:
        """Where a stream's facts are stored in another order than that in which they came."""
        before = func.lag(L.position).over(partition_by=L.stream, order_by=L.seq)
        own = select(L.stream, L.seq, L.position, before.label("before")).where(self._own(L.stream)).subquery()
        moved = select(own.c.stream, own.c.seq).where(own.c.position < own.c.before).order_by(own.c.stream, own.c.seq)
        for stream, seq in self._connection.execute(moved):
            yield Fault(stream, seq, "the row lies before one that came earlier")

    def faults_of_content(self) -> Iterator[Fault]:
        """Where people's texts, or pinned values, are not what the facts name."""
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
