"""The record's proofs: whether an engagement's chain is what was written, and the signed head over all chains."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select

from adapters.content_store import unfaithful
from adapters.database import reading
from adapters.ledger import HASHED, keys_named
from adapters.streams import change_stream, engagement_stream
from adapters.tables import LedgerRow, columns
from adapters.tree_head import TreeHead, public_key, sign_head
from adapters.verification import Fault, Verdict, faults_of_rows, verify

L = columns(LedgerRow)


class SignedHead(NamedTuple):
    """A tree head and the public key that its signature is checked with."""

    head: TreeHead
    public_key: str


class Proofs:
    """Proofs over the record of one database, signed with one key."""

    def __init__(self, database: Engine, key: Ed25519PrivateKey) -> None:
        self._database = database
        self._key = key

    def verdict(self, engagement: str) -> Verdict:
        """Reads the record of an engagement and its change orders; names the first row that is not what was written."""
        with reading(self._database) as connection:
            rows = list(_rows(connection, engagement))
            streams = len({row["stream"] for row in rows})
            faults = [*faults_of_rows(rows), *_faults_of_content(connection, rows)]
        return Verdict(streams, len(rows), faults[0] if faults else None)

    def verdict_of_all(self) -> Verdict:
        """The same for the whole record."""
        return verify(self._database)

    def signed_head(self) -> SignedHead:
        """Where every chain stands now, signed."""
        return SignedHead(sign_head(self._database, self._key, datetime.now(UTC)), public_key(self._key))


def _rows(connection: Connection, engagement: str) -> Iterator[dict[str, Any]]:
    """The rows of an engagement's stream, then of its change orders', each in order."""
    stream = engagement_stream(engagement)
    changes = change_stream(stream, 0).removesuffix("0")
    query = select(*(L[name] for name in (*HASHED, "hash"))).order_by(L.stream, L.seq)
    for own in (L.stream == stream, (L.stream > changes) & (L.stream < f"{changes}:")):
        for row in connection.execute(query.where(own)):
            yield row._asdict()


def _faults_of_content(connection: Connection, rows: list[dict[str, Any]]) -> Iterator[Fault]:
    named = {key: row for row in rows for key in keys_named(row["body"])}
    for key, what in unfaithful(connection, named):
        yield Fault(named[key]["stream"], named[key]["seq"], what)
