"""An aggregate's state as the read model stores it: a document for each field, and one for each ask.

A state has some seventy fields, an engagement opens some hundred asks, and a decision changes a few: so each
is written only when it changed, and whoever holds an older state reads only those. Texts are stored inline, so that a
page needs one query; bulk values stay hashes.

Weighed: the whole state as one document (rewritten with each decision: a sixth of the processor time of its record, and
ten pages of SQLite's log), that document compressed (more of that time), and the facts since a snapshot, folded by each
reader (an engagement with one edited fact could not be shown at all).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple

import structlog
from cachetools import LRUCache, cachedmethod
from sqlalchemy import Connection, bindparam, or_, select

from adapters.db.content_store import ContentStore, bulk_key
from adapters.db.state_parts import fields
from adapters.db.tables.asks import AskRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import ChangeOrderRow, EngagementRow, StatePartRow
from adapters.db.tables.record import SequenceRow
from domain.asks.model import Ask
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.playbook.model import Playbook
from domain.record.facts import Aggregate
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import is_change, stream_label
from domain.shared.text import BULK
from domain.shared.values import AskId

log = structlog.get_logger()

A, P, S = columns(AskRow), columns(StatePartRow), columns(SequenceRow)

# Approximate memory that one process uses for cached states.
MAX_BYTES = 64 * 1024 * 1024
# Bytes of memory per byte of a state's document once parsed, measured on whole deals.
WEIGHT_OF_A_BYTE = 6

# The sequence that counts rebuilds of the read model: what was read before one is stale.
REMADE = "read model remade"
TIMES_REMADE = select(S.value).where(S.name == REMADE).scalar_subquery()
# By whether it is a change order: up to which fact a stream is known (if at all), and how often all was rebuilt.
STANDS_AT = {
    is_change: select(select(row.seq).where(row.stream == bindparam("stream")).scalar_subquery(), TIMES_REMADE)
    for is_change, row in ((True, columns(ChangeOrderRow)), (False, columns(EngagementRow)))
}


def _named(_: object, key: str, *_others: object) -> str:
    return key


def _identity(_: object, value: object, *_others: object) -> int:
    return id(value)


class Shared(NamedTuple):
    """Values that many states have in common, kept once for all threads of a process."""

    bulk: LRUCache[str, Any]
    keys: LRUCache[int, tuple[Any, str]]
    """A value's SHA-256 by its identity; the value is kept too, so that no other object gets the same identity."""
    playbooks: LRUCache[str, Playbook]
    lock: Lock


class ReadModelVault:
    """A `domain.shared.text.TextStore` that leaves texts inline, and reads bulk values from the content store.

    Bulk values are only referred to: the fact that brought them has already put them into the store.
    """

    def __init__(self, store: ContentStore, shared: Shared) -> None:
        self._store = store
        self._shared = shared

    def put_words(self, text: str) -> str:
        """Returns the text itself."""
        return text

    def words(self, key: str) -> str:
        """Returns the text itself."""
        return key

    def put_bulk(self, value: Any, plain: Callable[[Any], Any]) -> str:
        """Returns the value's SHA-256, computed once for a value that many states share."""
        return self._with_key(value, plain)[1]

    @cachedmethod(lambda self: self._shared.keys, key=_identity, lock=lambda self: self._shared.lock)
    def _with_key(self, value: Any, plain: Callable[[Any], Any]) -> tuple[Any, str]:
        return value, bulk_key(plain(value))

    @cachedmethod(lambda self: self._shared.bulk, key=_named, lock=lambda self: self._shared.lock)
    def bulk(self, key: str) -> Any:
        """Returns the JSON value under a SHA-256. Raises ContentMissing."""
        return self._store.bulk(key)


class StoredState(NamedTuple):
    """A stream's state as the read model has it, and the sizes of the documents it was read from."""

    state: Aggregate
    remade: int
    """How often the read model had been rebuilt."""
    parts: dict[str, int]
    asks: dict[AskId, int]

    @property
    def weight(self) -> int:
        """Approximate size in memory, in bytes."""
        return WEIGHT_OF_A_BYTE * (sum(self.parts.values()) + sum(self.asks.values()))


class Stand(NamedTuple):
    """What the read model has of a stream: the state, if there is one, and how often everything was rebuilt."""

    state: Aggregate | None
    remade: int


UNWRITTEN = Stand(None, 0)


class WrittenState(NamedTuple):
    """A state that was written, with the sizes of the documents written for it. It counts once it is committed."""

    stream: str
    state: Aggregate
    remade: int
    parts: dict[str, int]
    asks: dict[AskId, int]


