"""Deals that have a number, and of which the record holds no fact yet: what each calls its client.

While a deal is on its way to the record, its client's name is in use as if the deal ran. Otherwise a change of the
directory in between could give the name to another client, and the deal with it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, or_, select

from adapters.tables import DealBeingStartedRow, EngagementRow, columns
from adapters.upserts import put
from domain.directory import name_key

B, E = columns(DealBeingStartedRow), columns(EngagementRow)
ON_ITS_WAY = timedelta(days=30)
"""As long at most is a deal on its way. One whose request died before the engine heard of it never arrives."""
ARRIVED = select(E.id).where(E.id == B.engagement).exists()


class BeingStarted(NamedTuple):
    """What a deal that has not arrived calls its client, and who sells it."""

    client: str
    seller: str


def keep(connection: Connection, engagement: str, deal: BeingStarted, now: datetime) -> None:
    """Keeps that a deal is on its way, and lets go of those that have arrived, or will not any more."""
    connection.execute(delete(DealBeingStartedRow).where(or_(ARRIVED, B.since < now - ON_ITS_WAY)))
    row = {"engagement": engagement, "client_key": name_key(deal.client), **deal._asdict(), "since": now}
    put(connection, DealBeingStartedRow, ["engagement", "client_key"], [row])


def forget(connection: Connection, engagement: str, client: str) -> None:
    """Lets go of a deal that is not started under this number; another that shares the number is still on its way."""
    own = (B.engagement == engagement, B.client_key == name_key(client))
    connection.execute(delete(DealBeingStartedRow).where(*own))


def being_started(connection: Connection, keys: Collection[str], now: datetime) -> tuple[BeingStarted, ...]:
    """The deals on their way with clients of these names, given by their keys."""
    theirs = (B.client_key.in_(keys), B.since >= now - ON_ITS_WAY, ~ARRIVED)
    found = connection.execute(select(B.client, B.seller).where(*theirs).distinct())
    return tuple(BeingStarted(row.client, row.seller) for row in found)
