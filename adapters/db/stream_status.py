"""The status of streams between record and engine: which facts have been acknowledged, and which streams quarantined.

Either store may be restored from an older copy. A worker that died between its record and its workflow task looks the
same from the inside, so what tells the two apart is stored here: up to which fact someone was answered, and up to which
someone was told.

An answer is sent once the engine has persisted what it says. So an engine that lacks what was answered was set back:
the stream is quarantined (read but not written) until an operator has it reconciled. A message is sent as soon as the
record has its fact, which the engine may still lose with its task: then the engine continues from the record by itself.
Facts above both marks may be voided; those at or below either of them never are.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine, func, literal, select, union_all, update

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db.acknowledged_marks import raise_acknowledged
from adapters.db.database import reading, writing
from adapters.db.directories import Directories
from adapters.db.operators import Operators, queue_for_operators
from adapters.db.readable_rows import sound_rows
from adapters.db.stream_heads import insert_heads
from adapters.db.tables.asks import AskRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import ChangeOrderRow, EngagementRow
from adapters.db.tables.messages import OutboxRow
from adapters.db.tables.record import QUARANTINED, InstallationRow, LedgerRow, StreamHeadRow
from domain.directory.directory import Directory
from domain.engagement.changes.values import ChangeStatus
from domain.notifications.operators import OF_QUARANTINE, Notices, StopCause, quarantine_notices
from domain.playbook.model import Stage
from domain.record.facts import Message

log = structlog.get_logger()
H, L, E, C = columns(StreamHeadRow), columns(LedgerRow), columns(EngagementRow), columns(ChangeOrderRow)
A, T = columns(AskRow), columns(OutboxRow)
INSTALLED = columns(InstallationRow)
FOREIGN = select(INSTALLED.stopped).where(INSTALLED.cause == StopCause.FOREIGN_ENGINE.value).scalar_subquery()
ENDS = [stage.value for stage in Stage if stage.is_end]
OPEN_CHANGES = [status.value for status in ChangeStatus if status.is_open]


class StreamStatus(NamedTuple):
    """A stream: how many facts the ledger holds, up to which someone was answered and told, and why it is quarantined.

    `installation` is the owner of this record; empty if the record does not know the stream.
    """

    seq: int = 0
    acknowledged: int = 0
    told: int = 0
    quarantined: str = ""
    installation: str = ""

    @property
    def known(self) -> int:
        """The last fact that anyone may know of."""
        return max(self.acknowledged, self.told)


def is_incomplete(connection: Connection) -> bool:
    """True if the record may lack something: facts of a stream that people were told of, or whole deals.

    New deals are stopped if the engine may know of some that the record does not.
    """
    lost = select(literal(1)).where(H.seq == 0, QUARANTINED)
    stopped = select(literal(1)).where(INSTALLED.stopped != "")
    return connection.execute(union_all(lost, stopped).limit(1)).first() is not None


class StreamStatuses:
    """The status of each stream of one database."""

    def __init__(self, engine: Engine, now: Now = SYSTEM_CLOCK) -> None:
        self._engine = engine
        self._now = now
        self._directories = Directories()
        self._operators = Operators(engine)

    def of(self, stream: str) -> StreamStatus:
        """Returns the status of a stream; all zero for one that the ledger does not hold.

        Next to an engine of another installation, all streams are quarantined: anything done there would be done to
        another's work.
        """
        why = func.coalesce(func.nullif(H.quarantined, ""), FOREIGN, "")
        whose = func.coalesce(select(INSTALLED.id).scalar_subquery(), "")
        query = select(H.seq, H.acknowledged, H.told, why, whose).where(H.stream == stream)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return StreamStatus(*row) if row else StreamStatus()

    def is_other(self, stream: str, seq: int, of_hash: str) -> bool:
        """True if the ledger's row of a fact has another hash; False if it holds no such fact."""
        query = select(L.hash).where(L.stream == stream, L.seq == seq)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one_or_none() not in {None, of_hash}

    def paused(self, streams: Collection[str]) -> frozenset[str]:
        """Those of these streams to which nothing is written now."""
        why = func.coalesce(func.nullif(H.quarantined, ""), FOREIGN, "")
        query = select(H.stream).where(H.stream.in_(streams), why != "")
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def open_asks(self, stream: str) -> tuple[int, dict[str, str]]:
        """How many facts the ledger holds of a stream, and its open asks with the hashes of what they show."""
        facts = select(H.seq).where(H.stream == stream)
        asks = select(A.id, A.subject_hash).where(A.stream == stream, A.is_open)
        with reading(self._engine, snapshot=True) as connection:
            seq = connection.execute(facts).scalar_one_or_none() or 0
            return seq, {row.id: row.subject_hash for row in connection.execute(asks)}

    def acknowledge(self, marks: Mapping[str, int]) -> None:
        """Raises the marks of streams; they are never lowered."""
        with writing(self._engine) as connection:
            raise_acknowledged(connection, marks)

    def running(self, after: str, limit: int) -> tuple[str, ...]:
        """The next streams of engagements and change orders that have not ended, according to the record."""
        deals = select(E.stream).where(E.stage.not_in(ENDS), E.stream > after)
        changes = select(C.stream).where(C.status.in_(OPEN_CHANGES), C.stream > after)
        both = union_all(deals, changes).subquery()
        query = select(both.c.stream).order_by(both.c.stream)
        with reading(self._engine) as connection:
            found = sound_rows(connection, query, lambda row: str(row.stream), ("stream",), limit)
        self._operators.hear_of_rows("read model", "stream", found.damaged, self._now())
        return found.rows

    def is_over(self, stream: str) -> bool:
        """True for an engagement or change order that has ended, according to the record; False if it knows none."""
        return bool(self.over([stream]))

    def over(self, streams: Collection[str]) -> tuple[str, ...]:
        """Those of these streams that have ended, according to the record."""
        deals = select(E.stream).where(E.stage.in_(ENDS), E.stream.in_(streams))
        changes = select(C.stream).where(C.status.not_in(OPEN_CHANGES), C.stream.in_(streams))
        with reading(self._engine) as connection:
            return tuple(connection.execute(union_all(deals, changes)).scalars())

    def unknown(self, streams: Collection[str]) -> tuple[str, ...]:
        """Those of these streams of which the ledger holds no fact."""
        with reading(self._engine) as connection:
            known = set(connection.execute(select(H.stream).where(H.stream.in_(streams), H.seq > 0)).scalars())
        return tuple(sorted(set(streams) - known))

    def quarantined(self) -> dict[str, str]:
        """Each quarantined stream with the reason; if the reason was edited, that it was."""
        query = select(H.stream, H.quarantined).where(QUARANTINED).order_by(H.stream)
        with reading(self._engine) as connection:
            found = sound_rows(connection, query, lambda row: (str(row.stream), str(row.quarantined)), ("stream",))
        self._operators.hear_of_rows("heads of streams", "stream", found.damaged, self._now())
        return dict(found.rows) | dict.fromkeys(found.damaged, "its row was edited")

    def how_many_quarantined(self) -> int:
        """How many streams are quarantined."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(StreamHeadRow).where(QUARANTINED)).scalar_one()

    def is_incomplete(self) -> bool:
        """True if there may be more work than can be read now."""
        with reading(self._engine) as connection:
            return is_incomplete(connection)

    def quarantine(self, stream: str, why: str, at: datetime) -> None:
        """Blocks writes to a stream, and tells the administrators once, however often it is found."""
        with writing(self._engine) as connection:
            quarantine(connection, self._directories, stream, why, at)

    def release(self, stream: str) -> None:
        """Allows writes to the stream again: record and engine agree."""
        with writing(self._engine) as connection:
            connection.execute(update(StreamHeadRow).where(H.stream == stream).values(quarantined=""))


def quarantine(connection: Connection, directories: Directories, stream: str, why: str, at: datetime) -> None:
    """Quarantines a stream within a transaction, and queues the message to the administrators."""
    insert_heads(connection, [{"stream": stream}])
    new = update(StreamHeadRow).where(H.stream == stream, H.quarantined == "").values(quarantined=why)
    if not connection.execute(new).rowcount:
        return
    log.error("stream.quarantined", stream=stream, why=why)
    queue_for_operators(connection, directories, quarantine_notices(stream, why, at), at)


def tell_of_quarantined(connection: Connection, at: datetime) -> None:
    """Queues the message about each quarantined stream to those operators who could not be told before."""
    directories, known = Directories(), _who_knows(connection)
    for stream, why in connection.execute(select(H.stream, H.quarantined).where(QUARANTINED)).all():
        notices = quarantine_notices(stream, why, at, is_new=False)
        told = partial(_but_for, notices, {person_id for person_id, of in known if of == stream})
        queue_for_operators(connection, directories, told, at)


def _but_for(notices: Notices, known: Collection[str], directory: Directory) -> tuple[Message, ...]:
    return tuple(message for message in notices(directory) if message.to not in known)


def _who_knows(connection: Connection) -> set[tuple[str, str]]:
    """Those whose last message about a quarantined stream was that it is, not that it no longer is."""
    of_these = (T.kind == "quarantine", T.stream.in_(select(H.stream).where(QUARANTINED)))
    last = (
        select(T.to, T.stream, func.max(T.created_at).label("at")).where(*of_these).group_by(T.to, T.stream).subquery()
    )
    is_last = (T.to == last.c.to) & (T.stream == last.c.stream) & (T.created_at == last.c.at)
    query = select(T.to, T.stream, T.key).join(last, is_last).where(T.kind == "quarantine")
    return {(row.to, row.stream) for row in connection.execute(query) if OF_QUARANTINE in row.key}
