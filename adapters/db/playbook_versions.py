"""Which playbooks came into force according to the record, to check the table of playbooks against."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from adapters.db.ledger import HASHED, is_as_written
from adapters.db.tables.columns import columns
from adapters.db.tables.people import PlaybookVersionRow
from adapters.db.tables.record import LedgerRow
from domain.playbook.model import Playbook
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import PLAYBOOKS
from domain.shared.values import digest

P, L = columns(PlaybookVersionRow), columns(LedgerRow)
DRAFT, PUBLISHED = "draft", "published"


class Publication(NamedTuple):
    """The last fact that puts a playbook into force."""

    seq: int
    at: datetime
    sha: str
    saved_by: str


# Name and version.
Version = tuple[str, str]


def publications(connection: Connection) -> dict[Version, Publication]:
    """Returns when each playbook was last published. Raises IntegrityBroken if a fact was edited."""
    found: dict[Version, Publication] = {}
    query = select(*(L[name] for name in HASHED), L.hash).where(L.stream == PLAYBOOKS).order_by(L.seq)
    for row in connection.execute(query):
        if not is_as_written(row._asdict()):
            raise IntegrityBroken(f"{PLAYBOOKS}#{row.seq} was edited.")
        body = json.loads(row.body)
        found[body["name"], body["version"]] = Publication(row.seq, row.at, body["sha"], body["saved_by"])
    return found


def read_playbook(row: Any) -> Playbook:
    """Returns the playbook of a row. Raises IntegrityBroken if its document does not match its digest."""
    if digest_of(row.document) != row.sha:
        raise IntegrityBroken(f"The document of playbook {row.name} {row.version} is not what was saved.")
    return Playbook.model_validate_json(row.document)


def digest_of(document: str) -> str | None:
    """The digest of a stored playbook; None if it is not one."""
    try:
        return digest(Playbook.model_validate_json(document))
    except ValueError:
        return None


def faults_of_playbooks(connection: Connection) -> list[tuple[int, str]]:
    """The facts in the playbooks' stream with which their table disagrees, by number; 0 if there is no fact.

    Raises IntegrityBroken if a fact was edited.
    """
    found, expected = [], publications(connection)
    query = select(P.name, P.version, P.sha, P.status, P.saved_at, P.by, P.document).order_by(P.name, P.version)
    for row in connection.execute(query):
        said = expected.pop((row.name, row.version), None)
        what = _fault_of(row, said)
        if what is not None:
            found.append((said.seq if said else 0, f"playbook {row.name} {row.version}: {what}"))
    found += [(said.seq, f"playbook {name} {version} is gone") for (name, version), said in expected.items()]
    return sorted(found)


def _fault_of(row: Any, said: Publication | None) -> str | None:
    if digest_of(row.document) != row.sha:
        return "its document was edited"
    if said is None and row.status != PUBLISHED:
        return None
    what = fault_of_publication(row, said)
    return "who saved it was edited" if what is None and said is not None and row.by != said.saved_by else what


def fault_of_publication(row: Any, said: Publication | None) -> str | None:
    """Why a row's claim that its playbook is in force, and since when, cannot be trusted; None if it can."""
    if said is None:
        return "it is in force, and no fact says so"
    if row.status != PUBLISHED:
        return "it was published, and its row says that it is a draft"
    if row.sha != said.sha:
        return "another content was published"
    return None if row.saved_at == said.at else "it was published at another moment"


def require_in_force(row: Any, published: dict[Version, Publication], name: str | None) -> None:
    """Raises IntegrityBroken unless this is the playbook (of this name) that the record says was published last."""
    own = {version: said for version, said in published.items() if name in {None, version[0]}}
    if row is None:
        if own:
            raise IntegrityBroken("The playbook in force is gone.")
        return
    said = own.get((row.name, row.version))
    what = fault_of_publication(row, said)
    if what is None and said is not None and any(other.at > said.at for other in own.values()):
        what = "another was published after it"
    if what is not None:
        raise IntegrityBroken(f"Playbook {row.name} {row.version}: {what}.")
