"""Which installation this record belongs to, and whether it may take new deals.

Record and engine carry the same id. If the ids differ, or if the engine knows a higher engagement number than the
record has given, a new deal might belong to another installation: then no new deals are taken, and nothing else is
stopped.
"""

from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Engine, select, update

from adapters.db.database import reading, writing
from adapters.db.directories import Directories
from adapters.db.operators import queue_for_operators
from adapters.db.tables.columns import columns
from adapters.db.tables.record import InstallationRow, LedgerRow, SequenceRow
from adapters.db.upserts import insert_new, raise_to
from domain.notifications.operators import StopCause, resumed_notices, stopped_notices
from domain.shared.errors import foreign_engine
from domain.shared.tree_heads import agreed_notices, contradicted_notices

log = structlog.get_logger()
ROW, S, L = columns(InstallationRow), columns(SequenceRow), columns(LedgerRow)
OWN = select(ROW.id)
# The key of the only row.
ONLY = "this"


class Installation:
    """The installation of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._directories = Directories()

    def id(self) -> str:
        """Its id, created at the first call."""
        with reading(self._engine) as connection:
            known = installation_of(connection)
        if known:
            return known
        with writing(self._engine) as connection:
            _have_row(connection)
            return installation_of(connection)

    def adopt(self, installation_id: str) -> None:
        """Takes over the engine's id: a record that was emptied is refilled from that engine."""
        with writing(self._engine) as connection:
            _have_row(connection)
            connection.execute(update(InstallationRow).values(id=installation_id))
        self.has_own_engine()

    def has_own_engine(self) -> None:
        """Records that the engine is its own (again), so what runs goes on. New deals wait for a reconciliation."""
        if not self.is_beside_anothers_engine():
            return
        why = "another engine was connected meanwhile, and record and engine were not reconciled since."
        own = update(InstallationRow).where(ROW.cause == StopCause.FOREIGN_ENGINE.value)
        with writing(self._engine) as connection:
            connection.execute(own.values(cause=StopCause.NUMBER_BEHIND.value, stopped=why))

    def is_empty(self) -> bool:
        """True if the record holds no fact of an engagement."""
        with reading(self._engine) as connection:
            return connection.execute(select(L.seq).where(L.stream.like("engagement/%")).limit(1)).first() is None

    def is_beside_anothers_engine(self) -> bool:
        """True from when the engine was found to belong to another installation until its own is connected."""
        with reading(self._engine) as connection:
            return connection.execute(select(ROW.cause)).scalar_one_or_none() == StopCause.FOREIGN_ENGINE

    def try_to_read(self) -> None:
        """Reads everything stored about the installation. Raises IntegrityBroken if it was edited."""
        with reading(self._engine) as connection:
            connection.execute(select(*ROW)).all()

    def stopped(self) -> str:
        """Why no new deals are taken; empty if they are."""
        with reading(self._engine) as connection:
            return new_deals_stopped(connection)

    def stop_new_deals(self, cause: StopCause, why: str, at: datetime) -> None:
        """Stops taking new deals and tells the operators, once per cause, however often it is found."""
        with reading(self._engine) as connection:
            if connection.execute(select(ROW.cause, ROW.stopped)).one_or_none() == (cause.value, why):
                return
        with writing(self._engine) as connection:
            _have_row(connection)
            new = connection.execute(update(InstallationRow).where(ROW.cause != cause).values(cause=cause.value))
            connection.execute(update(InstallationRow).values(stopped=why))
            if new.rowcount:
                log.error("installation.new_deals_stopped", cause=cause.value, why=why)
                queue_for_operators(connection, self._directories, stopped_notices(cause, why, at), at)

    def contradicted(self) -> str:
        """Where the newest signed head contradicts the record; empty if they agree."""
        with reading(self._engine) as connection:
            return str(connection.execute(select(ROW.contradicted)).scalar_one_or_none() or "")

    def is_contradicted(self, stream: str, what: str, signed_at: datetime, at: datetime) -> None:
        """Records that a signed head contradicts the record and tells the operators, once per stream and head."""
        with writing(self._engine) as connection:
            _have_row(connection)
            connection.execute(update(InstallationRow).values(contradicted=what))
            told = contradicted_notices(stream, what, signed_at)
            queue_for_operators(connection, self._directories, told, at)

    def is_as_signed(self, at: datetime) -> None:
        """Records that the record holds what was signed, and tells the operators if it did not before."""
        if not self.contradicted():
            return
        with writing(self._engine) as connection:
            again = update(InstallationRow).where(ROW.contradicted != "").values(contradicted="")
            if connection.execute(again).rowcount:
                log.info("installation.as_signed")
                queue_for_operators(connection, self._directories, agreed_notices(at), at)

    def take_new_deals(self, at: datetime) -> None:
        """Takes new deals again, and tells the operators if they had been stopped."""
        with writing(self._engine) as connection:
            again = update(InstallationRow).where(ROW.cause != "").values(cause="", stopped="")
            if connection.execute(again).rowcount:
                log.info("installation.new_deals_taken")
                queue_for_operators(connection, self._directories, resumed_notices(at), at)

    def number(self, year: str) -> int:
        """The last engagement number given in a year."""
        with reading(self._engine) as connection:
            last = connection.execute(select(S.value).where(S.name == f"ENG-{year}")).scalar_one_or_none()
        return int(last or 0)

    def raise_number(self, year: str, to: int) -> None:
        """Makes sure that no number up to this one is given again in that year."""
        with writing(self._engine) as connection:
            raise_to(connection, SequenceRow, f"ENG-{year}", to)


def installation_of(connection: Connection) -> str:
    """The id of this database; empty before it has one."""
    return str(connection.execute(OWN).scalar_one_or_none() or "")


def new_deals_stopped(connection: Connection) -> str:
    """Why no new deals are taken; empty if they are."""
    return str(connection.execute(select(ROW.stopped)).scalar_one_or_none() or "")


def require_own(connection: Connection, installations: set[str]) -> None:
    """Raises ForeignEngine for work of another installation, to whose engine this record's worker was connected."""
    if installations - {"", installation_of(connection)}:
        raise foreign_engine()


def _have_row(connection: Connection) -> None:
    insert_new(
        connection, InstallationRow, [{"name": ONLY, "id": uuid4().hex, "cause": "", "stopped": "", "contradicted": ""}]
    )
