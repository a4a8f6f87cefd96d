"""What must be told to people waits here, queued with the facts that made it, until a sender has told it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Engine, and_, func, literal, or_, select, update

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db.acknowledged_marks import raise_told
from adapters.db.column_types import Instant
from adapters.db.database import Transaction, reading, writing
from adapters.db.queueing import queue
from adapters.db.tables.asks import AskRow, StepPersonRow, VacancyRow
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import OutboxRow
from adapters.db.waiting_rows import RetryQueue
from domain.next_steps.references import StepRef
from domain.notifications.digest import DIGEST
from domain.notifications.holds import HOLD
from domain.notifications.operators import PAUSES
from domain.notifications.vacancy_offers import OFFER
from domain.shared.event_log import Message

A, SP, T, V = columns(AskRow), columns(StepPersonRow), columns(OutboxRow), columns(VacancyRow)
# Kinds of message by which people are told of an act owed, or of a vacancy.
OF_STEPS = ("act", "vacancy", "offer")


class OutboxEntry(NamedTuple):
    """Something to be told to one person, as `OutboxRow` has it, for whoever tells it or looks at the queue."""

    key: str
    to: str
    kind: str
    stream: str
    ask_id: str | None
    step: str | None
    text: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    dead: str | None
    failures: int
    tried_at: datetime | None
    not_before: datetime | None
    because: str | None
    channel: str | None


WAITING = T.sent_at.is_(None) & T.dead.is_(None)
DEAD = T.sent_at.is_(None) & T.dead.is_not(None)
SENT = T.sent_at.is_not(None)


class State(StrEnum):
    """How a message stands."""

    WAITING = "waiting"
    DEAD = "dead"
    SENT = "sent"


WHICH: dict[State, ColumnElement[bool]] = {State.WAITING: WAITING, State.DEAD: DEAD, State.SENT: SENT}


def _step(kind: Literal["act", "vacancy"], row: Any) -> str:
    engagement, what, since = row
    return str(StepRef(engagement_id=engagement, kind=kind, what=what, since=since))


def _same_thing(message: OutboxEntry) -> ColumnElement[bool] | None:
    """What is about the same ask, or the same other step; a digest about the day; whether a stream is paused, or new
    deals are. Who could fill a vacancy is another thing than that it is there, and that an ask rests than the ask.
    """
    if message.ask_id is not None:
        return (T.ask_id == message.ask_id) & ((T.kind == HOLD) if message.kind == HOLD else (T.kind != HOLD))
    if message.step is not None:
        return (T.step == message.step) & ((T.kind == OFFER) if message.kind == OFFER else (T.kind != OFFER))
    return T.kind == message.kind if message.kind in {DIGEST, *PAUSES} else None


class Outbox:
    """The queue as its sender and the administrator see it."""

    def __init__(self, engine: Engine, now: Now = SYSTEM_CLOCK) -> None:
        self._engine = engine
        self._now = now
        self._queue = RetryQueue(
            engine,
            OutboxRow,
            OutboxEntry._make,
            OutboxEntry._fields,
            oldest="created_at",
            told_as=("outbox", "message"),
        )

    def in_state(self, state: State, limit: int = 100) -> tuple[OutboxEntry, ...]:
        """The oldest messages that stand like this."""
        return self._rows(WHICH[state], limit)

    def due(self, now: datetime, busy: Collection[str] = (), limit: int = 100) -> tuple[OutboxEntry, ...]:
        """The oldest messages to be told by now to anybody who is not just being told something."""
        ready = WAITING & (T.not_before.is_(None) | (T.not_before <= now))
        return self._rows(ready & T.to.not_in(busy) if busy else ready, limit)

    def how_many(self, state: State) -> int:
        """How many messages stand like this."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(OutboxRow).where(WHICH[state])).scalar_one()

    def waiting_alike(self, message: OutboxEntry) -> tuple[OutboxEntry, ...]:
        """What else waits to tell the same person of the same thing."""
        thing = _same_thing(message)
        if thing is None:
            return ()
        alike = WAITING & (T.to == message.to) & (T.stream == message.stream) & thing & (T.kind != "question")
        return self._rows(alike & (T.key != message.key), limit=100)

    def told_since(self, to: str, kind: str, stream: str, since: datetime) -> int:
        """How many messages of a kind a person was told from a moment on because of a stream, or of one under it."""
        within = (T.stream == stream) | T.stream.startswith(f"{stream}/", autoescape=True)
        told = SENT & (T.to == to) & (T.sent_at >= since) & (T.kind == kind) & within
        query = select(func.count()).select_from(OutboxRow).where(told, T.attempts > 0)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def untold(self, people: Collection[str], about: Collection[str]) -> frozenset[tuple[str, str]]:
        """Whom no message about an ask (its id) or another step (its reference) has reached: each with what it is."""
        told_of = func.coalesce(T.ask_id, T.step)
        of_these = T.to.in_(people) & T.kind.in_(("ask", "act", "answer", "reminder")) & told_of.in_(about)
        with reading(self._engine) as connection:
            found = {
                which: {(to, thing) for to, thing in connection.execute(select(T.to, told_of).where(which, of_these))}
                for which in (DEAD, SENT & (T.attempts > 0))
            }
        given_up, told = found.values()
        return frozenset(given_up - told)

    def of_stream(self, stream: str, limit: int = 100) -> tuple[OutboxEntry, ...]:
        """What was told, or will be, because of one stream."""
        return self._rows(T.stream == stream, limit)

    def add(self, messages: Iterable[Message], at: datetime) -> None:
        """Queues what no fact of the record tells; what was queued before is not queued again."""
        with writing(self._engine) as connection:
            queue(connection, messages, at)

    def trying(self, key: str, at: datetime) -> None:
        """An attempt begins: written before it, so that one whose end nobody saw is known, since the first of them.

        From here on somebody may know of its fact.
        """
        tried = {"attempts": T.attempts + 1, "tried_at": func.coalesce(T.tried_at, literal(at, Instant()))}
        with writing(self._engine) as connection:
            connection.execute(update(OutboxRow).where(T.key == key).values(**tried))
            raise_told(connection, [key])

    def sent(self, key: str, at: datetime, channel: str) -> None:
        """The message was told, by this channel, or need not be told any more. Its words are kept no longer."""
        self._queue.change(T.key == key, sent_at=at, channel=channel, dead=None, text="")

    def postpone(self, key: str, until: datetime, because: str) -> None:
        """Not before then: it is night where the person works, or the other side asks for patience."""
        self._queue.change(T.key == key, not_before=until, because=because)

    def failed(self, key: str, until: datetime, because: str) -> None:
        """An attempt failed for a reason nobody foresaw; not again before then."""
        self._queue.change(T.key == key, failures=T.failures + 1, not_before=until, because=because)

    def give_up(self, key: str, because: str) -> None:
        """No channel can tell it: a dead letter, until somebody revives it."""
        self._queue.change(T.key == key, dead=because)

    def revive(self, key: str | None = None, *, within: Transaction | None = None) -> int:
        """Lets a dead message be tried again, or all of them; gives how many."""
        which = DEAD if key is None else DEAD & (T.key == key)
        again = update(OutboxRow).where(which).values(dead=None, not_before=None, because=None, failures=0)
        with writing(self._engine, within=within) as connection:
            return connection.execute(again).rowcount

    def tell_again_what_is_owed(self, channel: str) -> int:
        """Has every next step that this channel told told anew: its service forgot everything. Gives how many."""
        asked = and_(T.kind == "ask", T.ask_id.in_(select(A.id).where(A.is_open)))
        owed = select(SP.engagement_id, SP.ref, SP.since).where(SP.kind == "act").distinct()
        vacant = select(V.engagement_id, V.role, V.since)
        with writing(self._engine) as connection:
            steps = [_step("act", row) for row in connection.execute(owed)]
            steps += [_step("vacancy", row) for row in connection.execute(vacant)]
            which = or_(asked, and_(T.kind.in_(OF_STEPS), T.step.in_(steps)))
            again = update(OutboxRow).where(SENT, which, T.channel.startswith(channel))
            return connection.execute(again.values(sent_at=None, tried_at=None, channel=None)).rowcount

    def _rows(self, which: ColumnElement[bool], limit: int) -> tuple[OutboxEntry, ...]:
        return self._queue.rows(which, limit, self._now())
