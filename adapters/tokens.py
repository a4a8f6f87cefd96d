"""API tokens: shown once, kept as their SHA-256, so that who reads the database cannot call as anybody."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from adapters.database import reading, writing
from adapters.tables import TokenRow, columns

T = columns(TokenRow)


class Tokens:
    """The tokens of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, person: str, note: str, at: datetime, expires_at: datetime | None = None) -> str:
        """A new token of a person. It is known only to whom it is given now."""
        secret = secrets.token_urlsafe(32)
        row = {
            "sha256": _sha256(secret),
            "person": person,
            "note": note,
            "created_at": at,
            "expires_at": expires_at,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(TokenRow), row)
        return secret

    def person_of(self, secret: str, now: datetime) -> str | None:
        """Whose token this is, unless it is unknown, revoked or out of date."""
        query = select(T.person, T.expires_at).where(T.sha256 == _sha256(secret), T.revoked_at.is_(None))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None or (row.expires_at and row.expires_at <= now) else str(row.person)

    def revoke(self, secret: str, at: datetime) -> bool:
        """Ends a token; False where there is none that was not ended before."""
        which = (T.sha256 == _sha256(secret), T.revoked_at.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(update(TokenRow).where(*which).values(revoked_at=at)).rowcount > 0

    def revoke_all(self, person: str, at: datetime) -> int:
        """Ends every token of a person who left; gives how many."""
        which = (T.person == person, T.revoked_at.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(update(TokenRow).where(*which).values(revoked_at=at)).rowcount


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
