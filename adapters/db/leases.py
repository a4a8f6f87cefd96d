"""What only one process may do at a time: who holds it says so here, again and again, until they stop or die."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete

from adapters.db.database import writing
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import LeaseRow
from adapters.db.upserts import insert_first

L = columns(LeaseRow)


class Leases:
    """The leases of one database. Their time is the holders' own: clocks may differ by less than the lease lasts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hold(self, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
        """Takes or prolongs a lease; False while somebody else has it."""
        row = {"name": name, "holder": holder, "until": now + lasts}
        with writing(self._engine) as connection:
            ours_or_over = (L.holder == holder) | (L.until <= now)
            connection.execute(delete(LeaseRow).where(L.name == name, ours_or_over))
            return insert_first(connection, LeaseRow, row)

    def release(self, name: str, holder: str) -> None:
        """Lets another take it at once."""
        with writing(self._engine) as connection:
            connection.execute(delete(LeaseRow).where(L.name == name, L.holder == holder))
