"""Content that the record refers to only by hash: erasable texts, shared values, document bytes.

Each text has its own salt, so that nobody who holds the ledger can guess an erased text by hashing; the salt is
destroyed with the text. Values and documents are identified by their plain SHA-256 and stored once.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from adapters.db.database import reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.record import ContentRow, LedgerRow
from adapters.db.upserts import insert_new
from domain.record.facts import Recorded
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import ERASURES
from domain.shared.text import ERASED
from domain.shared.values import canonical

WORDS, BULK, BYTES = "words", "bulk", "bytes"
C, L = columns(ContentRow), columns(LedgerRow)
READ = (C.key, C.kind, C.salt, C.body, C.erased_at)
TOMBSTONE = ERASED
MAX_AT_ONCE = 500
SALT_BYTES = 16
# In a fact that records an erasure: the hashes of the destroyed texts, without that of the reason.
_ERASED = re.compile(r'"keys":\[([^\]]*)\]')
_KEY = re.compile(r'"([0-9a-f]{64})"')


class ContentMissing(IntegrityBroken):
    """The store has nothing under a hash that the record names: it was deleted, or this is the wrong store."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The content store holds nothing under {key}.")
        self.key = key


class ContentEdited(IntegrityBroken):
    """The content under a hash does not match the hash."""

    def __init__(self, key: str) -> None:
        super().__init__(f"What the content store holds under {key} is not what was put there.")
        self.key = key


def _as_it_is(value: Any) -> Any:
    return value


class ContentStore:
    """The content of one database, within a transaction: a `domain.shared.text.TextStore`.

    What is put is buffered until `flush`, so that a fact's forty texts are one statement. What is read is checked
    against its hash first, so that tampered content is never returned.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unwritten: list[dict[str, Any]] = []
        self._read: dict[tuple[str, str], bytes] = {}
        self._salt_of: Callable[[str], bytes] = _any_salt

    def of(self, fact: Recorded) -> "ContentStore":
        """Returns the store for the texts of one fact, salted by its secret so that a rewrite gives the same hashes."""
        self._salt_of = partial(_salt_of, fact) if fact.salt else _any_salt
        return self

    def put_words(self, text: str) -> str:
        """Stores erasable text; returns its salted hash."""
        salt = self._salt_of(text)
        return self._put(salted(salt, text.encode()), WORDS, text.encode(), salt)

    def words(self, key: str) -> str:
        """Returns the text under a salted hash, or `TOMBSTONE` if erased. Raises ContentMissing or ContentEdited."""
        return self._body(key, WORDS).decode()

    def put_bulk(self, value: Any, plain: Callable[[Any], Any] = _as_it_is) -> str:
        """Stores a JSON value once, keeping the order of its keys; returns the SHA-256 of its canonical form."""
        body = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
        return self._put(_canonical_sha(body), BULK, body.encode())

    def bulk(self, key: str) -> Any:
        """Returns the JSON value under a SHA-256. Raises ContentMissing or ContentEdited."""
        return json.loads(self._body(key, BULK))

    def put_bytes(self, body: bytes) -> str:
        """Stores a document or an attachment once; returns its SHA-256."""
        return self._put(hashlib.sha256(body).hexdigest(), BYTES, body)

    def get_bytes(self, key: str) -> bytes:
        """Returns the bytes under a SHA-256. Raises ContentMissing or ContentEdited."""
        return self._body(key, BYTES)

    def erase(self, key: str, at: datetime) -> None:
        """Destroys a text and its salt at a person's lawful request, leaving a tombstone. Raises ContentMissing.

        The read model keeps the text until it is rebuilt, and the ledger must record the erasure (`Records.erase` does
        all of it).
        """
        self.flush()
        buried = {"body": TOMBSTONE.encode(), "salt": None, "erased_at": at}
        sentence = update(ContentRow).where(C.key == key, C.kind == WORDS)
        if self._connection.execute(sentence.values(buried)).rowcount == 0:
            raise ContentMissing(key)
        self._read.pop((key, WORDS), None)

    def words_containing(self, text: str, most: int = 1000) -> tuple[tuple[str, str], ...]:
        """Returns keys and texts that contain a text, to decide which of them must be erased."""
        rows = self._connection.execute(select(C.key, C.body).where(C.kind == WORDS))
        found = ((key, body.decode()) for key, body in rows if text.encode() in body)
        return tuple(islice(found, most))

    def prefetch(self, keys: Iterable[str]) -> None:
        """Reads in one query what will be requested one by one."""
        known, erased = {key for key, _ in self._read}, frozenset[str]()
        for some in _chunks([key for key in dict.fromkeys(keys) if key not in known]):
            for row in self._connection.execute(select(*READ).where(C.key.in_(some))):
                if not _is_faithful(row.key, row.kind, row.salt, row.body, row.erased_at):
                    raise ContentEdited(row.key)
                if row.erased_at is not None:
                    erased = erased or erased_keys(self._connection)
                    if row.key not in erased:  # a tombstone proves nothing by itself
                        raise ContentEdited(row.key)
                self._read[row.key, row.kind] = row.body

    def flush(self) -> None:
        """Writes what was put."""
        rows, self._unwritten = self._unwritten, []
        insert_new(self._connection, ContentRow, rows)

    def _put(self, key: str, kind: str, body: bytes, salt: bytes | None = None) -> str:
        self._unwritten.append({"key": key, "kind": kind, "salt": salt, "body": body})
        return key

    def _body(self, key: str, kind: str) -> bytes:
        """The content of that kind under a key: document bytes are never taken for text, whatever the row claims."""
        if (key, kind) not in self._read:
            self.flush()
            self.prefetch([key])
        if (key, kind) not in self._read:
            raise ContentMissing(key)
        return self._read[key, kind]


class Contents:
    """Documents and attachments by hash, each call in a transaction of its own: for use cases."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, body: bytes) -> str:
        """Stores bytes once; returns their SHA-256."""
        with writing(self._engine) as connection:
            store = ContentStore(connection)
            key = store.put_bytes(body)
            store.flush()
        return key

    def keep_value(self, value: Any) -> str:
        """Stores a JSON value once; returns the SHA-256 of its canonical form. Writes nothing if it exists."""
        with reading(self._engine) as connection:
            is_kept = connection.execute(select(C.key).where(C.key == bulk_key(value), C.kind == BULK)).first()
        if is_kept is None:
            with writing(self._engine) as connection:
                store = ContentStore(connection)
                store.put_bulk(value)
                store.flush()
        return bulk_key(value)

    def fetch_value(self, key: str) -> Any:
        """Returns the JSON value under a SHA-256. Raises ContentMissing or ContentEdited."""
        with reading(self._engine) as connection:
            return ContentStore(connection).bulk(key)

    def fetch(self, key: str) -> bytes:
        """Returns the bytes under a SHA-256. Raises ContentMissing or ContentEdited."""
        with reading(self._engine) as connection:
            return ContentStore(connection).get_bytes(key)


