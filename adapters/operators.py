"""Messages to whoever operates the system, queued within the transaction that notes why, or alone."""

from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine

from adapters import outbox
from adapters.database import writing
from adapters.directories import Directories
from domain.notices import Notices
from domain.refusals import IntegrityBroken

log = structlog.get_logger()


class Operators:
    """Whoever operates the installation of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._directories = Directories()

    def tell(self, notices: Notices, at: datetime) -> bool:
        """Tells them something that no transaction of its own notes; each message once, as its key says.

        False where nobody can be told.
        """
        with writing(self._engine) as connection:
            return queue_for_operators(connection, self._directories, notices, at)


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
    outbox.queue(connection, told, at)
    return bool(told)
