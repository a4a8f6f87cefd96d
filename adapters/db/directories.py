"""The directory in force, as seen through a connection, with each version parsed once.

A version is trusted only if the record names it: its document has the digest that its last fact states, and that fact
is the newest in the directory's stream.
"""

import json
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from sqlalchemy import Connection, Row, Select, select

from adapters.db.ledger import HASHED, is_as_written
from adapters.db.tables.columns import columns
from adapters.db.tables.people import DirectoryVersionRow
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from domain.directory.directory import Directory
from domain.shared.errors import damaged_directory
from domain.shared.streams import DIRECTORY
from domain.shared.values import digest

D, L, H = columns(DirectoryVersionRow), columns(LedgerRow), columns(StreamHeadRow)


class _Known(NamedTuple):
    """A version found to match the record, and its row at that time."""

    row: Row[Any]
    directory: Directory


class Directories:
    """Reads the newest directory, and caches the last two."""

    def __init__(self) -> None:
        self._known: LRUCache[int, _Known] = LRUCache(2)
        self._lock = Lock()

    def in_force(self, connection: Connection, *, anew: bool = False) -> tuple[int, Directory] | None:
        """Returns the version in force and its directory; None before the first import. Raises IntegrityBroken.

        `anew` checks the row even if the version is cached, since it may have been edited in the meantime.
        """
        newest = _newest(connection)
        if newest is None:
            return None
        version, last_fact, recorded = newest
        if last_fact != recorded:
            raise damaged_directory(f"The newest directory ends at fact {last_fact}, and the record says {recorded}.")
        with self._lock:
            known = self._known.get(version)
        if known is not None and not anew:
            return version, known.directory
        row = connection.execute(_with_facts().where(D.version == version)).one()
        if known is None or known.row != row:
            known = _Known(row, _sound(row))
            with self._lock:
                self._known[version] = known
        return version, known.directory


def newest_sound(connection: Connection) -> tuple[int, Directory] | None:
    """Returns the newest version that matches the record, ignoring any after it; None if there is none."""
    versions = select(D.version).order_by(D.version.desc())
    for version in connection.execute(versions).scalars().all():
        row = connection.execute(_with_facts().where(D.version == version)).one()
        if fault_of_version(row) is None:
            return int(version), Directory.model_validate_json(row.document)
    return None


def _sound(row: Any) -> Directory:
    what = fault_of_version(row)
    if what is not None:
        raise damaged_directory(f"Directory {row.version}: {what}.")
    return Directory.model_validate_json(row.document)


def _newest(connection: Connection) -> tuple[int, int, int] | None:
    """The newest version, its last fact, and that of the directory's stream, read in one query."""
    recorded = select(H.seq).where(H.stream == DIRECTORY).scalar_subquery()
    query = select(D.version, D.last_fact, recorded.label("recorded")).order_by(D.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (int(row.version), int(row.last_fact), int(row.recorded or 0)) if row else None


def _with_facts() -> Select[Any]:
    """Versions with the last fact of each."""
    place = (L.stream == DIRECTORY) & (L.seq == D.last_fact)
    said = (D.by.label("said_by"), D.imported_at.label("said_at"))
    own = (D.version, D.first_fact, D.last_fact, D.sha, D.document, *said)
    facts = (*(L[name] for name in HASHED), L.hash)
    return select(*own, *facts).select_from(DirectoryVersionRow.__table__.outerjoin(LedgerRow.__table__, place))  # type: ignore[attr-defined]


def fault_of_version(row: Any) -> str | None:
    """Why a version (as `_with_facts` reads it) does not match the record; None if it does."""
    if row.body is None:
        return "its fact is missing"
    if not is_as_written(row._asdict()):
        return "its fact was edited"
    if json.loads(row.body).get("sha") != _digest_of(row.document):
        return "the document was edited"
    if (row.said_by, row.said_at) != (row.by, row.at):
        return "who did it, or when, was edited"
    return None if row.sha == json.loads(row.body)["sha"] else "its digest was edited"


def _digest_of(document: str) -> str | None:
    """The digest of a stored directory; None if it is not one."""
    try:
        return digest(Directory.model_validate_json(document))
    except ValueError:
        return None


def _was_heard(connection: Connection, version: object) -> bool:
    """True if an engagement was told of the version before this one, which the record has since lost.

    Such a number is not given again when the record is refilled from the engine (`adapters.db.projection`).
    """
    if not isinstance(version, int):
        return False
    heard = select(L.body).where(L.kind == "DirectoryTaken", L.body.contains(f'"version":{version - 1},'))
    opened = select(L.body).where(L.kind == "EngagementStarted", L.body.contains(f'"directory":{version - 1},'))
    bodies = (*connection.execute(heard).scalars(), *connection.execute(opened).scalars())
    facts = (json.loads(body) for body in bodies)
    return any(version - 1 in {fact.get("version"), (fact.get("engagement") or {}).get("directory")} for fact in facts)


def faults_of_directories(connection: Connection) -> list[tuple[int, str]]:
    """The facts in the directory's stream that have no version, or a different one, and how that shows."""
    found, expected, before = [], 1, 0
    for row in connection.execute(_with_facts().order_by(D.version)):
        if row.version != before + 1 and not _was_heard(connection, row.version):
            found.append((expected, f"directory {row.version} stands where version {before + 1} is expected"))
        before = row.version if isinstance(row.version, int) else before
        if row.first_fact != expected:
            found.append((expected, f"directory {row.version} follows a version that is missing, or was moved"))
        what = fault_of_version(row)
        if what is not None:
            found.append((int(row.last_fact), f"directory {row.version}: {what}"))
        expected = row.last_fact + 1
    recorded = connection.execute(select(H.seq).where(H.stream == DIRECTORY)).scalar_one_or_none() or 0
    if recorded != expected - 1:
        found.append((expected, f"the newest directory ends at fact {expected - 1}, and the record says {recorded}"))
    return found
