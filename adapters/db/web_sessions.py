"""Sessions on the pages: who signed in, when and how; kept here, so that they can be listed and ended at once.

Weighed: a signed cookie that holds the person (nothing to store, and nothing that can be ended before it expires), and
this. A copy of the table opens no session, since it holds only the digest of each secret.
"""

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select, update

from adapters.db.database import reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.people import AccessEndedRow, WebSessionRow
from domain.shared.values import PersonId

W, E = columns(WebSessionRow), columns(AccessEndedRow)
# Characters of a session's digest that name it in lists.
SHOWN = 12


class WebSession(NamedTuple):
    """A session: whose it is, how and when it began, when it was last used (to the minute)."""

    id: str
    person_id: PersonId
    begun_by: str
    begun_at: datetime
    seen_at: datetime


class WebSessions:
    """The sessions of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, person_id: PersonId, begun_by: str, at: datetime, expired_before: datetime) -> str:
        """Begins a session and returns its secret, which is kept nowhere; deletes what expired before that moment."""
        secret = secrets.token_urlsafe(32)
        row = {"sha256": sha256(secret), "person_id": person_id, "begun_by": begun_by, "begun_at": at, "seen_at": at}
        with writing(self._engine) as connection:
            connection.execute(delete(WebSessionRow).where(W.begun_at < expired_before))
            connection.execute(insert(WebSessionRow), row)
        return secret

    def of_secret(self, secret: str) -> WebSession | None:
        """The session, unless it is unknown, or everything of its person was ended since it began."""
        ended = select(E.at).where(E.person_id == W.person_id, E.at >= W.begun_at).exists()
        query = select(W.sha256, W.person_id, W.begun_by, W.begun_at, W.seen_at)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(W.sha256 == sha256(secret), ~ended)).one_or_none()
        return None if row is None else _session(*row)

    def was_seen(self, secret: str, at: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(WebSessionRow).where(W.sha256 == sha256(secret)).values(seen_at=at))

    def end(self, secret: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(WebSessionRow).where(W.sha256 == sha256(secret)))

    def end_known(self, session_id: str) -> bool:
        """Ends the session with this id in lists; False if there is none, or more than one."""
        with writing(self._engine) as connection:
            found = connection.execute(select(W.sha256).where(W.sha256.startswith(session_id, autoescape=True)))
            known = found.scalars().all()
            if len(known) == 1:
                connection.execute(delete(WebSessionRow).where(W.sha256 == known[0]))
        return len(known) == 1

    def open_ones(self, person_id: PersonId | None, begun_since: datetime, limit: int) -> tuple[WebSession, ...]:
        """Sessions of everyone or of one person, last used first."""
        ended = select(E.at).where(E.person_id == W.person_id, E.at >= W.begun_at).exists()
        query = select(W.sha256, W.person_id, W.begun_by, W.begun_at, W.seen_at).where(
            W.begun_at >= begun_since, ~ended
        )
        query = query if person_id is None else query.where(W.person_id == person_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(W.seen_at.desc(), W.sha256).limit(limit)).all()
        return tuple(_session(*row) for row in rows)


def sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(digest: str, person_id: PersonId, begun_by: str, begun_at: datetime, seen_at: datetime) -> WebSession:
    return WebSession(digest[:SHOWN], PersonId(person_id), begun_by, begun_at, seen_at)
