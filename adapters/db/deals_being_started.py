"""Deals that have a number but no fact in the record yet: the name that each uses for its client.

Until such a deal reaches the record, its client's name counts as used by a running deal. Otherwise a change to the
directory in between could give the name, and the deal with it, to another client.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, select

from adapters.db.database import reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from adapters.db.tables.record import DealBeingStartedRow
from adapters.db.upserts import put
from domain.directory.directory import name_key
from domain.shared.values import EngagementId, PersonId

B, E = columns(DealBeingStartedRow), columns(EngagementRow)
ARRIVED = select(E.id).where(E.id == B.engagement_id).exists()


class BeingStarted(NamedTuple):
    """What a deal being started calls its client, the client's people in it (ids, comma-separated), and its seller."""

    client: str
    people: str
    seller: PersonId


def keep(connection: Connection, engagement_id: EngagementId, deal: BeingStarted, now: datetime) -> None:
    """Records that a deal is being started, and deletes those that have reached the record."""
    connection.execute(delete(DealBeingStartedRow).where(ARRIVED))
    row = {"engagement_id": engagement_id, "client_key": name_key(deal.client), **deal._asdict(), "since": now}
    put(connection, DealBeingStartedRow, ["engagement_id", "client_key"], [row])


def forget(connection: Connection, engagement_id: EngagementId, client: str) -> None:
    """Deletes a deal that is not started under this number; another that shares the number is still being started."""
    own = (B.engagement_id == engagement_id, B.client_key == name_key(client))
    connection.execute(delete(DealBeingStartedRow).where(*own))


def being_started(connection: Connection, keys: Collection[str]) -> tuple[BeingStarted, ...]:
    """The deals being started with clients of these names, given as name keys."""
    found = connection.execute(select(B.client, B.people, B.seller).where(B.client_key.in_(keys), ~ARRIVED))
    return tuple(BeingStarted(*row) for row in found)


class DealsBeingStarted:
    """The deals being started in one database, for the comparison with the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_before(self, moment: datetime) -> tuple[EngagementId, ...]:
        """Numbers that were given before `moment` and have no fact in the record yet."""
        with reading(self._engine) as connection:
            found = connection.execute(select(B.engagement_id).where(B.since < moment, ~ARRIVED).distinct())
            return tuple(map(EngagementId, found.scalars()))

    def give_up(self, engagement_id: EngagementId, moment: datetime) -> None:
        """Deletes what is stored for a number that the engine never heard of, unless it was requested again since."""
        with writing(self._engine) as connection:
            gone = (B.engagement_id == engagement_id, B.since < moment)
            connection.execute(delete(DealBeingStartedRow).where(*gone))
