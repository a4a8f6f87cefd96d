"""Sends messages from the outbox by the first channel that reaches the recipient, at its pace, off every gate's path.

One process dispatches at a time, by a lease; messages to one person leave in order, and people do not wait for each
other. Each attempt is recorded before it begins, so that whoever takes over after a crash knows that its outcome is
unknown, and checks before sending again. A channel that cannot reach a person passes them to the next; a service that
is away holds its messages back, for hours if need be. What no channel can deliver is a dead letter, which says why.

Weighed: a Temporal activity per message (three events of history each, and the engine's pace instead of the service's),
a broker beside the database (one more thing that can lose), and this: a loop over rows that the facts themselves wrote.
"""

import asyncio
import uuid
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from adapters.clock import Now
from adapters.console_commands import with_commands
from adapters.db.chat_cards import Due
from adapters.db.leases import Leases
from adapters.db.outbox import OutboxEntry
from adapters.delivery import RetryLater, Unreachable
from application.context import Interlock
from application.notifications.channels import Channel
from application.notifications.recipients import at_former_address, hours_for_news
from application.notifications.relevance import Edited, LeftOut, Rests, ToTell, as_things_stand
from application.notifications.retry_limits import RETRIES, ServicePause
from application.off_loop import off_loop
from application.retries import unforeseen, until_stopped
from domain.asks.card import Card
from domain.directory.people import Person
from domain.notifications.addresses import OLD_ADDRESS
from domain.notifications.quiet_hours import earliest
from domain.shared.errors import IntegrityBroken
from domain.shared.text import fitting

log = structlog.get_logger()

LEASE = "notifications"
LASTS = timedelta(seconds=15)
# Seconds between two checks for what is due.
TICK = 0.2
# People who are sent something, and steps whose cards are refreshed, concurrently.
MAX_AT_ONCE, MAX_FOLLOWED = 32, 16
# After which cards that are posted, and could not be changed, are retried.
RECHECK_AFTER_REPAIR = timedelta(minutes=5)
# How often to check whether a message on hold may go out.
RECHECK_ON_HOLD = timedelta(minutes=5)
WAITS_FOR_REPAIR = "stored data is damaged, and operators have been notified"


