"""Chat messages that follow next steps: cards and threads, people's accounts, and which cards are due for a refresh.

A step is identified by its ask's id, or by the reference of an act owed or of a vacancy
(`domain/next_steps/references.py`).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, select, update

from adapters.db.column_types import Instant
from adapters.db.database import reading, writing
from adapters.db.operators import Operators
from adapters.db.readable_rows import sound_rows
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import CardDueRow, CardRow, ChatAccountRow, ThreadRow
from adapters.db.upserts import insert_new, put, put_found
from domain.shared.values import EngagementId, PersonId

C, D, P, T = (columns(table) for table in (CardRow, CardDueRow, ChatAccountRow, ThreadRow))


HAVE_CARDS = select(C.step, bindparam("at", type_=Instant())).distinct()
ONE_STEP = HAVE_CARDS.where(C.step == bindparam("named"))
BEGIN_SO = HAVE_CARDS.where(C.step >= bindparam("first"), C.step < bindparam("end"))


class Account(NamedTuple):
    """A person's account, the e-mail that proves it is theirs, and the conversation in which to write to them."""

    person_id: PersonId
    account: str
    email: str
    conversation: str | None
    seen_at: datetime


class Posted(NamedTuple):
    """A message that follows a step. `ts` is None while it is unknown whether it was posted."""

    key: str
    step: str
    person_id: PersonId | Literal[""]
    """Empty in the thread of an engagement, which all its people read."""
    form: str
    text: str
    conversation: str
    ts: str | None
    shown: str


class Due(NamedTuple):
    """A step whose cards are due for a refresh."""

    step: str
    due_at: datetime


class Thread(NamedTuple):
    """Where an engagement's cards are posted."""

    conversation: str
    ts: str


def note_changes(connection: Connection, steps: Iterable[str], at: datetime) -> None:
    """Called in the transaction that changes steps: marks those that have cards as due for a refresh."""
    put_found(connection, CardDueRow, "step", "due_at", ONE_STEP, [{"named": step, "at": at} for step in steps])


def note_changes_of(connection: Connection, beginnings: Iterable[str], at: datetime) -> None:
    """The same for all steps whose names begin with one of these."""
    found = [{"first": beginning, "end": f"{beginning}\U0010ffff", "at": at} for beginning in beginnings]
    put_found(connection, CardDueRow, "step", "due_at", BEGIN_SO, found)


class ChatCards:
    """The cards, threads and accounts of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._operators = Operators(engine)

    # -- people

    def account_of(self, person_id: PersonId) -> Account | None:
        """Returns a person's account, if known."""
        return self._account(P.person_id == person_id)

    def owner_of(self, account: str) -> Account | None:
        """Returns the owner's record of an account, if known."""
        return self._account(P.account == account)

    def _account(self, which: object) -> Account | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(*P).where(which)).one_or_none()  # type: ignore[arg-type]
        return Account(*row) if row else None

    def know(self, account: Account) -> None:
        """Stores whose account this is; its previous owner, and the person's previous account, are replaced."""
        with writing(self._engine) as connection:
            others = (P.account == account.account) & (P.person_id != account.person_id)
            connection.execute(delete(ChatAccountRow).where(others))
            put(connection, ChatAccountRow, ["person_id"], [account._asdict()])

    def forget(self, person_id: PersonId) -> None:
        """Removes a person's account: it is gone, or was not theirs."""
        with writing(self._engine) as connection:
            connection.execute(delete(ChatAccountRow).where(P.person_id == person_id))

    # -- cards

    def begin(self, posted: Posted) -> None:
        """Records a card before it is posted, so that a change in the meantime is noted for it."""
        with writing(self._engine) as connection:
            insert_new(connection, CardRow, [posted._asdict()])

    def stands(self, key: str, ts: str, shown: str, look_again: Due) -> None:
        """Records that a card was posted, and schedules a refresh for what changed in the meantime."""
        with writing(self._engine) as connection:
            connection.execute(update(CardRow).where(C.key == key).values(ts=ts, shown=shown))
            put(connection, CardDueRow, ["step"], [look_again._asdict()])  # its new followers have not seen it yet

    def shows(self, key: str, shown: str) -> None:
        """Records what a card shows now."""
        with writing(self._engine) as connection:
            connection.execute(update(CardRow).where(C.key == key).values(shown=shown))

    def gone(self, key: str) -> None:
        """Removes a card that was never posted, or that someone deleted in the chat."""
        with writing(self._engine) as connection:
            connection.execute(delete(CardRow).where(C.key == key))

    def of_key(self, key: str) -> Posted | None:
        """Returns the card that a message was delivered as."""
        with reading(self._engine) as connection:
            row = connection.execute(select(*C).where(C.key == key)).one_or_none()
        return Posted(*row) if row else None

    def of_step(self, step: str) -> tuple[Posted, ...]:
        """Returns all cards of a step."""
        with reading(self._engine) as connection:
            found = connection.execute(select(*C).where(C.step == step).order_by(C.key)).all()
        return tuple(Posted(*row) for row in found)

    # -- refreshes

    def due(self, now: datetime, busy: Collection[str] = (), limit: int = 50) -> tuple[Due, ...]:
        """Steps whose cards are due for a refresh and are not being refreshed already."""
        query = select(D.step, D.due_at).where(D.due_at <= now, D.step.not_in(busy)).order_by(D.due_at, D.step)
        with reading(self._engine) as connection:
            found = sound_rows(connection, query, Due._make, ("step",), limit)
        self._operators.hear_of_rows("cards that are due", "step", found.damaged, now)
        return found.rows

    def look_at(self, due: Due) -> None:
        """Schedules a refresh of a step's cards."""
        with writing(self._engine) as connection:
            put(connection, CardDueRow, ["step"], [due._asdict()])

    def looked_at(self, due: Due) -> None:
        """Removes a refresh that is done; a change noted since stays due."""
        with writing(self._engine) as connection:
            connection.execute(delete(CardDueRow).where(D.step == due.step, D.due_at == due.due_at))

    def look_later(self, due: Due, at: datetime) -> None:
        """Postpones a refresh; a change noted since is not postponed."""
        with writing(self._engine) as connection:
            which = (D.step == due.step, D.due_at == due.due_at)
            connection.execute(update(CardDueRow).where(*which).values(due_at=at))

    # -- threads

    def thread_of(self, engagement_id: EngagementId) -> Thread | None:
        """Returns where an engagement's cards are posted."""
        with reading(self._engine) as connection:
            row = connection.execute(select(T.conversation, T.ts).where(T.engagement_id == engagement_id)).one_or_none()
        return Thread(*row) if row else None

    def keep_thread(self, engagement_id: EngagementId, thread: Thread) -> None:
        """Stores where an engagement's thread begins."""
        with writing(self._engine) as connection:
            put(connection, ThreadRow, ["engagement_id"], [{"engagement_id": engagement_id, **thread._asdict()}])

    def forget_all(self) -> None:
        """Forgets everything: the chat service was reset, as an emulator is when it starts."""
        with writing(self._engine) as connection:
            for table in (ChatAccountRow, CardRow, CardDueRow, ThreadRow):
                connection.execute(delete(table))