def _any_salt(_text: str) -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def _salt_of(fact: Recorded, text: str) -> bytes:
    """A salt that can be computed only with the fact's secret; it differs by fact, so that each is erased alone."""
    place = f"{fact.stream}#{fact.seq}:{text}"
    return hmac.digest(fact.salt.encode(), place.encode(), "sha256")[:SALT_BYTES]


def salted(salt: bytes, body: bytes) -> str:
    """The hash that identifies a text."""
    return hashlib.sha256(salt + body).hexdigest()


def bulk_key(value: Any) -> str:
    """The hash that identifies a JSON value: SHA-256 of its canonical form."""
    return _canonical_sha(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


@lru_cache(maxsize=64)
def _canonical_sha(text: str) -> str:
    """Cached, because every state that is written names its playbook, and they share a few."""
    return hashlib.sha256(canonical(json.loads(text))).hexdigest()


def erased_keys(connection: Connection) -> frozenset[str]:
    """The hashes of texts that the ledger records as destroyed."""
    bodies = connection.execute(select(L.body).where(L.stream == ERASURES)).scalars()
    return frozenset(key for body in bodies for keys in _ERASED.findall(body) for key in _KEY.findall(keys))


def unfaithful(connection: Connection, keys: Collection[str], erased: Container[str]) -> Iterator[tuple[str, str]]:
    """Yields those of these keys whose content is missing or does not match its hash, and why.

    `erased` are the keys of texts that the ledger records as destroyed: those have a tombstone, and no others may.
    """
    for some in _chunks(list(keys)):
        rows = {row.key: row for row in connection.execute(select(*READ).where(C.key.in_(some)))}
        for key in some:
            what = _fault_of(key, rows.get(key), key in erased)
            if what is not None:
                yield key, what


def _fault_of(key: str, row: Any, was_erased: bool) -> str | None:
    if row is None:
        return "its content was deleted"
    if not _is_faithful(key, row.kind, row.salt, row.body, row.erased_at):
        return "its content was edited"
    if row.erased_at is not None and not was_erased:
        return "its content was erased, and no fact says so"
    return "its content was erased, and is there again" if was_erased and row.erased_at is None else None


def _is_faithful(key: str, kind: str, salt: bytes | None, body: bytes, erased_at: datetime | None) -> bool:
    """True for content that matches its hash, and for the tombstone of a text, which contains nothing."""
    if erased_at is not None:
        return (kind, salt, body) == (WORDS, None, TOMBSTONE.encode())
    try:
        return _key_of(kind, salt, body) == key
    except (ValueError, TypeError, AttributeError):  # what should be JSON or bytes no longer is
        return False


def _key_of(kind: str, salt: bytes | None, body: bytes) -> str:
    if kind == WORDS:
        return salted(salt or b"", body)
    return _canonical_sha(body.decode()) if kind == BULK else hashlib.sha256(body).hexdigest()


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + MAX_AT_ONCE] for start in range(0, len(keys), MAX_AT_ONCE))
