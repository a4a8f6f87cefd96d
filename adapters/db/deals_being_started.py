"""Deals that have a number, and of which the record holds no fact yet: what each calls its client.

While a deal is on its way to the record, its client's name is in use as if the deal ran. Otherwise a change of the
directory in between could give the name to another client, and the deal with it.
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
from domain.shared.values import EngagementId

B, E = columns(DealBeingStartedRow), columns(EngagementRow)
ARRIVED = select(E.id).where(E.id == B.engagement_id).exists()


class BeingStarted(NamedTuple):
    """What a deal that has not arrived calls its client, whom it knows of it (ids, by comma), and who sells it."""

    client: str
    people: str
    seller: str


def keep(connection: Connection, engagement_id: EngagementId, deal: BeingStarted, now: datetime) -> None:
    """Keeps that a deal is on its way, and lets go of those that have arrived."""
    connection.execute(delete(DealBeingStartedRow).where(ARRIVED))
    row = {"engagement_id": engagement_id, "client_key": name_key(deal.client), **deal._asdict(), "since": now}
    put(connection, DealBeingStartedRow, ["engagement_id", "client_key"], [row])


def forget(connection: Connection, engagement_id: EngagementId, client: str) -> None:
    """Lets go of a deal that is not started under this number; another that shares the number is still on its way."""
    own = (B.engagement_id == engagement_id, B.client_key == name_key(client))
    connection.execute(delete(DealBeingStartedRow).where(*own))


def being_started(connection: Connection, keys: Collection[str]) -> tuple[BeingStarted, ...]:
    """The deals on their way with clients of these names, given by their keys."""
    found = connection.execute(select(B.client, B.people, B.seller).where(B.client_key.in_(keys), ~ARRIVED))
    return tuple(BeingStarted(*row) for row in found)


class DealsBeingStarted:
    """Those of one database, as the comparison with the engine sees them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_before(self, moment: datetime) -> tuple[EngagementId, ...]:
        """Numbers that were given before, and of which the record holds no fact yet."""
        with reading(self._engine) as connection:
            found = connection.execute(select(B.engagement_id).where(B.since < moment, ~ARRIVED).distinct())
            return tuple(map(EngagementId, found.scalars()))

    def give_up(self, engagement_id: EngagementId, moment: datetime) -> None:
        """Holds nothing any more for a number that the engine never heard of, unless it was asked for again since."""
        with writing(self._engine) as connection:
            gone = (B.engagement_id == engagement_id, B.since < moment)
            connection.execute(delete(DealBeingStartedRow).where(*gone))
