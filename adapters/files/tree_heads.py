"""Signed tree heads stored as files, one each: later verifications check the record against them.

They are files and not rows, so that they can lie where those who write the database cannot: on another disk, or in an
append-only folder. Each holds what `GET /tree-head` returns. A head is stored only while the record still holds what
the previous one signed; otherwise a record that was set back would soon have a witness of its own.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select, tuple_

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db.database import HOUSEKEEPING_PATIENCE, reading
from adapters.db.installation import Installation
from adapters.db.operators import Operators
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow
from adapters.db.tree_head import Leaf, TreeHead, head_of_file, is_genuine, public_key, root_of, sign_head
from adapters.files.private_files import make_private
from domain.shared.errors import IntegrityBroken
from domain.shared.tree_heads import Taken, unlike_signed

log = structlog.get_logger()
L = columns(LedgerRow)

# Every head from this long is kept, and of each earlier day the last.
ALL_OF = timedelta(days=7)
AT_ONCE = 500
NAME = "%Y-%m-%dT%H-%M-%S.%fZ.json"


class Witness(NamedTuple):
    """The newest stored head that is genuine, its file, and newer files that are not genuine."""

    head: TreeHead | None
    file: Path | None
    doubtful: tuple[Path, ...]


class KeptHeads:
    """The heads in a folder that were signed with the key to this public key (in hex)."""

    def __init__(self, folder: Path, public: str) -> None:
        self._folder = folder
        self._public = public

    def newest(self) -> Witness:
        """Returns the newest genuine head. Newer ones that are not are listed, not silently skipped."""
        doubtful: list[Path] = []
        for file in reversed(self._files()):
            head = self._genuine(file)
            if head is not None:
                return Witness(head, file, tuple(doubtful))
            doubtful.append(file)
        return Witness(None, None, tuple(doubtful))

    def not_held(self, engine: Engine) -> tuple[Path, ...]:
        """Files that contradict the record, newest first, down to the first one that agrees."""
        unlike: list[Path] = []
        for file in reversed(self._files()):
            head = self._genuine(file)
            if head is not None and not not_held(engine, head):
                break
            unlike.append(file)
        return tuple(unlike)

    def keep(self, head: TreeHead) -> Path:
        """Stores a head atomically, and deletes those that no longer need to be kept."""
        make_private(self._folder)
        file = self._folder / head.at.astimezone(UTC).strftime(NAME)
        text = json.dumps({**head.model_dump(mode="json"), "public_key": self._public}, indent=1)
        handle, draft = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(draft).chmod(0o444)
        Path(draft).replace(file)
        for old in self._superfluous(head.at):
            old.unlink(missing_ok=True)
        return file

    def _files(self) -> list[Path]:
        """Oldest first: files are named by their time."""
        return sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []

    def _genuine(self, file: Path) -> TreeHead | None:
        if not file.is_file():  # reading a pipe would block until someone writes to it
            return None
        try:
            head = head_of_file(file.read_text())
        except (ValueError, OSError):  # not a head, or not text
            return None
        return head if is_genuine(head, self._public) else None

    def _superfluous(self, now: datetime) -> Iterator[Path]:
        first = (now - ALL_OF).astimezone(UTC).strftime(NAME)
        old = [file for file in self._files() if file.name < first]
        for _, of_a_day in groupby(old, key=lambda file: file.name.partition("T")[0]):
            yield from list(of_a_day)[:-1]


class HeadKeeper:
    """Stores the head of one database every hour. Implements `activities.tree_heads.Heads`."""

    def __init__(self, engine: Engine, key: Ed25519PrivateKey, folder: Path, now: Now = SYSTEM_CLOCK) -> None:
        self._engine = engine
        self._key = key
        self._kept = KeptHeads(folder, public_key(key))
        self._now = now
        self._installation = Installation(engine)
        self._operators = Operators(engine)

    def take(self) -> str:
        """Stores a head if anything was added since the last; safe to repeat. Returns what happened.

        If none can be stored because the record was tampered with, the operators are told.
        """
        try:
            return self._taken()
        except IntegrityBroken as broken:
            log.error("tree_head.not_signed", why=str(broken))  # noqa: TRY400 -- the reason is told
            self._operators.hear_of_damage(f"No signed head can be kept. {broken}", self._now())
            return f"{Taken.NOT_SIGNED}: {broken}"

    def _taken(self) -> str:
        newest = self._kept.newest()
        for file in newest.doubtful:
            self._operators.hear_of_damage(
                f"The signed head {file.name} was edited, or signed with another key.", self._now()
            )
        before = newest.head
        if before is not None:
            unlike = not_held(self._engine, before)
            if unlike:
                return self._contradicted(before, unlike)
            self._installation.is_as_signed(self._now())
        head = sign_head(self._engine, self._key, self._now())
        if before is not None and root_of(head.leaves) == before.root:
            return Taken.NOTHING_NEW
        log.info("tree_head.kept", file=str(self._kept.keep(head)), streams=len(head.leaves))
        return Taken.KEPT

    def _contradicted(self, head: TreeHead, unlike: tuple[str, ...]) -> str:
        what = unlike_signed(unlike[0], len(unlike) - 1, head.at)
        log.error("tree_head.contradicted", stream=unlike[0], signed_at=head.at.isoformat(), streams=len(unlike))
        self._installation.is_contradicted(unlike[0], what, head.at, self._now())
        return f"{Taken.CONTRADICTED}: {what} No head is kept."


def not_held(engine: Engine, head: TreeHead) -> tuple[str, ...]:
    """Streams that do not hold the fact that the head signed."""
    unlike: list[str] = []
    with reading(engine, snapshot=True, patience=HOUSEKEEPING_PATIENCE) as connection:
        for start in range(0, len(head.leaves), AT_ONCE):
            some = head.leaves[start : start + AT_ONCE]
            held = _held(connection, some)
            unlike += [leaf.stream for leaf in some if leaf.seq and (leaf.stream, leaf.seq, leaf.hash) not in held]
    return tuple(unlike)


def _held(connection: Connection, leaves: tuple[Leaf, ...]) -> set[tuple[str, int, str]]:
    places = [(leaf.stream, leaf.seq) for leaf in leaves]
    query = select(L.stream, L.seq, L.hash).where(tuple_(L.stream, L.seq).in_(places))
    return {(row.stream, row.seq, row.hash) for row in connection.execute(query)}
