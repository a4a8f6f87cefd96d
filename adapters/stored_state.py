"""An aggregate's state as the read model keeps it: one document, and one for each of its asks.

An engagement asks some hundred things in its life and a decision changes one or two, so an ask is written
only when it changed. Words stand plainly, so that a page needs one look; bulk stays a hash.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

import structlog
from cachetools import LRUCache
from sqlalchemy import Connection, bindparam, or_, select

from adapters.content_store import ContentStore, bulk_key
from adapters.tables import AskRow, ChangeOrderRow, EngagementRow, SequenceRow, columns
from domain.asks import Ask
from domain.change_order.order import ChangeOrder
from domain.engagement.state import Engagement
from domain.playbook import Playbook
from domain.record import Aggregate
from domain.refusals import IntegrityBroken
from domain.streams import is_change, stream_label
from domain.words import BULK

log = structlog.get_logger()

A, S = columns(AskRow), columns(SequenceRow)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST_BYTES = 64 * 1024 * 1024
"""What one process remembers of states, about."""
WEIGHT_OF_A_BYTE = 6
"""How many bytes of memory a byte of a state's document takes once it is parsed, measured on whole deals."""

REMADE = "read model remade"
"""The sequence that counts how often the read model was made again: what was read before is stale then."""
TIMES_REMADE = select(S.value).where(S.name == REMADE)
STANDS_AT = {
    is_change: select(row.seq, TIMES_REMADE.scalar_subquery()).where(row.stream == bindparam("stream"))
    for is_change, row in ((True, columns(ChangeOrderRow)), (False, columns(EngagementRow)))
}
"""By whether it is a change order, up to which fact a stream is known."""


class Recent(Generic[K, V]):
    """The values used last, up to a number; shared between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value, which is now the last one used."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: K, value: V) -> None:
        """Keeps a value and lets go of the one that was not used for longest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)


class ReadModelVault:
    """A `domain.words.Vault` that leaves words where they stand, and takes bulk from the content store.

    Bulk is only named: the fact that brought it has put it into the store before.
    """

    def __init__(self, store: ContentStore, bulk: Recent[str, Any], keys: Recent[int, tuple[Any, str]]) -> None:
        self._store = store
        self._bulk = bulk
        self._keys = keys

    def put_words(self, text: str) -> str:
        """The text itself."""
        return text

    def words(self, key: str) -> str:
        """The text itself."""
        return key

    def put_bulk(self, value: Any, plain: Callable[[Any], Any]) -> str:
        """The value's SHA-256, reckoned once for a value that many states share."""
        known = self._keys.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        key = bulk_key(plain(value))
        self._keys.keep(id(value), (value, key))
        return key

    def bulk(self, key: str) -> Any:
        """The JSON value under a SHA-256. Raises ContentMissing."""
        value = self._bulk.get(key)
        if value is None:
            value = self._store.bulk(key)
            self._bulk.keep(key, value)
        return value


class Kept(NamedTuple):
    """A stream's state as the read model has it, and the bytes of the documents of which it is made."""

    state: Aggregate
    remade: int
    """How often the read model had been made again."""
    size: int
    asks: dict[str, int]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        return WEIGHT_OF_A_BYTE * (self.size + sum(self.asks.values()))


class Written(NamedTuple):
    """A state that was written, with the sizes of the documents written for it. It counts once it is committed."""

    stream: str
    state: Aggregate
    remade: int
    size: int
    asks: dict[str, int]


