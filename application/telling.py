"""Telling people: messages leave the outbox by the first face that reaches them, at its pace, never on a gate's path.

One process tells at a time, by a lease; messages to one person leave in order, and people do not wait for each other.
Before an attempt it is written that it begins, so that whoever takes over after a crash knows that its end is not
known and looks before telling again. A face that cannot reach a person passes them to the next; a service that is away
holds its messages back, for hours if need be. What no face can tell is a dead letter, which says why.

Weighed: a Temporal activity a message (three events of history each, and the engine's pace instead of the service's),
a broker beside the database (one more thing that can lose), and this: a loop over rows that the facts themselves wrote.
"""

import asyncio
import uuid
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog

from adapters.chat_cards import Due
from adapters.clock import Now
from adapters.leases import Leases
from adapters.tables import OutboxRow
from application.as_things_stand import Edited, LeftOut, Rests, ToTell, as_things_stand, fact_of
from application.interlock import Interlock
from application.off_loop import off_loop
from domain.address_notices import OLD_ADDRESS, address_before
from domain.card import Card
from domain.directory import Directory
from domain.engagement.role_events import DirectoryTaken
from domain.people import Person
from domain.quiet_hours import earliest
from domain.refusals import IntegrityBroken
from domain.streams import engagement_of
from domain.words import fitting
from domain.working_time import Calendar

log = structlog.get_logger()

LEASE = "telling"
LASTS = timedelta(seconds=15)
TICK = 0.2
"""Seconds between two looks at what is due."""
MOST_AT_ONCE, MOST_FOLLOWED = 32, 16
"""People who are told something, and steps whose cards are followed, side by side."""
LOOK_LATER = timedelta(minutes=5)
"""After which cards are looked at again that stand, and could not be changed."""
LOOK_AGAIN_ON_HOLD = timedelta(minutes=5)
"""After which it is seen whether what rests on hold goes on."""
WAITS_FOR_REPAIR = "stored data is damaged, and operators were told"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=60)
MOST_FAILURES = 8
"""How often a message is tried that fails for a reason nobody foresaw."""


class Unreachable(Exception):
    """This face cannot reach this person, or cannot tell this message; the next one may."""


class Gone(Unreachable):
    """What was to be changed stands no more."""


class Patience(Exception):
    """The service is away or asks to wait: seconds, where it says how long, and what it said."""

    def __init__(self, because: str, seconds: float | None = None) -> None:
        super().__init__(because)
        self.seconds = seconds


class Face(Protocol):
    """A way to reach people. `follows`: what it told of a step can be brought up to date."""

    name: str
    follows: bool

    def serves(self, person: Person) -> bool:
        """False for whom this face is not for, whatever its service says."""

    async def tell(self, person: Person, message: OutboxRow, *, again: bool, card: Card | None = None) -> str:
        """Tells a message and says how; `again`: an earlier attempt may have come through unseen.

        That it is to be told is decided; `card` is the ask that it is about, where that concerns this person.

        Raises: Unreachable, Patience.
        """

    async def left_out(self, message: OutboxRow) -> None:
        """Takes care of what an attempt may have told unseen of a message that is not to be told any more.

        Raises: Patience.
        """

    async def follow(self, step: str) -> bool:
        """Brings what this face shows of a step up to date; False where it is to be tried later. Raises Patience."""


