"""The inbox of deferred commands: stored before their channel is answered, and carried out once after that.

Weighed: answering only after the engine has (a click fails whenever it is slow), a queue beside the database (two
stores that can disagree), and this: one row per deferred command, identified by its key however often it arrives.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, select, update

from adapters.db.database import reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import InboxRow
from adapters.db.tables.record import SequenceRow
from adapters.db.upserts import add_to, insert_first
from adapters.db.waiting_rows import RetryQueue

I = columns(InboxRow)  # noqa: E741 -- the table's columns go by its first letter, as everywhere here

# The sequence that is incremented to check that the database accepts writes.
TRIED = "tried to write"


class InboxEntry(NamedTuple):
    """A deferred command as stored: the account in its channel (as JSON) and where to send the answer."""

    key: str
    account: str
    command: str
    answer_to: str
    attempts: int = 0


class InboxResult(NamedTuple):
    """The outcome of a deferred command, in the channel's form, and when it was reached."""

    key: str
    at: datetime
    outcome: str


_DONE = (
    update(InboxRow)
    .where(I.key == bindparam("of"))
    .values(done_at=bindparam("at"), outcome=bindparam("what"), command="")
)


class Inbox:
    """The deferred commands of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue = RetryQueue(
            engine,
            InboxRow,
            InboxEntry._make,
            InboxEntry._fields,
            oldest="kept_at",
            told_as=("inbox", "deferred command"),
        )

    def keep(self, entries: Sequence[InboxEntry], now: datetime, until: datetime) -> tuple[bool, ...]:
        """Stores commands, which the caller holds until `until`; False for each that was stored before."""
        rows = [{**kept._asdict(), "kept_at": now, "not_before": until} for kept in entries]
        with writing(self._engine) as connection:
            return tuple([insert_first(connection, InboxRow, row) for row in rows])

    def try_to_write(self) -> None:
        """Writes something, which fails if the disk is full. Raises one of DATABASE_AWAY, after a second at most."""
        with writing(self._engine, 1.0) as connection:
            add_to(connection, SequenceRow, TRIED, 1)

    def reopen(self, kept: InboxEntry, until: datetime, outcome: str) -> bool:
        """Reopens a command that ended with this outcome; False if it has ended differently since, or has not ended."""
        values = {
            "command": kept.command,
            "answer_to": kept.answer_to,
            "not_before": until,
            "done_at": None,
            "outcome": None,
        }
        return self._queue.change((I.key == kept.key) & (I.outcome == outcome), **values, attempts=0) > 0

    def take(self, now: datetime, until: datetime, limit: int = 20) -> tuple[InboxEntry, ...]:
        """Claims the oldest commands that no one is carrying out; they are the caller's until `until`."""
        due = I.done_at.is_(None) & (I.not_before <= now)
        if not self._queue.rows(due, 1, now):
            return ()
        with writing(self._engine) as connection:
            found = self._queue.found(connection, self._queue.query(due).with_for_update(skip_locked=True), limit)
            which = update(InboxRow).where(I.key.in_([kept.key for kept in found.rows]))
            connection.execute(which.values(not_before=until, attempts=I.attempts + 1))
        return tuple(sorted(kept._replace(attempts=kept.attempts + 1) for kept in self._queue.heard(found, now)))

    def postpone(self, key: str, until: datetime) -> None:
        """No one retries it before then."""
        self._queue.change((I.key == key) & I.done_at.is_(None), not_before=until)

    def done(self, ended: Sequence[InboxResult]) -> tuple[bool, ...]:
        """Marks commands as carried out or finally refused, and deletes the text that came with them."""
        rows = [{"of": one.key, "at": one.at, "what": one.outcome} for one in ended]
        with writing(self._engine) as connection:
            connection.execute(_DONE, rows)
        return tuple(True for _ in ended)

    def outcome(self, key: str) -> str | None:
        """Returns the outcome of a command; None while it has not been carried out."""
        with reading(self._engine) as connection:
            found = connection.execute(select(I.outcome).where(I.key == key)).scalar_one_or_none()
        return str(found) if found is not None else None

    def waiting(self) -> int:
        """How many commands have not been carried out yet."""
        with reading(self._engine) as connection:
            return len(connection.execute(select(I.key).where(I.done_at.is_(None)).limit(10_000)).all())
