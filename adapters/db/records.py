"""The record as a whole: appends facts, projects them to the read model and queues messages, in one transaction."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Column, Connection, Engine, delete, select, text
from sqlmodel import SQLModel

from adapters.db import ledger, search_index
from adapters.db.content_store import ContentStore
from adapters.db.database import (
    DATABASE_AWAY,
    HOUSEKEEPING_PATIENCE,
    forget_what_was_overwritten,
    reading,
    values_as_they_are,
    writing,
)
from adapters.db.directories import Directories
from adapters.db.erasure import strike_messages
from adapters.db.installation import require_own
from adapters.db.ledger import ConcurrentAppend, FactsMissing, HashDiffers, Head, Size
from adapters.db.lost_facts import of_no_fact, would_be_dropped
from adapters.db.migrating import migrate
from adapters.db.operators import queue_for_operators
from adapters.db.projection import Projected, fold, project, write_anew, write_state
from adapters.db.queueing import Held, queue
from adapters.db.stored_state import REMADE, UNWRITTEN, StateCache
from adapters.db.stream_status import quarantine
from adapters.db.tables.columns import columns
from adapters.db.tables.read_model import READ_MODEL
from adapters.db.tables.record import SequenceRow, StreamHeadRow
from adapters.db.upserts import add_to
from domain.directory.events import WordsErased
from domain.notifications.operators import damage_notices
from domain.record.facts import Aggregate, Apart, Appended, Batch, Message, Recorded, alike
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import ERASURES, OF_THE_FIRM, stream_label

log = structlog.get_logger()

# Called with the number of streams done, and of all streams.
Progress = Callable[[int, int], None]


# The sequence by which a migration requests a rebuild of the read model.
OUTDATED = "read model outdated"


BEGINNING = 1
NOTHING = Projected((), None)


def _by_stream(placed: tuple[int, Batch]) -> str:
    return placed[1].stream


def _in_silence(_done: int, _of: int) -> None:
    pass


class Records:
    """Writes the record of one database."""

    def __init__(self, engine: Engine, states: StateCache | None = None) -> None:
        self._engine = engine
        self._states = states or StateCache()
        self._directories = Directories()

    def append(self, batch: Batch, then: str = "", held: Held | None = None) -> Appended:
        """Appends facts to the ledger, projects them and queues the messages they cause: all or nothing, and once.

        `then`: the hash that the chain must end with, if known. `held`: until when their messages are held back. Raises
        LedgerConflict if the batch does not fit, HashDiffers if the hash is different, and ProjectionOutOfSync if the
        read model must be rebuilt.
        """
        self._load_ahead(batch)
        with writing(self._engine) as connection:
            head = ledger.lock_head(connection, batch.stream)
            appended, projected = self._append(connection, batch, head, held)
            if then and appended.last != then:
                raise HashDiffers(batch.stream, appended.seq, "it had another hash when it was written first")
        self._note(projected)
        return appended

    def keep(self, batch: Batch) -> Appended:
        """Appends a batch; if other facts are stored in its place or after it, writes nothing and returns those.

        Raises LedgerConflict at a gap, and ProjectionOutOfSync if the read model must be rebuilt.
        """
        (appended,) = self.keep_all([batch])
        return appended

    def keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        """The same for batches of several streams in one transaction, for a single disk sync. All or nothing.

        Raises ForeignEngine if one belongs to another installation, and IntegrityBroken, of which the operators are
        told, if stored data was tampered with.
        """
        try:
            return self._keep_all(batches)
        except IntegrityBroken as damaged:
            self._tell_of(damaged, max(fact.at for batch in batches for fact in batch.facts))
            raise

    def _tell_of(self, damaged: IntegrityBroken, at: datetime) -> None:
        """Once a day, however often it is retried."""
        log.error("data.damaged", what=str(damaged))
        try:
            with writing(self._engine) as connection:
                queue_for_operators(connection, self._directories, damage_notices(str(damaged), at), at)
        except (IntegrityBroken, *DATABASE_AWAY) as why:
            log.warning("operators.not_told", why=type(why).__name__)

    def _keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        for batch in batches:
            self._load_ahead(batch)
        kept: dict[int, tuple[Appended, Projected]] = {}
        with writing(self._engine) as connection:
            require_own(connection, {batch.installation for batch in batches})
            for place, batch in sorted(
                enumerate(batches), key=_by_stream
            ):  # always in the same order, so that they cannot deadlock
                kept[place] = self._keep(connection, batch)
        for _, projected in kept.values():
            self._note(projected)
        return [kept[place][0] for place in range(len(batches))]

    def _keep(self, connection: Connection, batch: Batch) -> tuple[Appended, Projected]:
        head = ledger.lock_head(connection, batch.stream)
        if head.quarantined:
            return Appended(first=head.first, last=head.hash, seq=head.seq, quarantined=head.quarantined), NOTHING
        try:
            appended, projected = self._append(connection, batch, head)
        except FactsMissing as missing:
            return self._quarantined(connection, batch, head, str(missing)), NOTHING
        except ConcurrentAppend:
            appended, projected = ledger.standing(connection, batch), NOTHING
        else:
            if appended.seq != batch.facts[-1].seq:
                appended = ledger.standing(connection, batch)
        void = _first_to_void(batch, appended)
        if void == BEGINNING:  # begun anew by an engine that has lost it: there is nothing to go back to
            return appended.replace(behind=True), projected
        if void is not None and void <= head.acknowledged:
            why = f"the engine ends at {void - 1}, facts up to {head.acknowledged} were acknowledged"
            return self._quarantined(connection, batch, head, why), projected
        return appended.replace(behind=void is not None and void <= head.told), projected

    def quarantine(self, apart: Apart) -> None:
        """Blocks writes to a stream until it is reconciled, and tells the operators."""
        with writing(self._engine) as connection:
            require_own(connection, {apart.installation})
            quarantine(connection, self._directories, apart.stream, apart.why, apart.at)

    def facts(self, stream: str) -> tuple[Recorded, ...]:
        """Returns the facts of a stream, as the ledger holds them."""
        with reading(self._engine) as connection:
            return ledger.read(connection, stream)

    def held_for(self, stream: str, installation: str) -> Aggregate:
        """The same for a workflow. Raises ForeignEngine if the stream belongs to another installation."""
        with reading(self._engine) as connection:
            require_own(connection, {installation})
        return self.held(stream)

    def held(self, stream: str) -> Aggregate:
        """Returns the state that a stream's facts make. Raises LookupError if the ledger does not hold it."""
        state = fold(self.facts(stream)).state
        if state is None:
            raise LookupError(f"the ledger holds nothing of {stream}")
        return state

    def _quarantined(self, connection: Connection, batch: Batch, head: Head, why: str) -> Appended:
        quarantine(connection, self._directories, batch.stream, why, batch.facts[-1].at)
        return Appended(first=head.first, last=head.hash, seq=head.seq, quarantined=why)

    def _load_ahead(self, batch: Batch) -> None:
        """Loads what the batch changes, if it is not cached, before others have to wait for the write lock."""
        known = batch.facts and self._states.stands_at(batch.stream, batch.facts[0].seq - 1)
        if batch.stream in OF_THE_FIRM or known:
            return
        with reading(self._engine, snapshot=True) as connection:
            self._states.load(connection, batch.stream)

    def _append(
        self, connection: Connection, batch: Batch, head: Head, held: Held | None = None
    ) -> tuple[Appended, Projected]:
        written = ledger.append(connection, batch, head)
        if not written.fresh:
            return written.appended, NOTHING
        projected = project(connection, self._states, self._directories, written.fresh)
        queue(connection, projected.told, written.fresh[-1].at, held)
        return written.appended, projected

    def _note(self, projected: Projected) -> None:
        """Called after the commit, since before it everything might still be rolled back."""
        _note(projected.told)
        if projected.written is not None:
            self._states.remember(projected.written)

    def rebuild(self, progress: Progress = _in_silence, *, dropping: bool = False) -> Size:
        """Rebuilds the read model from ledger and content. Writers wait meanwhile.

        Returns the size of the whole record, which is what a verification counts. Raises WouldBeDropped if the read
        model holds what no fact produces, unless `dropping`.
        """
        with writing(self._engine, HOUSEKEEPING_PATIENCE) as connection:
            if not dropping and (traces := _of_no_fact(connection)):
                raise would_be_dropped(traces)
            return self._rebuild(connection, progress)

    def remake_if_outdated(self) -> bool:
        """Rebuilds the read model if a migration extended it. Of several processes, one does so."""
        outdated = columns(SequenceRow).name == OUTDATED
        with reading(self._engine) as connection:
            if connection.execute(select(SequenceRow).where(outdated)).first() is None:
                return False
        with writing(self._engine, HOUSEKEEPING_PATIENCE) as connection:
            if connection.execute(delete(SequenceRow).where(outdated)).rowcount == 0:
                return False
            made_of = self._rebuild(connection, _in_silence)
        log.info("read_model.remade", **made_of._asdict())
        return True

    def erase(self, keys: Iterable[str], at: datetime, because: str | None = None, sought: str | None = None) -> None:
        """Destroys texts at a person's lawful request, records that in the ledger, and updates the read model.

        `sought` is what they were found by: unsent messages lose it too. Only for what has ended is it permanent
        (`domain.shared.erasure`). Raises ContentMissing, and IntegrityBroken if sources of the read model are missing.
        """
        gone = tuple(dict.fromkeys(keys))
        with writing(self._engine, HOUSEKEEPING_PATIENCE) as connection:
            streams = ledger.streams_naming(connection, gone)
            ledger.append_of_firm(connection, ERASURES, WordsErased(keys=gone, because=because), at)
            store = ContentStore(connection)
            for key in gone:
                store.erase(key, at)
            if sought is not None:
                strike_messages(connection, streams, sought)
            for stream in streams:
                if stream not in OF_THE_FIRM:
                    self._made_again(connection, stream)
            search_index.forget_deleted(connection)
            add_to(connection, SequenceRow, REMADE, 1)  # invalidates what other processes have cached
        self.finish_erasing()

    def finish_erasing(self) -> None:
        """Removes erased text from the database's files, also after a process was killed before doing so."""
        forget_what_was_overwritten(self._engine)

    def _made_again(self, connection: Connection, stream: str) -> None:
        """Updates the read model of one stream from its facts as they read now."""
        head = ledger.lock_head(connection, stream)
        stand, facts = self._states.stand(connection, stream), ledger.read(connection, stream)
        if stand.state is None or stand.state.seq != head.seq or not facts:
            raise IntegrityBroken(
                f"The read model of {stream_label(stream)} does not stand where the record does.",
                remedy="Make it again first: interlock rebuild",
            )
        write_anew(connection, self._states, stand, fold(facts), facts[-1])

    def _rebuild(self, connection: Connection, progress: Progress) -> Size:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE stream_head IN EXCLUSIVE MODE"))
        for trace in _of_no_fact(connection):
            log.error("read_model.dropped", what=trace)
        search_index.make_again(connection)
        for table in reversed(READ_MODEL):
            connection.execute(delete(table))
        add_to(connection, SequenceRow, REMADE, 1)
        heads = columns(StreamHeadRow)
        projected = select(heads.stream).where(heads.stream.not_in(OF_THE_FIRM))
        streams = connection.execute(projected.order_by(heads.stream)).scalars().all()
        for done, stream in enumerate(streams, 1):
            self._remake(connection, stream)
            progress(done, len(streams))
        search_index.forget_deleted(connection)
        return ledger.size(connection)

    def _remake(self, connection: Connection, stream: str) -> None:
        facts = ledger.read(connection, stream)
        if facts:
            write_state(connection, self._states, UNWRITTEN, fold(facts), facts[-1])


