"""Leases on what only one process may do at a time: the holder renews its lease until it stops or dies."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete

from adapters.db.database import writing
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import LeaseRow
from adapters.db.upserts import insert_first

L = columns(LeaseRow)


class Leases:
    """The leases of one database. Holders use their own clocks, which must differ by less than a lease lasts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hold(self, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
        """Takes or renews a lease; False while someone else holds it."""
        row = {"name": name, "holder": holder, "until": now + lasts}
        with writing(self._engine) as connection:
            ours_or_over = (L.holder == holder) | (L.until <= now)
            connection.execute(delete(LeaseRow).where(L.name == name, ours_or_over))
            return insert_first(connection, LeaseRow, row)

    def release(self, name: str, holder: str) -> None:
        """Releases a lease, so that another can take it at once."""
        with writing(self._engine) as connection:
            connection.execute(delete(LeaseRow).where(L.name == name, L.holder == holder))
