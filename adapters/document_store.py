"""Bytes of documents by their SHA-256: what approvals and signatures are bound to."""

from sqlalchemy import Engine

from adapters.content_store import ContentStore
from adapters.database import reading, writing


class DocumentStore:
    """The documents of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, body: bytes) -> str:
        """Keeps bytes, once; gives their SHA-256."""
        with writing(self._engine) as connection:
            store = ContentStore(connection)
            key = store.put_bytes(body)
            store.flush()
        return key

    def get(self, key: str) -> bytes:
        """The bytes of a SHA-256. Raises ContentMissing."""
        with reading(self._engine) as connection:
            return ContentStore(connection).get_bytes(key)