def _of_no_fact(connection: Connection) -> tuple[str, ...]:
    """What a rebuild drops. Edited values are read as they are, since the rebuild repairs them."""
    with values_as_they_are(connection):
        return of_no_fact(connection)


def _first_to_void(batch: Batch, standing: Appended) -> int | None:
    """The first of the stored facts that the engine would void in favour of its own; None if there is none."""
    same = alike(batch.facts, standing.instead)
    return batch.facts[0].seq + same if same < len(standing.instead) else None


def bring_up_to_date(engine: Engine) -> None:
    """Migrates the tables, and rebuilds the read model if a migration extended it."""
    migrate(engine)
    Records(engine).remake_if_outdated()


def _note(told: Iterable[Message]) -> None:
    """Logs that someone is to be told something, but never the text."""
    for message in told:
        log.info(
            "told", key=message.key, kind=message.kind, to=message.to, stream=message.stream, ask_id=message.ask_id
        )


def read_model_digest(engine: Engine) -> str:
    """SHA-256 over every row of the read model: a rebuild must not change it."""
    found = hashlib.sha256()
    with reading(engine) as connection:
        for table in READ_MODEL:
            for row in connection.execute(select(*columns(table)).order_by(*_keys(table))):
                found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def _keys(table: type[SQLModel]) -> list[Column[Any]]:
    return [column for column in columns(table) if column.primary_key]
