"""API tokens: shown once and stored as SHA-256, so that whoever reads the database cannot call as anyone."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, or_, select, update

from adapters.db.database import Transaction, reading, writing
from adapters.db.directories import Directories
from adapters.db.tables.columns import columns
from adapters.db.tables.people import AccessEndedRow, TokenRow
from adapters.db.tables.record import SequenceRow
from adapters.db.upserts import add_to, put
from domain.shared.errors import BadValue
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import DIRECTORY
from domain.shared.values import PersonId

# The owner of an empty installation's one-time token, until there is a directory and with it a named administrator.
FIRST_ADMINISTRATOR = PersonId("first-administrator")

# Digits of a token's hash that identify it in lists: enough to tell tokens apart, useless for signing in.
SHOWN = 12

T, E = columns(TokenRow), columns(AccessEndedRow)


class KnownToken(NamedTuple):
    """A valid token, without its secret."""

    id: str
    person_id: PersonId
    note: str
    created_at: datetime
    expires_at: datetime | None


class Tokens:
    """The tokens of one database."""

    def __init__(self, engine: Engine, directories: Directories) -> None:
        self._engine = engine
        self._directories = directories

    def create(
        self,
        person_id: PersonId,
        note: str,
        at: datetime,
        expires_at: datetime | None = None,
        *,
        within: Transaction | None = None,
    ) -> str:
        """Creates a token for an active person and returns it; it is shown only this once. Raises BadValue.

        Someone who leaves in the meantime gets none, as it would work again once they return.
        """
        secret = secrets.token_urlsafe(32)
        row = {
            "sha256": _sha256(secret),
            "person_id": person_id,
            "note": note,
            "created_at": at,
            "expires_at": expires_at,
        }
        with writing(self._engine, within=within) as connection:
            add_to(connection, SequenceRow, DIRECTORY, 0)  # serialises with changes of the directory
            self._require_active(connection, person_id)
            connection.execute(insert(TokenRow), row)
        return secret

    def create_first(self, at: datetime) -> str | None:
        """Creates the one-time token of an empty installation; None if there is a directory, or if it exists already.

        It imports the first directory, and belongs to its administrator from then on.
        """
        secret = secrets.token_urlsafe(32)
        row = {
            "sha256": _sha256(secret),
            "person_id": FIRST_ADMINISTRATOR,
            "note": FIRST_ADMINISTRATOR,
            "created_at": at,
        }
        with writing(self._engine) as connection:
            add_to(connection, SequenceRow, DIRECTORY, 0)  # as above
            made = connection.execute(select(T.sha256).where(T.note == FIRST_ADMINISTRATOR)).first()
            if made is not None or self._directories.in_force(connection) is not None:
                return None
            connection.execute(insert(TokenRow), row)
        return secret

    def _require_active(self, connection: Connection, person_id: PersonId) -> None:
        found = self._directories.in_force(connection)
        known = found[1].person(person_id) if found else None
        if known is None:
            raise BadValue(
                f"{person_id} is not in the directory.",
                remedy="Name somebody of the directory.",
                action=RemedyAction.LIST_PEOPLE,
                field="person_id",
            )
        if not known.active:
            raise BadValue(
                f"{known.name} is not active any more, and gets no token.",
                remedy=f"Have them reinstated first: interlock people reinstate {person_id} --reason REASON",
                field="person_id",
            )

    def person_of(self, secret: str, now: datetime) -> PersonId | None:
        """Returns the owner of a token, unless it is unknown, revoked or expired."""
        query = select(T.person_id, T.expires_at).where(T.sha256 == _sha256(secret), T.revoked_at.is_(None))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None or (row.expires_at and row.expires_at <= now) else PersonId(row.person_id)

    def revoke(self, secret: str, at: datetime, *, within: Transaction | None = None) -> bool:
        """Revokes a token; False if there is none, or if it was revoked before."""
        which = (T.sha256 == _sha256(secret), T.revoked_at.is_(None))
        with writing(self._engine, within=within) as connection:
            return connection.execute(update(TokenRow).where(*which).values(revoked_at=at)).rowcount > 0

    def revoke_known(self, token_id: str, at: datetime, *, within: Transaction | None = None) -> bool:
        """Revokes the token with this id in lists; False if there is none, or more than one."""
        with writing(self._engine, within=within) as connection:
            query = select(T.sha256).where(T.sha256.startswith(token_id), T.revoked_at.is_(None))
            found = connection.execute(query).scalars().all()
            if len(found) == 1:
                connection.execute(update(TokenRow).where(T.sha256 == found[0]).values(revoked_at=at))
        return len(found) == 1

    def living(self, now: datetime, person_id: PersonId | None, limit: int) -> tuple[KnownToken, ...]:
        """Valid tokens, of everyone or of one person, newest first."""
        query = select(T.sha256, T.person_id, T.note, T.created_at, T.expires_at).where(T.revoked_at.is_(None))
        query = query.where(or_(T.expires_at.is_(None), T.expires_at > now)).order_by(T.created_at.desc(), T.sha256)
        query = query if person_id is None else query.where(T.person_id == person_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(limit)).all()
        return tuple(
            KnownToken(row.sha256[:SHOWN], row.person_id, row.note, row.created_at, row.expires_at) for row in rows
        )

    def revoke_all(self, person_id: PersonId, at: datetime, *, within: Transaction | None = None) -> int:
        """Revokes every token and link of a person; returns how many tokens."""
        with writing(self._engine, within=within) as connection:
            return end_all(connection, person_id, at)

    def lacking(self, people: Collection[PersonId], now: datetime) -> tuple[PersonId, ...]:
        """Those of these people who have no valid token."""
        with reading(self._engine) as connection:
            return without_token(connection, people, now)

    def links_end_at(self, person_id: PersonId) -> datetime | None:
        """When everything of a person was last revoked: links made until then open nothing. None if never."""
        with reading(self._engine) as connection:
            return connection.execute(select(E.at).where(E.person_id == person_id)).scalar_one_or_none()


def give_first_token(connection: Connection, administrator: PersonId) -> None:
    """Makes the one-time token the administrator's, once there is a first directory."""
    connection.execute(update(TokenRow).where(T.person_id == FIRST_ADMINISTRATOR).values(person_id=administrator))


def with_tokens(connection: Connection) -> set[PersonId]:
    """Everyone who has a token that was not revoked."""
    found = connection.execute(select(T.person_id).where(T.revoked_at.is_(None)).distinct()).scalars()
    return set(found)


def without_token(connection: Connection, people: Collection[PersonId], now: datetime) -> tuple[PersonId, ...]:
    """Those of these people who have no valid token, in the given order."""
    living = (T.revoked_at.is_(None), or_(T.expires_at.is_(None), T.expires_at > now))
    query = select(T.person_id).where(T.person_id.in_(people), *living).distinct()
    have = set(connection.execute(query).scalars())
    return tuple(person_id for person_id in people if person_id not in have)


def end_all(connection: Connection, person_id: PersonId, at: datetime) -> int:
    """Revokes every token and every link of a person; returns how many tokens."""
    put(connection, AccessEndedRow, ["person_id"], [{"person_id": person_id, "at": at}])
    which = (T.person_id == person_id, T.revoked_at.is_(None))
    return connection.execute(update(TokenRow).where(*which).values(revoked_at=at)).rowcount


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
