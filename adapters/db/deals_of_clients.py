"""Which deals are running with a client: by the name that the deals know, whatever the directory calls it by now.

A deal that is being started counts as running.
"""

from collections.abc import Collection
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, select

from adapters.db.deals_being_started import being_started
from adapters.db.installation import new_deals_stopped
from adapters.db.ledger import RECORD_ENDS
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementCastRow, EngagementPersonRow, EngagementRow
from adapters.db.tables.record import QUARANTINED, StreamHeadRow
from domain.directory import commands as f
from domain.directory.directory import SALES, Directory, name_key
from domain.shared.errors import DealsUnknown
from domain.shared.streams import engagement_of
from domain.shared.values import PersonId

E, EP, C, H = columns(EngagementRow), columns(EngagementPersonRow), columns(EngagementCastRow), columns(StreamHeadRow)
Said = TypeVar("Said", bound=f.FirmCommand)
RUNNING = select(C.engagement_id).where(C.engagement_id == E.id).exists()


class ClientDeals(NamedTuple):
    """The deals running with a client: whether there are any, and who sells them (possibly no one at the moment)."""

    run: bool
    sellers: tuple[PersonId, ...]


def with_deals(connection: Connection, directory: Directory, command: Said) -> Said:
    """Returns the command completed with what the record says about running deals, whatever its sender claims.

    The record is read where the command is judged. Raises DealsUnknown if the command releases or takes a name while
    the record may not know every deal.
    """
    _require_all_known(connection, _in_question(directory, command))
    match command:
        case f.AddClient():
            deals = _deals_of(connection, _names_of(directory, command.name))
            return command.replace(sold_by=deals.sellers, is_in_deals=deals.run)
        case f.RenameClient():
            deals = _deals_of(connection, _names_of(directory, command.client))
            then = _deals_of(connection, (command.name,))
            return command.replace(sold_by=deals.sellers, name_is_in_deals=then.run, name_sold_by=then.sellers)
        case f.ImportDirectory():
            questioned = _in_question(directory, command)
            return command.replace(names_in_deals=_people_in_deals(connection, questioned))
    return command


def _in_question(directory: Directory, command: f.FirmCommand) -> set[str]:
    """The names that a command removes from the directory or brings into it."""
    released, named = set[str](), set[str]()
    match command:
        case f.ImportDirectory():
            released = {name for client in command.directory.clients for name in client.released_names}
            named = {name for client in command.directory.clients for name in (client.name, *client.formerly)}
        case f.AddClient() | f.RenameClient():
            named = {command.name}
    known = {name_key(name) for client in directory.clients for name in (client.name, *client.formerly)}
    return released | {name for name in named if name_key(name) not in known}


def _require_all_known(connection: Connection, names: Collection[str]) -> None:
    why = (new_deals_stopped(connection) or _why_behind(connection)) if names else ""
    if why:
        raise DealsUnknown(
            f"There may be deals by the name {min(names)} that the record does not know now: {why}",
            remedy="Try again once record and engine are reconciled (interlock reconcile); operators are told of it.",
        )


def _why_behind(connection: Connection) -> str:
    """Why the record lacks facts of a deal, which may know its client by another name; empty if it lacks none."""
    query = select(H.stream, H.quarantined).where(QUARANTINED, H.quarantined.startswith(RECORD_ENDS)).limit(1)
    found = connection.execute(query).one_or_none()
    return f"of {engagement_of(found.stream)}, {found.quarantined}." if found is not None else ""


def _people_in_deals(connection: Connection, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Those of these names that deals use for their clients, and everyone these deals know or knew."""
    if not names:
        return {}
    keys, known = {name_key(name) for name in names}, dict[str, set[str]]()
    for deal in being_started(connection, keys):
        known.setdefault(deal.client, set()).update(deal.people.split(","))
    query = select(E.client, C.person_id).join_from(EngagementRow, EngagementCastRow, C.engagement_id == E.id)
    for row in connection.execute(query.where(E.client_key.in_(keys))):
        known.setdefault(row.client, set()).add(row.person_id)
    return {name: tuple(sorted(people)) for name, people in sorted(known.items())}


def _names_of(directory: Directory, name: str) -> tuple[str, ...]:
    client = directory.client_spelt(name)
    return (name,) if client is None else (client.name, *client.formerly)


def _deals_of(connection: Connection, names: Collection[str]) -> ClientDeals:
    keys = {name_key(name) for name in names}
    on_their_way = being_started(connection, keys)
    query = select(EP.person_id, EP.roles).outerjoin_from(EngagementRow, EngagementPersonRow, EP.engagement_id == E.id)
    running = connection.execute(query.where(E.client_key.in_(keys), RUNNING)).all()
    sellers = {row.person_id for row in running if SALES in (row.roles or "").split(",")}
    sellers |= {deal.seller for deal in on_their_way}
    return ClientDeals(bool(running or on_their_way), tuple(sorted(sellers)))
