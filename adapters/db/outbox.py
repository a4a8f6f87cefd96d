"""The outbox: messages to people, queued together with the facts that caused them, until the notifier has sent them."""

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
from domain.record.facts import Message
from domain.shared.values import AskId, PersonId

A, SP, T, V = columns(AskRow), columns(StepPersonRow), columns(OutboxRow), columns(VacancyRow)
# Kinds of messages that tell people of an act owed or of a vacancy.
OF_STEPS = ("act", "vacancy", "offer")


class OutboxEntry(NamedTuple):
    """A message to one person, as `OutboxRow` has it, for the notifier and for whoever inspects the queue."""

    key: str
    to: PersonId
    kind: str
    stream: str
    ask_id: AskId | None
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
    """The state of a message."""

    WAITING = "waiting"
    DEAD = "dead"
    SENT = "sent"


WHICH: dict[State, ColumnElement[bool]] = {State.WAITING: WAITING, State.DEAD: DEAD, State.SENT: SENT}


def _step(kind: Literal["act", "vacancy"], row: Any) -> str:
    engagement, what, since = row
    return str(StepRef(engagement_id=engagement, kind=kind, what=what, since=since))


def _same_thing(message: OutboxEntry) -> ColumnElement[bool] | None:
    """Selects messages about the same thing: an ask, another step, a digest's day, a paused stream, paused new deals.

    An offer of a vacancy is not about the same thing as the vacancy, nor a message about a hold as the ask that rests.
    """
    if message.ask_id is not None:
        return (T.ask_id == message.ask_id) & ((T.kind == HOLD) if message.kind == HOLD else (T.kind != HOLD))
    if message.step is not None:
        return (T.step == message.step) & ((T.kind == OFFER) if message.kind == OFFER else (T.kind != OFFER))
    return T.kind == message.kind if message.kind in {DIGEST, *PAUSES} else None


class Outbox:
    """The queue, as its sender and the administrator see it."""

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
        """The oldest messages in a state."""
        return self._rows(WHICH[state], limit)

    def due(self, now: datetime, busy: Collection[str] = (), limit: int = 100) -> tuple[OutboxEntry, ...]:
        """The oldest messages that are due, except to people who are being sent something already."""
        ready = WAITING & (T.not_before.is_(None) | (T.not_before <= now))
        return self._rows(ready & T.to.not_in(busy) if busy else ready, limit)

    def how_many(self, state: State) -> int:
        """How many messages are in a state."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(OutboxRow).where(WHICH[state])).scalar_one()

    def waiting_alike(self, message: OutboxEntry) -> tuple[OutboxEntry, ...]:
        """Other waiting messages to the same person about the same thing."""
        thing = _same_thing(message)
        if thing is None:
            return ()
        alike = WAITING & (T.to == message.to) & (T.stream == message.stream) & thing & (T.kind != "question")
        return self._rows(alike & (T.key != message.key), limit=100)

    def told_since(self, to: PersonId, kind: str, stream: str, since: datetime) -> int:
        """How many messages of a kind a person has been sent since then because of a stream or those under it."""
        within = (T.stream == stream) | T.stream.startswith(f"{stream}/", autoescape=True)
        told = SENT & (T.to == to) & (T.sent_at >= since) & (T.kind == kind) & within
        query = select(func.count()).select_from(OutboxRow).where(told, T.attempts > 0)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def untold(self, people: Collection[PersonId], about: Collection[str]) -> frozenset[tuple[str, str]]:
        """Pairs of a person and an ask (its id) or other step (its reference) that no message told them about."""
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
        """Messages sent or waiting because of one stream."""
        return self._rows(T.stream == stream, limit)

    def last_told(self, streams: Collection[str], ask_id: AskId | None = None) -> tuple[PersonId, datetime, str] | None:
        """Whom the newest message because of these streams, or about one ask, was sent to, when, through what."""
        told = T.stream.in_(streams) & SENT & (T.attempts > 0) & T.channel.is_not(None)
        told = told if ask_id is None else told & (T.ask_id == ask_id)
        query = select(T.to, T.sent_at, T.channel).where(told).order_by(T.sent_at.desc()).limit(1)
        with reading(self._engine) as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else (found.to, found.sent_at, found.channel)

    def add(self, messages: Iterable[Message], at: datetime) -> None:
        """Queues messages that no fact in the record causes; what was queued before is not queued again."""
        with writing(self._engine) as connection:
            queue(connection, messages, at)

    def trying(self, key: str, at: datetime) -> None:
        """Marks the beginning of an attempt before it is made, so that one with an unknown outcome is known.

        The time of the first attempt is kept. From here on someone may know of its fact.
        """
        tried = {"attempts": T.attempts + 1, "tried_at": func.coalesce(T.tried_at, literal(at, Instant()))}
        with writing(self._engine) as connection:
            connection.execute(update(OutboxRow).where(T.key == key).values(**tried))
            raise_told(connection, [key])

    def sent(self, key: str, at: datetime, channel: str) -> None:
        """Marks a message as sent by this channel, or as no longer needed, and deletes its text."""
        self._queue.change(T.key == key, sent_at=at, channel=channel, dead=None, text="")

    def postpone(self, key: str, until: datetime, because: str) -> None:
        """Postpones a message: it is night where the person works, or the channel asks us to wait."""
        self._queue.change(T.key == key, not_before=until, because=because)

    def failed(self, key: str, until: datetime, because: str) -> None:
        """Records an attempt that failed for an unforeseen reason; not retried before then."""
        self._queue.change(T.key == key, failures=T.failures + 1, not_before=until, because=because)

    def give_up(self, key: str, because: str) -> None:
        """Makes a message that no channel can deliver a dead letter, until someone revives it."""
        self._queue.change(T.key == key, dead=because)

    def revive(self, key: str | None = None, *, within: Transaction | None = None) -> int:
        """Lets a dead message, or all of them, be tried again; returns how many."""
        which = DEAD if key is None else DEAD & (T.key == key)
        again = update(OutboxRow).where(which).values(dead=None, not_before=None, because=None, failures=0)
        with writing(self._engine, within=within) as connection:
            return connection.execute(again).rowcount

    def tell_again_what_is_owed(self, channel: str) -> int:
        """Resends every open next step that this channel delivered: its service lost everything. Returns how many."""
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
