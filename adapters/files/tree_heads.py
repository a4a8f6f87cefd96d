"""Signed tree heads kept as files, one each: what a later verification holds the record against.

Files and not rows, so that they may lie where nobody writes who writes the database: another disk, a folder that takes
no changes. Each is what `GET /tree-head` gives. A head is kept only while the record still holds what the one before
it signed: else a record that was set back would soon have a witness of its own.
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

# Of this long every head is kept; of each day before, the last.
ALL_OF = timedelta(days=7)
AT_ONCE = 500
NAME = "%Y-%m-%dT%H-%M-%S.%fZ.json"


class Witness(NamedTuple):
    """The newest head that was kept and is genuine, its file, and newer files that are not."""

    head: TreeHead | None
    file: Path | None
    doubtful: tuple[Path, ...]


class KeptHeads:
    """The heads in a folder, of whoever owns this public key (in hex)."""

    def __init__(self, folder: Path, public: str) -> None:
        self._folder = folder
        self._public = public

    def newest(self) -> Witness:
        """The newest that can be believed. A newer one that cannot is named, not passed over in silence."""
        doubtful: list[Path] = []
        for file in reversed(self._files()):
            head = self._genuine(file)
            if head is not None:
                return Witness(head, file, tuple(doubtful))
            doubtful.append(file)
        return Witness(None, None, tuple(doubtful))

    def not_held(self, engine: Engine) -> tuple[Path, ...]:
        """The newest first: those that say otherwise than the record, as far as to the first that does not."""
        unlike: list[Path] = []
        for file in reversed(self._files()):
            head = self._genuine(file)
            if head is not None and not not_held(engine, head):
                break
            unlike.append(file)
        return tuple(unlike)

    def keep(self, head: TreeHead) -> Path:
        """Puts a head there, whole or not at all, and lets go of what is not kept any longer."""
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
        """The oldest first: their names are their moments."""
        return sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []

    def _genuine(self, file: Path) -> TreeHead | None:
        if not file.is_file():  # whoever reads a pipe waits for who writes into it
            return None
        try:
            head = head_of_file(file.read_text())
        except (ValueError, OSError):  # no head, or no text
            return None
        return head if is_genuine(head, self._public) else None

    def _superfluous(self, now: datetime) -> Iterator[Path]:
        first = (now - ALL_OF).astimezone(UTC).strftime(NAME)
        old = [file for file in self._files() if file.name < first]
        for _, of_a_day in groupby(old, key=lambda file: file.name.partition("T")[0]):
            yield from list(of_a_day)[:-1]


class HeadKeeper:
    """Keeps the head of one database, hour by hour. Implements `activities.tree_heads.Heads`."""

    def __init__(self, engine: Engine, key: Ed25519PrivateKey, folder: Path, now: Now = SYSTEM_CLOCK) -> None:
        self._engine = engine
        self._key = key
        self._kept = KeptHeads(folder, public_key(key))
        self._now = now
        self._installation = Installation(engine)
        self._operators = Operators(engine)

    def take(self) -> str:
        """Keeps a head where something was added since the last; safe to repeat. Says what came of it.

        Where none can be kept, because the record is not what was written, the operators are told.
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
    """The streams that do not hold the fact that the head signed."""
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