class NotificationDispatcher:
    """Dispatches what is due, again and again, until it is stopped."""

    def __init__(
        self,
        app: Interlock,
        leases: Leases,
        channels: Sequence[Channel],
        now: Now | None = None,
    ) -> None:
        """`channels`: in the order in which they are tried."""
        self._app = app
        self._leases = leases
        self._channels = tuple(channels)
        self._following = tuple(channel for channel in self._channels if channel.follows)
        self._now = now or app.clock
        self._holder = uuid.uuid4().hex
        self._held_until: datetime | None = None
        self._pauses = {channel.name: ServicePause() for channel in self._channels}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Dispatches until it is stopped; what is being sent is finished."""
        await until_stopped(stop, TICK, self._tell_if_ours, "notifications.failed")
        await self.settle()
        await off_loop(lambda: self._leases.release(LEASE, self._holder))

    async def _tell_if_ours(self) -> None:
        if await self._is_ours():
            await self._begin_what_is_due()

    async def _is_ours(self) -> bool:
        """Whether this process dispatches; the lease is renewed when a third of it has passed."""
        now = self._now()
        if self._held_until is None or now > self._held_until - LASTS * 2 / 3:
            held = await off_loop(lambda: self._leases.hold(LEASE, self._holder, now, LASTS))
            self._held_until = now + LASTS if held else None
        return self._held_until is not None and self._now() < self._held_until

    async def dispatch_due(self) -> None:
        """Sends what is due now, and waits for it."""
        await self._begin_what_is_due()
        await self.settle()

    async def settle(self) -> None:
        """Waits for what is being sent."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _begin_what_is_due(self) -> None:
        """Starts one task per person and one per step; anyone who is being sent something waits for their next turn."""
        now = self._now()
        busy = [*self._at_work("to "), *await self._whose_channel_rests(now)]
        for message in await off_loop(lambda: self._app.outbox.due(now, busy)):
            if len(self._at_work("to ")) < MAX_AT_ONCE:
                self._start(f"to {message.to}", self._tell(message))
        followed = self._at_work("step ")
        free = MAX_FOLLOWED - len(followed)
        if free > 0 and all(self._pauses[channel.name].over(now) for channel in self._following):
            for due in await off_loop(lambda: self._app.cards.due(now, followed, free)):
                self._start(f"step {due.step}", self._follow(due))

    def _at_work(self, kind: str) -> list[str]:
        """The people, or the steps, that a task is about now."""
        return [name.removeprefix(kind) for name in self._tasks if name.startswith(kind)]

    async def _whose_channel_rests(self, now: datetime) -> list[str]:
        """Everyone whose first channel is paused: their messages wait, and hold up no one else's."""
        if all(pause.over(now) for pause in self._pauses.values()):
            return []
        directory = await off_loop(self._app.registry.directory)
        first = ((person.id, self._channels_of(person)[:1]) for person in directory.everyone())
        return [person_id for person_id, channels in first if channels and not self._pauses[channels[0].name].over(now)]

    def _channels_of(self, person: Person) -> tuple[Channel, ...]:
        return tuple(channel for channel in self._channels if channel.serves(person))

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        if name in self._tasks:
            work.close()
            return
        self._tasks[name] = asyncio.create_task(self._done(name, work))

    async def _done(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("notifications.failed", what=name)
            await asyncio.sleep(TICK)
        finally:
            self._tasks.pop(name, None)

    async def _follow(self, due: Due) -> None:
        followed = True
        for channel in self._following:
            try:
                followed = await channel.follow(due.step) and followed
            except RetryLater as retry:
                self._pauses[channel.name].begin(self._now(), retry.seconds)
                return
            except IntegrityBroken as broken:
                what = str(broken)
                await off_loop(lambda what=what: self._app.operators.hear_of_damage(what, self._now()))  # type: ignore[misc]
                followed = False
            except Exception:
                log.exception("notifications.failed", channel=channel.name, step=due.step)
                followed = False
        if followed:
            await off_loop(lambda: self._app.cards.looked_at(due))
        else:
            later = self._now() + RECHECK_AFTER_REPAIR
            await off_loop(lambda: self._app.cards.look_later(due, later))

    async def _tell(self, message: OutboxEntry) -> None:
        directory = await off_loop(self._app.registry.directory)
        person = directory.person(message.to)
        if person is None or not person.active:
            await off_loop(lambda: self._app.outbox.give_up(message.key, f"{message.to} is not in the directory"))
            return
        if message.kind == OLD_ADDRESS:
            person = await off_loop(partial(at_former_address, self._app, person, message))
        if person.to_confirm:
            later = self._now() + RECHECK_ON_HOLD
            because = f"finance has not confirmed {person.name}"
            await off_loop(lambda: self._app.outbox.postpone(message.key, later, because))
            return
        calendar = await hours_for_news(self._app, directory, person, message)
        found = await self._found(message)
        if found is None:
            return
        if isinstance(found, LeftOut):
            await self._leave_out(person, message, found)
            return
        if isinstance(found, Rests):
            later = self._now() + RECHECK_ON_HOLD
            await off_loop(lambda: self._app.outbox.postpone(message.key, later, found.because))
            return
        opens = earliest(message.kind, calendar, self._now()) if calendar else self._now()
        if opens > self._now():
            await off_loop(lambda: self._app.outbox.postpone(message.key, opens, f"{person.name} does not work now"))
            return
        await self._by_the_first(person, message._replace(text=with_commands(found.text)), found.card)

    async def _found(self, message: OutboxEntry) -> ToTell | LeftOut | Rests | None:
        """What is to be sent; None if stored data are damaged, of which the operators are told instead.

        An edited row is not tried again. One about something that cannot be read waits until that is repaired.
        """
        now, operators = self._now(), self._app.operators
        try:
            found = await as_things_stand(self._app, message, now)
        except IntegrityBroken as broken:
            what = str(broken)
            await off_loop(lambda: operators.hear_of_damage(what, now))
            await off_loop(lambda: self._app.outbox.postpone(message.key, now + RECHECK_AFTER_REPAIR, WAITS_FOR_REPAIR))
            return None
        if not isinstance(found, Edited):
            return found
        how = found.how
        await off_loop(lambda: operators.hear_of_rows("outbox", "message", [message.key], now))
        await off_loop(lambda: self._app.outbox.give_up(message.key, how))
        return None

    async def _leave_out(self, person: Person, message: OutboxEntry, found: LeftOut) -> None:
        """Drops a message, after cleaning up what an attempt may have sent unnoticed."""
        for channel in self._channels_of(person) if message.tried_at is not None else ():
            try:
                await channel.left_out(message)
            except RetryLater as retry:
                await self._wait(channel, message, retry)
                return
        await off_loop(lambda: self._app.outbox.sent(message.key, self._now(), found.how))
        await self._have_it_followed(message)

    async def _by_the_first(self, person: Person, message: OutboxEntry, card: Card | None) -> None:
        """Sends it by the first channel that reaches them; while a service is paused, its messages wait for it."""
        outbox, said = self._app.outbox, list[str]()
        again = message.tried_at is not None
        for channel in self._channels_of(person):
            rests_until = self._pauses[channel.name].until
            if rests_until is not None and rests_until > self._now():
                await off_loop(partial(outbox.postpone, message.key, rests_until, f"{channel.name} rests"))
                return
            await off_loop(lambda: outbox.trying(message.key, self._now()))
            try:
                how = await channel.tell(person, message, again=again, card=card)
            except Unreachable as no:
                said.append(f"{channel.name}: {no}")
                log.warning(
                    "notifications.unreachable", channel=channel.name, key=message.key, to=message.to, because=str(no)
                )
            except RetryLater as retry:
                await self._wait(channel, message, retry)
                return
            except Exception as error:
                await self._unforeseen(channel, message, error)
                return
            else:
                self._pauses[channel.name].shorten()
                await off_loop(lambda how=how: outbox.sent(message.key, self._now(), how))  # type: ignore[misc]
                await self._have_it_followed(message)
                return
        because = "; ".join(said) or f"nothing that is set up reaches {person.name}"
        await off_loop(lambda: outbox.give_up(message.key, fitting(because)))

    async def _have_it_followed(self, message: OutboxEntry) -> None:
        """Once someone was told of an ask, by whatever channel, has it shown in its thread too."""
        if message.kind == "ask" and message.ask_id is not None:
            due = Due(message.ask_id, self._now())
            await off_loop(lambda: self._app.cards.look_at(due))

    async def _wait(self, channel: Channel, message: OutboxEntry, retry: RetryLater) -> None:
        until = self._pauses[channel.name].begin(self._now(), retry.seconds)
        because = fitting(f"{channel.name}: {retry}")
        log.info(
            "notifications.waits", channel=channel.name, key=message.key, until=until.isoformat(), because=str(retry)
        )
        await off_loop(lambda: self._app.outbox.postpone(message.key, until, because))

    async def _unforeseen(self, channel: Channel, message: OutboxEntry, error: Exception) -> None:
        """Retried a few times, then a dead letter that names the entry in the log."""
        number = unforeseen("notifications.failed", error, channel=channel.name, key=message.key)
        because = f"{channel.name}: {type(error).__name__}, see {number} in the log"
        if RETRIES.are_over(message.failures + 1):
            await off_loop(lambda: self._app.outbox.give_up(message.key, because))
            return
        until = self._now() + RETRIES.pause(message.failures)
        await off_loop(lambda: self._app.outbox.failed(message.key, until, because))
