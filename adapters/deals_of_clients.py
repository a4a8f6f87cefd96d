"""Which deals run with a client: by its name as they know it, whatever the directory calls it by now.

A deal that is being started counts as one that runs.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, select

from adapters.deals_being_started import being_started
from adapters.tables import EngagementCastRow, EngagementPersonRow, EngagementRow, columns
from domain.directory import SALES, Directory, name_key
from domain.firm import commands as f

E, EP, C = columns(EngagementRow), columns(EngagementPersonRow), columns(EngagementCastRow)
Said = TypeVar("Said", bound=f.FirmCommand)
RUNNING = select(C.engagement).where(C.engagement == E.id).exists()


class Deals(NamedTuple):
    """Those that run with clients of some names: the names as they spell them, and who sells them, if anybody may."""

    names: tuple[str, ...]
    sellers: tuple[str, ...]

    @property
    def run(self) -> bool:
        """True where there are any."""
        return bool(self.names)


def with_deals(connection: Connection, directory: Directory, command: Said, now: datetime) -> Said:
    """The command with what the record says of the deals that run: read where it is judged, and said by nobody."""
    match command:
        case f.AddClient():
            deals = _deals_of(connection, _names_of(directory, command.name), now)
            return command.having(sold_by=deals.sellers, is_in_deals=deals.run)
        case f.RenameClient():
            deals = _deals_of(connection, _names_of(directory, command.client), now)
            then = _deals_of(connection, (command.name,), now)
            return command.having(sold_by=deals.sellers, name_is_in_deals=then.run, name_sold_by=then.sellers)
        case f.ImportDirectory():
            released = [name for client in command.directory.clients for name in client.released_names]
            return command.having(names_in_deals=_deals_of(connection, released, now).names) if released else command
    return command


def _names_of(directory: Directory, name: str) -> tuple[str, ...]:
    client = directory.client_spelt(name)
    return (name,) if client is None else (client.name, *client.formerly)


def _deals_of(connection: Connection, names: Collection[str], now: datetime) -> Deals:
    keys = {name_key(name) for name in names}
    on_their_way = being_started(connection, keys, now)
    running = connection.execute(select(E.client).where(E.client_key.in_(keys), RUNNING).distinct()).scalars().all()
    sold = select(EP.person, EP.roles).join_from(EngagementRow, EngagementPersonRow, EP.engagement == E.id)
    found = connection.execute(sold.where(E.client_key.in_(keys), RUNNING)).all() if running else ()
    sellers = {row.person for row in found if SALES in row.roles.split(",")} | {deal.seller for deal in on_their_way}
    known = {*running, *(deal.client for deal in on_their_way)}
    return Deals(tuple(sorted(known)), tuple(sorted(sellers)))
