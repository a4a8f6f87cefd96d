"""Deals that have a number, and of which the record holds no fact yet: what each calls its client.

While a deal is on its way to the record, its client's name is in use as if the deal ran. Otherwise a change of the
directory in between could give the name to another client, and the deal with it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select

from adapters.tables import DealBeingStartedRow, EngagementRow, columns
from adapters.upserts import put
from domain.directory import name_key

B, E = columns(DealBeingStartedRow), columns(EngagementRow)
ON_ITS_WAY = timedelta(days=30)
"""As long at most is a deal on its way. One whose request died before the engine heard of it never arrives."""
ARRIVED = select(E.id).where(E.id == B.engagement).exists()


def keep(connection: Connection, engagement: str, client: str, now: datetime) -> None:
    """Keeps that a deal is on its way, and lets go of those that have arrived, or will not any more."""
    connection.execute(delete(DealBeingStartedRow).where(or_(ARRIVED, B.since < now - ON_ITS_WAY)))
    row = {"engagement": engagement, "client_key": name_key(client), "client": client, "since": now}
    put(connection, DealBeingStartedRow, ["engagement", "client_key"], [row])


def forget(connection: Connection, engagement: str) -> None:
    """Lets go of a deal that is not started under this number."""
    connection.execute(delete(DealBeingStartedRow).where(B.engagement == engagement))


def names_being_started(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of these names, given by their keys, by which deals that have not arrived know their clients."""
    return set(connection.execute(select(B.client).where(B.client_key.in_(keys), ~ARRIVED).distinct()).scalars())
