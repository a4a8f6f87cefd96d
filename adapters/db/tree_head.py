"""The signed tree head: where every chain ended at a moment, to be kept by someone else.

A chain proves that it was not changed in the middle; only a witness proves that its end was not cut off. Whoever keeps
a head and the public key can later tell which stream was shortened or rewritten, without this database.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError
from sqlalchemy import Engine, select

from adapters.db.column_types import utc_text
from adapters.db.database import reading, values_as_they_are
from adapters.db.tables.columns import columns
from adapters.db.tables.record import StreamHeadRow
from adapters.files.create_once import made_once
from adapters.processes.start_errors import CannotStart
from domain.shared.errors import IntegrityBroken
from domain.shared.limits import MAX_WHOLE
from domain.shared.values import Digest, Moment, Value, canonical, digest

KEY_FILE = "tree-head.key"
H = columns(StreamHeadRow)


class NoHead(ValueError):
    """What was read is not a signed tree head; the message says why."""


class Leaf(Value):
    """The last fact of a stream."""

    stream: Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")]
    seq: Annotated[int, Field(ge=0, lt=MAX_WHOLE)]
    hash: Digest


class TreeHead(Value):
    """All streams at a moment, sorted. `root` is their digest; `signature` covers time, number and root."""

    at: Moment
    root: Digest
    leaves: tuple[Leaf, ...]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


def open_key(folder: Path) -> Ed25519PrivateKey:
    """Returns the signing key of a folder; creates it, readable only by its owner, if there is none yet.

    Raises CannotStart.
    """
    made_once(folder / KEY_FILE, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    return _key_of(folder / KEY_FILE)


def kept_key(folder: Path) -> Ed25519PrivateKey | None:
    """Returns the signing key of a folder without creating one; None if there is none. Raises CannotStart."""
    file = folder / KEY_FILE
    return _key_of(file) if file.is_file() else None


def _key_of(file: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(file.read_bytes())
    except ValueError:
        raise CannotStart(f"{file} is no signing key of Interlock. Restore it from a backup.") from None


def public_key(key: Ed25519PrivateKey) -> str:
    """The public key in hex, which a verifier must have from an independent source."""
    return key.public_key().public_bytes_raw().hex()


def sign_head(engine: Engine, key: Ed25519PrivateKey, at: datetime) -> TreeHead:
    """Signs where every chain ends now. For a stream that was lost, only its earlier heads bear witness.

    Raises IntegrityBroken if something that is not a stream head is stored among them.
    """
    query = select(H.stream, H.seq, H.hash).where(H.seq > 0).order_by(H.stream)
    with reading(engine) as connection, values_as_they_are(connection):
        leaves = tuple(_leaf(*row) for row in connection.execute(query))
    root = root_of(leaves)
    signature = key.sign(_signed_bytes(at, len(leaves), root)).hex()
    return TreeHead(at=at, root=root, leaves=leaves, signature=signature)


def _leaf(stream: Any, seq: Any, hash_: Any) -> Leaf:
    try:
        return Leaf(stream=stream, seq=seq, hash=hash_)
    except ValidationError:
        raise IntegrityBroken(f"What stands as the head of stream {stream!a} is none: it was edited.") from None


def root_of(leaves: tuple[Leaf, ...]) -> str:
    """SHA-256 of the canonical JSON of `[[stream, seq, hash], …]`, sorted by stream."""
    return digest(sorted([leaf.stream, leaf.seq, leaf.hash] for leaf in leaves))


def head_of_file(text: str) -> TreeHead:
    """Parses a head from a file, such as an answer of `GET /tree-head`. The key that it names proves nothing.

    Raises NoHead.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise NoHead("it is not JSON") from wrong
    if not isinstance(found, dict):
        raise NoHead("it is not the JSON object that GET /tree-head gives")
    if "root" in found and found.get("leaves") is None:
        raise NoHead("it names no streams; have a head or an administrator fetch one, who see all engagements")
    try:
        return TreeHead.model_validate({name: found.get(name) for name in TreeHead.model_fields})
    except ValidationError as wrong:
        fields = ", ".join(sorted({str(error["loc"][0]) for error in wrong.errors()}))
        raise NoHead(f"not as GET /tree-head gives it: {fields}") from wrong


def is_genuine(head: TreeHead, public: str) -> bool:
    """True for a head whose leaves make its root and which the owner of this public key signed. Needs no database."""
    if root_of(head.leaves) != head.root:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(head.signature), _signed_bytes(head.at, len(head.leaves), head.root))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_bytes(at: datetime, streams: int, root: str) -> bytes:
    return canonical({"at": utc_text(at), "streams": streams, "root": root})