class States:
    """Loads states, and remembers of each stream the newest, so that a decision need not read its engagement anew.

    What another process wrote meanwhile is read from where this one stands: the document, and the asks that changed.
    `most_bytes` bounds what is remembered, about.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: LRUCache[str, Kept] = LRUCache(most_bytes, getsizeof=lambda kept: kept.weight)
        self._lock = Lock()
        self._bulk: Recent[str, Any] = Recent(16)
        self._keys: Recent[int, tuple[Any, str]] = Recent(256)
        self._playbooks: Recent[str, Playbook] = Recent(16)

    def vault(self, connection: Connection) -> ReadModelVault:
        """The vault with which documents are written and read."""
        return ReadModelVault(ContentStore(connection), self._bulk, self._keys)

    def remember(self, written: Written) -> None:
        """Keeps a state that was written and is committed."""
        with self._lock:
            before = self._kept.get(written.stream)
            sizes = {**(before.asks if before else {}), **written.asks}
            asks = {name: sizes.get(name, 0) for name in written.state.asks}
            self._keep(written.stream, Kept(written.state, written.remade, written.size, asks))

    def remembered(self) -> dict[str, int]:
        """By stream, the number of the fact up to which its state is known."""
        with self._lock:
            return {stream: kept.state.seq for stream, kept in self._kept.items()}

    @property
    def weight(self) -> int:
        """About how many bytes all of them take."""
        with self._lock:
            return int(self._kept.currsize)

    def stands_at(self, stream: str, seq: int) -> bool:
        """Whether the state after a fact is remembered."""
        with self._lock:
            kept = self._kept.get(stream)
        return kept is not None and kept.state.seq == seq

    def load(self, connection: Connection, stream: str) -> Aggregate | None:
        """The state of a stream as the read model has it. The connection must see one moment throughout."""
        found = connection.execute(STANDS_AT[is_change(stream)], {"stream": stream}).one_or_none()
        if found is None:
            return None
        with self._lock:
            kept = self._kept.get(stream)
        place = (found[1] or 0, int(found[0]))
        if kept is not None and place == (kept.remade, kept.state.seq):
            return kept.state
        row = columns(ChangeOrderRow if is_change(stream) else EngagementRow)
        document = connection.execute(select(row.document).where(row.stream == stream)).scalar_one()
        follows = kept is not None and kept.remade == place[0] and kept.state.seq < place[1]
        read = self._read(connection, stream, document, place[0], kept if follows else None)
        with self._lock:
            self._keep(stream, read)
        return read.state

    def _keep(self, stream: str, new: Kept) -> None:
        """The newest counts: whoever read a moment ago does not put an older one back."""
        before = self._kept.get(stream)
        if before is not None and (before.remade, before.state.seq) > (new.remade, new.state.seq):
            return
        self._kept.pop(stream, None)
        if new.weight <= self._kept.maxsize:
            self._kept[stream] = new

    def _read(self, connection: Connection, stream: str, document: str, remade: int, before: Kept | None) -> Kept:
        """Raises IntegrityBroken where what is stored makes no state."""
        with readable(stream_label(stream)):
            return self._made(connection, stream, document, remade, before)

    def _made(self, connection: Connection, stream: str, document: str, remade: int, before: Kept | None) -> Kept:
        known, since = (before.state.asks, before.state.seq) if before else ({}, 0)
        sizes = dict(before.asks) if before else {}
        changed: dict[str, Any] = {}
        whole = json.loads(document)
        order = whole["asks"]
        unknown = [name for name in order if name not in known]
        newer = or_(A.changed > since, A.id.in_(unknown))
        for row in connection.execute(select(A.id, A.document).where(A.stream == stream, A.id.in_(order), newer)):
            changed[row.id], sizes[row.id] = json.loads(row.document), len(row.document)
        asks = {name: changed[name] if name in changed else known[name] for name in order}
        state = self._parse(connection, stream, {**whole, "asks": asks})
        return Kept(state, remade, len(document), {name: sizes.get(name, 0) for name in order})

    def _parse(self, connection: Connection, stream: str, whole: dict[str, Any]) -> Aggregate:
        """Parts that are parsed already are taken as they are: the asks known before, and a playbook by its hash."""
        vault = self.vault(connection)
        key = whole["playbook"].get(BULK)
        if key is not None:
            whole["playbook"] = self._playbook(key, vault)
        model: type[Engagement | ChangeOrder] = ChangeOrder if is_change(stream) else Engagement
        return model.model_validate(whole, context={"vault": vault})

    def _playbook(self, key: str, vault: ReadModelVault) -> Playbook:
        """One playbook for all the engagements that follow it."""
        known = self._playbooks.get(key)
        if known is None:
            known = Playbook.model_validate(vault.bulk(key))
            self._playbooks.keep(key, known)
        return known


def times_remade(connection: Connection) -> int:
    """How often the read model was made again."""
    return connection.execute(TIMES_REMADE).scalar_one_or_none() or 0


def state_document(state: Aggregate, vault: ReadModelVault) -> str:
    """The state, of its asks only the ids: each has a row of its own, and those that left the state keep theirs."""
    plain = state.model_dump(mode="json", exclude={"asks"}, context={"vault": vault})
    return json.dumps({**plain, "asks": list(state.asks)}, ensure_ascii=False, separators=(",", ":"))


def ask_document(ask: Ask, vault: ReadModelVault) -> str:
    """One ask."""
    return ask.model_dump_json(context={"vault": vault})


def ask_of(document: str, vault: ReadModelVault) -> Ask:
    """The ask of a document. Raises IntegrityBroken."""
    with readable("an ask"):
        return Ask.model_validate(json.loads(document), context={"vault": vault})


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Within it, what is stored and makes nothing of ours is told as damage."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as odd:
        log.exception("stored.unreadable", what=what)
        raise IntegrityBroken(f"What is stored of {what} cannot be read.") from odd
