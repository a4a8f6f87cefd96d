"""An aggregate's state as the read model keeps it: one document, and one for each of its asks.

An engagement asks some hundred things in its life and a decision changes one or two, so an ask is written
only when it changed. Words stand plainly, so that a page needs one look; bulk stays a hash.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, select

from adapters.content_store import ContentStore, bulk_key
from adapters.tables import AskRow, ChangeOrderRow, EngagementRow, SequenceRow, columns
from domain.asks import Ask
from domain.change_order.order import ChangeOrder
from domain.engagement.state import Engagement
from domain.record import Aggregate
from domain.streams import is_change

A, S = columns(AskRow), columns(SequenceRow)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

REMADE = "read model remade"
"""The sequence that counts how often the read model was made again: what was read before is stale then."""


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


Place = tuple[str, int, int]
"""A stream, its sequence number, and how often the read model had been made again."""


class States:
    """Loads states, and remembers those used last so that a decision need not read its engagement anew."""

    def __init__(self, most: int = 256) -> None:
        self._recent: Recent[Place, Aggregate] = Recent(most)
        self._bulk: Recent[str, Any] = Recent(16)
        self._keys: Recent[int, tuple[Any, str]] = Recent(most)

    def vault(self, connection: Connection) -> ReadModelVault:
        """The vault with which documents are written and read."""
        return ReadModelVault(ContentStore(connection), self._bulk, self._keys)

    def remember(self, stream: str, remade: int, state: Aggregate) -> None:
        """Keeps a state that was just written."""
        self._recent.keep((stream, state.seq, remade), state)

    def load(self, connection: Connection, stream: str) -> Aggregate | None:
        """The state of a stream as the read model has it."""
        row = columns(ChangeOrderRow if is_change(stream) else EngagementRow)
        remade = select(S.value).where(S.name == REMADE).scalar_subquery()
        found = connection.execute(select(row.seq, remade).where(row.stream == stream)).one_or_none()
        if found is None:
            return None
        place = (stream, int(found[0]), found[1] or 0)
        state = self._recent.get(place)
        if state is None:
            document = connection.execute(select(row.document).where(row.stream == stream)).scalar_one()
            state = self._parse(connection, stream, document)
            self._recent.keep(place, state)
        return state

    def _parse(self, connection: Connection, stream: str, document: str) -> Aggregate:
        asks = connection.execute(select(A.id, A.document).where(A.stream == stream).order_by(A.place))
        whole = {**json.loads(document), "asks": {row.id: json.loads(row.document) for row in asks}}
        model: type[Engagement | ChangeOrder] = ChangeOrder if is_change(stream) else Engagement
        return model.model_validate(whole, context={"vault": self.vault(connection)})


def times_remade(connection: Connection) -> int:
    """How often the read model was made again."""
    return connection.execute(select(S.value).where(S.name == REMADE)).scalar_one_or_none() or 0


def state_document(state: Aggregate, vault: ReadModelVault) -> str:
    """The state without its asks."""
    return state.model_dump_json(exclude={"asks"}, context={"vault": vault})


def ask_document(ask: Ask, vault: ReadModelVault) -> str:
    """One ask."""
    return ask.model_dump_json(context={"vault": vault})


def ask_of(document: str, vault: ReadModelVault) -> Ask:
    """The ask of a document."""
    return Ask.model_validate(json.loads(document), context={"vault": vault})