class StateCache:
    """Loads states and caches the newest of each stream, so that a decision need not read its engagement from scratch.

    What another process wrote in the meantime is read incrementally: only the parts and asks that changed. `most_bytes`
    is the approximate limit of the cache.
    """

    def __init__(self, most_bytes: int = MAX_BYTES) -> None:
        self._kept: LRUCache[str, StoredState] = LRUCache(most_bytes, getsizeof=lambda kept: kept.weight)
        self._lock = Lock()
        self._shared = Shared(LRUCache(16), LRUCache(256), LRUCache(16), Lock())

    def vault(self, connection: Connection) -> ReadModelVault:
        """Returns the store that documents are written and read with."""
        return ReadModelVault(ContentStore(connection), self._shared)

    def remember(self, written: WrittenState) -> None:
        """Caches a state that was written and committed."""
        with self._lock:
            before = self._kept.get(written.stream)
            sizes = {**(before.asks if before else {}), **written.asks}
            asks = {name: sizes.get(name, 0) for name in written.state.asks}
            parts = {**(before.parts if before else {}), **written.parts}
            self._keep(written.stream, StoredState(written.state, written.remade, parts, asks))

    def remembered(self) -> dict[str, int]:
        """The number of the fact up to which each stream's state is cached."""
        with self._lock:
            return {stream: kept.state.seq for stream, kept in self._kept.items()}

    @property
    def weight(self) -> int:
        """Approximate size of all of them, in bytes."""
        with self._lock:
            return int(self._kept.currsize)

    def stands_at(self, stream: str, seq: int) -> bool:
        """Whether the state after a fact is cached."""
        with self._lock:
            kept = self._kept.get(stream)
        return kept is not None and kept.state.seq == seq

    def load(self, connection: Connection, stream: str) -> Aggregate | None:
        """Returns the state of a stream as the read model has it. The connection must be in one snapshot throughout."""
        return self.stand(connection, stream).state

    def stand(self, connection: Connection, stream: str) -> "Stand":
        """The same, with how often the read model was rebuilt."""
        seq, remade = connection.execute(STANDS_AT[is_change(stream)], {"stream": stream}).one()
        return Stand(None if seq is None else self._state(connection, stream, (remade or 0, int(seq))), remade or 0)

    def _state(self, connection: Connection, stream: str, place: tuple[int, int]) -> Aggregate:
        with self._lock:
            kept = self._kept.get(stream)
        if kept is not None and place == (kept.remade, kept.state.seq):
            return kept.state
        follows = kept is not None and kept.remade == place[0] and kept.state.seq < place[1]
        read = self._read(connection, stream, place, kept if follows else None)
        with self._lock:
            self._keep(stream, read)
        return read.state

    def _keep(self, stream: str, new: StoredState) -> None:
        """The newest wins: a slower reader must not put an older state back."""
        before = self._kept.get(stream)
        if before is not None and (before.remade, before.state.seq) > (new.remade, new.state.seq):
            return
        self._kept.pop(stream, None)
        if new.weight <= self._kept.maxsize:
            self._kept[stream] = new

    def _read(
        self, connection: Connection, stream: str, place: tuple[int, int], before: StoredState | None
    ) -> StoredState:
        """Raises IntegrityBroken if what is stored makes no valid state."""
        with readable(stream_label(stream)):
            return self._made(connection, stream, place, before)

    def _made(
        self, connection: Connection, stream: str, place: tuple[int, int], before: StoredState | None
    ) -> StoredState:
        known, since = (before.state.asks, before.state.seq) if before else ({}, 0)
        sizes, parts = (dict(before.asks), dict(before.parts)) if before else ({}, {})
        changed: dict[str, Any] = {}
        whole = fields(before.state) if before else {}
        for row in connection.execute(select(P.name, P.document).where(P.stream == stream, P.changed > since)):
            whole[row.name], parts[row.name] = json.loads(row.document), len(row.document)
        order = list(whole.get("asks", ()))
        unknown = [name for name in order if name not in known]
        newer = or_(A.changed > since, A.id.in_(unknown))
        for row in connection.execute(select(A.id, A.document).where(A.stream == stream, A.id.in_(order), newer)):
            changed[row.id], sizes[row.id] = json.loads(row.document), len(row.document)
        asks = {name: changed[name] if name in changed else known[name] for name in order}
        state = self._parse(connection, stream, {**whole, "asks": asks, "seq": place[1]})
        return StoredState(state, place[0], parts, {name: sizes.get(name, 0) for name in order})

    def _parse(self, connection: Connection, stream: str, whole: dict[str, Any]) -> Aggregate:
        """Reuses parts that are parsed already: those cached before, and playbooks by their hash."""
        vault, playbook = self.vault(connection), whole["playbook"]
        key = playbook.get(BULK) if isinstance(playbook, dict) else None
        if key is not None:
            whole["playbook"] = self._playbook(key, vault)
        model: type[Engagement | ChangeOrder] = ChangeOrder if is_change(stream) else Engagement
        return model.model_validate(whole, context={"vault": vault})

    @cachedmethod(lambda self: self._shared.playbooks, key=_named, lock=lambda self: self._shared.lock)
    def _playbook(self, key: str, vault: ReadModelVault) -> Playbook:
        """One playbook object for all the engagements that follow it."""
        return Playbook.model_validate(vault.bulk(key))


def ask_document(ask: Ask, vault: ReadModelVault) -> str:
    """One ask as JSON."""
    return ask.model_dump_json(context={"vault": vault})


def ask_of(document: str, vault: ReadModelVault) -> Ask:
    """Parses an ask's document. Raises IntegrityBroken."""
    with readable("an ask"):
        return Ask.model_validate(json.loads(document), context={"vault": vault})


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Reports stored data that makes no valid object as damage."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as odd:
        log.exception("stored.unreadable", what=what)
        raise IntegrityBroken(f"What is stored of {what} cannot be read.") from odd
