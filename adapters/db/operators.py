"""Messages to the system's operators, queued within the transaction that records the reason, or in one of their own."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine

from adapters.db.database import DATABASE_AWAY, writing
from adapters.db.directories import Directories
from adapters.db.queueing import queue
from domain.notifications.operators import Notices, damage_notices
from domain.shared.errors import IntegrityBroken

log = structlog.get_logger()
# How long until the same damage is recorded again; what is read at each tick writes nothing in the meantime.
AGAIN = timedelta(hours=1)
MAX_KNOWN = 1000


class Operators:
    """The operators of one database's installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._directories = Directories()
        self._noted: dict[str, tuple[datetime, bool]] = {}

    def tell(self, notices: Notices, at: datetime) -> bool:
        """Tells the operators something that no transaction records; each message is sent once, as its key ensures.

        Returns False if there is no one to tell.
        """
        with writing(self._engine) as connection:
            return queue_for_operators(connection, self._directories, notices, at)

    def hear_of_rows(self, where: str, about: str, names: Iterable[str], at: datetime) -> None:
        """Tells them which rows were edited, as `hear_of_damage` does: where the rows are, and what each is about."""
        for name in names:
            self.hear_of_damage(f"A row of the {where} about {about} {name} was edited.", at)

    def hear_of_damage(self, what: str, at: datetime) -> bool:
        """Logs stored data that is not as it was written, and tells the operators, once a day while it is found again.

        Returns False if they could not be told; if the database accepts no writes, they are told when it is found
        again.
        """
        before = self._noted.get(what)
        if before is not None and abs(at - before[0]) < AGAIN:
            return before[1]
        log.error("data.damaged", what=what)
        try:
            is_told = self.tell(damage_notices(what, at), at)
        except DATABASE_AWAY as away:
            log.warning("operators.not_told", why=type(away).__name__)
            return False
        except IntegrityBroken as broken:  # the outbox is damaged as well
            log.warning("operators.not_told", why=str(broken))
            is_told = False
        if len(self._noted) >= MAX_KNOWN:
            self._noted.clear()
        self._noted[what] = (at, is_told)
        return is_told


def queue_for_operators(connection: Connection, directories: Directories, notices: Notices, at: datetime) -> bool:
    """Queues messages to the operators named in the directory in force; False if there is no one to tell.

    If there is no directory, or it was tampered with, the reason must be recorded all the same: it is logged.
    """
    try:
        known = directories.in_force(connection)
    except IntegrityBroken as broken:
        log.error("operators.not_told", why=str(broken))  # noqa: TRY400 -- the reason is told, a traceback adds nothing
        return False
    if known is None:
        return False
    told = notices(known[1])
    queue(connection, told, at)
    return bool(told)