class Pause:
    """How long a service is left in peace: longer each time it is away, as it says where it says."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self._next = FIRST_PAUSE

    def begin(self, now: datetime, seconds: float | None) -> datetime:
        """Starts a pause; gives its end."""
        begins, until = self.over(now), now + (timedelta(seconds=seconds) if seconds is not None else self._next)
        self.until = until if begins or self.until is None else max(self.until, until)
        if begins:  # of several calls that failed side by side, the first lengthens the next pause
            self._next = min(self._next * 2, LONGEST_PAUSE)
        return self.until

    def over(self, now: datetime) -> bool:
        """True where the service may be spoken to."""
        return self.until is None or self.until <= now

    def shorten(self) -> None:
        """The service answered: where it is away again, the pause is short. One that was asked for is kept."""
        self._next = FIRST_PAUSE


class Teller:
    """Tells what is due, again and again, until it is stopped."""

    def __init__(
        self,
        app: Interlock,
        leases: Leases,
        faces: Sequence[Face],
        now: Now | None = None,
    ) -> None:
        """`faces`: in the order in which they are tried."""
        self._app = app
        self._leases = leases
        self._faces = tuple(faces)
        self._following = tuple(face for face in self._faces if face.follows)
        self._now = now or app.clock
        self._holder = uuid.uuid4().hex
        self._held_until: datetime | None = None
        self._pauses = {face.name: Pause() for face in self._faces}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Tells until it is stopped; what is being told comes to its end."""
        while not stop.is_set():
            try:
                if await self._is_ours():
                    await self._begin_what_is_due()
            except Exception:
                log.exception("telling.failed")
                await asyncio.sleep(TICK)
            await _pause(stop, TICK)
        await self.settle()
        await off_loop(lambda: self._leases.release(LEASE, self._holder))

    async def _is_ours(self) -> bool:
        """Whether this process tells; the lease is prolonged when a third of it is over."""
        now = self._now()
        if self._held_until is None or now > self._held_until - LASTS * 2 / 3:
            held = await off_loop(lambda: self._leases.hold(LEASE, self._holder, now, LASTS))
            self._held_until = now + LASTS if held else None
        return self._held_until is not None and self._now() < self._held_until

    async def tell_due(self) -> None:
        """Tells what is due now, and waits for it."""
        await self._begin_what_is_due()
        await self.settle()

    async def settle(self) -> None:
        """Waits for what is being told."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _begin_what_is_due(self) -> None:
        """Starts one task a person and one a step; whoever is being told something waits for their next turn."""
        now = self._now()
        busy = [*self._at_work("to "), *await self._whose_face_rests(now)]
        for message in await off_loop(lambda: self._app.outbox.due(now, busy)):
            if len(self._at_work("to ")) < MOST_AT_ONCE:
                self._start(f"to {message.to}", self._tell(message))
        followed = self._at_work("step ")
        free = MOST_FOLLOWED - len(followed)
        if free > 0 and all(self._pauses[face.name].over(now) for face in self._following):
            for due in await off_loop(lambda: self._app.cards.due(now, followed, free)):
                self._start(f"step {due.step}", self._follow(due))

    def _at_work(self, kind: str) -> list[str]:
        """Whom, or which steps, a task is about now."""
        return [name.removeprefix(kind) for name in self._tasks if name.startswith(kind)]

    async def _whose_face_rests(self, now: datetime) -> list[str]:
        """Everybody whose first face is to be left in peace: their messages wait, and stand in nobody's way."""
        if all(pause.over(now) for pause in self._pauses.values()):
            return []
        directory = await off_loop(self._app.registry.directory)
        first = ((person.id, self._faces_of(person)[:1]) for person in directory.everyone())
        return [person for person, faces in first if faces and not self._pauses[faces[0].name].over(now)]

    def _faces_of(self, person: Person) -> tuple[Face, ...]:
        return tuple(face for face in self._faces if face.serves(person))

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        if name in self._tasks:
            work.close()
            return
        self._tasks[name] = asyncio.create_task(self._done(name, work))

    async def _done(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("telling.failed", what=name)
            await asyncio.sleep(TICK)
        finally:
            self._tasks.pop(name, None)

    async def _follow(self, due: Due) -> None:
        followed = True
        for face in self._following:
            try:
                followed = await face.follow(due.step) and followed
            except Patience as patience:
                self._pauses[face.name].begin(self._now(), patience.seconds)
                return
            except IntegrityBroken as broken:
                what = str(broken)
                await off_loop(lambda what=what: self._app.operators.hear_of_damage(what, self._now()))  # type: ignore[misc]
                followed = False
            except Exception:
                log.exception("telling.failed", face=face.name, step=due.step)
                followed = False
        if followed:
            await off_loop(lambda: self._app.cards.looked_at(due))
        else:
            later = self._now() + LOOK_LATER
            await off_loop(lambda: self._app.cards.look_later(due, later))

    async def _tell(self, message: OutboxRow) -> None:
        directory = await off_loop(self._app.registry.directory)
        person = directory.person(message.to)
        if person is None or not person.active:
            await off_loop(lambda: self._app.outbox.give_up(message.key, f"{message.to} is not in the directory"))
            return
        if message.kind == OLD_ADDRESS:
            person = await off_loop(partial(self._as_before, person, message))
        if person.to_confirm:
            later = self._now() + LOOK_AGAIN_ON_HOLD
            because = f"finance has not confirmed {person.name}"
            await off_loop(lambda: self._app.outbox.postpone(message.key, later, because))
            return
        calendar = await self._calendar_of(directory, person, message)
        found = await self._found(message)
        if found is None:
            return
        if isinstance(found, LeftOut):
            await self._leave_out(person, message, found)
            return
        if isinstance(found, Rests):
            later = self._now() + LOOK_AGAIN_ON_HOLD
            await off_loop(lambda: self._app.outbox.postpone(message.key, later, found.because))
            return
        opens = earliest(message.kind, calendar, self._now()) if calendar else self._now()
        if opens > self._now():
            await off_loop(lambda: self._app.outbox.postpone(message.key, opens, f"{person.name} does not work now"))
            return
        message.text = found.text
        await self._by_the_first(person, message, found.card)

    async def _calendar_of(self, directory: Directory, person: Person, message: OutboxRow) -> Calendar | None:
        """By whose hours somebody is told news: of a client's person see `hours_to_tell`."""
        own = directory.calendars.get(person.calendar or "")
        if own is not None or person.client is None:
            return own
        try:
            state = await off_loop(lambda: self._app.read.engagement(engagement_of(message.stream)))
        except IntegrityBroken:  # said of the message itself, below
            return None
        return state.cast.hours_to_tell(person.id) if state is not None else None

    def _as_before(self, person: Person, message: OutboxRow) -> Person:
        """Somebody where they were written to before, as the fact has it."""
        fact = self._app.read.fact(message.stream, fact_of(message))
        event = fact.event if fact is not None else None
        before = address_before(event, person.id) if isinstance(event, DirectoryTaken) else None
        return person if before is None else person.having(email=before)

    async def _found(self, message: OutboxRow) -> ToTell | LeftOut | Rests | None:
        """What is to be told; None where stored data are damaged, of which the operators hear instead.

        An edited row is tried no more. One that is about what cannot be read waits until that is mended.
        """
        now, operators = self._now(), self._app.operators
        try:
            found = await as_things_stand(self._app, message, now)
        except IntegrityBroken as broken:
            what = str(broken)
            await off_loop(lambda: operators.hear_of_damage(what, now))
            await off_loop(lambda: self._app.outbox.postpone(message.key, now + LOOK_LATER, WAITS_FOR_REPAIR))
            return None
        if not isinstance(found, Edited):
            return found
        how = found.how
        await off_loop(lambda: operators.hear_of_rows("outbox", "message", [message.key], now))
        await off_loop(lambda: self._app.outbox.give_up(message.key, how))
        return None

    async def _leave_out(self, person: Person, message: OutboxRow, found: LeftOut) -> None:
        """It is told no more. What an attempt may have told unseen is taken care of first."""
        for face in self._faces_of(person) if message.tried_at is not None else ():
            try:
                await face.left_out(message)
            except Patience as patience:
                await self._wait(face, message, patience)
                return
        await off_loop(lambda: self._app.outbox.sent(message.key, self._now(), found.how))
        await self._have_it_followed(message)

    async def _by_the_first(self, person: Person, message: OutboxRow, card: Card | None) -> None:
        """By the first face that reaches them; while a service rests, its message waits for it."""
        outbox, said = self._app.outbox, list[str]()
        again = message.tried_at is not None
        for face in self._faces_of(person):
            rests_until = self._pauses[face.name].until
            if rests_until is not None and rests_until > self._now():
                await off_loop(partial(outbox.postpone, message.key, rests_until, f"{face.name} rests"))
                return
            await off_loop(lambda: outbox.trying(message.key, self._now()))
            try:
                how = await face.tell(person, message, again=again, card=card)
            except Unreachable as no:
                said.append(f"{face.name}: {no}")
                log.warning("telling.unreachable", face=face.name, key=message.key, to=message.to, because=str(no))
            except Patience as patience:
                await self._wait(face, message, patience)
                return
            except Exception as error:
                await self._unforeseen(face, message, error)
                return
            else:
                self._pauses[face.name].shorten()
                await off_loop(lambda how=how: outbox.sent(message.key, self._now(), how))  # type: ignore[misc]
                await self._have_it_followed(message)
                return
        because = "; ".join(said) or f"nothing that is set up reaches {person.name}"
        await off_loop(lambda: outbox.give_up(message.key, fitting(because)))

    async def _have_it_followed(self, message: OutboxRow) -> None:
        """Whoever was told of an ask, by whatever face: it is shown in its thread too."""
        if message.kind == "ask" and message.ask is not None:
            due = Due(message.ask, self._now())
            await off_loop(lambda: self._app.cards.look_at(due))

    async def _wait(self, face: Face, message: OutboxRow, patience: Patience) -> None:
        until = self._pauses[face.name].begin(self._now(), patience.seconds)
        because = fitting(f"{face.name}: {patience}")
        log.info("telling.waits", face=face.name, key=message.key, until=until.isoformat(), because=str(patience))
        await off_loop(lambda: self._app.outbox.postpone(message.key, until, because))

    async def _unforeseen(self, face: Face, message: OutboxRow, error: Exception) -> None:
        """Tried again some times, then a dead letter that names the entry of the log."""
        number = uuid.uuid4().hex[:12]
        log.error("telling.failed", id=number, face=face.name, key=message.key, exc_info=error)
        because = f"{face.name}: {type(error).__name__}, see {number} in the log"
        if message.failures + 1 >= MOST_FAILURES:
            await off_loop(lambda: self._app.outbox.give_up(message.key, because))
            return
        until = self._now() + min(FIRST_PAUSE * 2**message.failures, LONGEST_PAUSE)
        await off_loop(lambda: self._app.outbox.failed(message.key, until, because))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
