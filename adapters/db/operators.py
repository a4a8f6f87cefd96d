"""Messages to whoever operates the system, queued within the transaction that notes why, or alone."""

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
# After which the same damage is noted again: what is read at each tick writes nothing meanwhile.
AGAIN = timedelta(hours=1)
MAX_KNOWN = 1000


class Operators:
    """Whoever operates the installation of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._directories = Directories()
        self._noted: dict[str, tuple[datetime, bool]] = {}

    def tell(self, notices: Notices, at: datetime) -> bool:
        """Tells them something that no transaction of its own notes; each message once, as its key says.

        False where nobody can be told.
        """
        with writing(self._engine) as connection:
            return queue_for_operators(connection, self._directories, notices, at)

    def hear_of_rows(self, where: str, about: str, names: Iterable[str], at: datetime) -> None:
        """Tells them which rows were edited, as `hear_of_damage` does: where they stand, and what each is about."""
        for name in names:
            self.hear_of_damage(f"A row of the {where} about {about} {name} was edited.", at)

    def hear_of_damage(self, what: str, at: datetime) -> bool:
        """Logs stored data that are not what was written, and tells them of it: once a day while somebody meets it.

        False where they could not be told; where the database takes nothing now they are when it is met again.
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
    """Queues them to the operators of the directory in force; False where there is nobody to tell.

    Where there is none, or it is not what was written, what they are about must be noted all the same: it is logged.
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
