"""Stores commands from a channel that must be answered at once, and carries them out afterwards, once.

Slack, for instance, wants an answer within three seconds and sends again if it got none, while the engine may be slow
or away. So a deferred command is written down, which makes a repeat recognisable; the channel is answered; then the
command is carried out, by this process at once or, if that dies, by another once its lease has expired. Its sender is
told the result.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import structlog

from adapters.clock import Now
from adapters.console_commands import remedy_of
from adapters.db.inbox import InboxEntry, InboxResult
from adapters.db.write_batcher import WriteBatcher
from adapters.delivery import RetryLater
from application.commands.next_steps import DoStep
from application.context import Interlock
from application.inbox.deferred_commands import (
    DEFERRED_COMMAND,
    CommandSender,
    DeferredAnswer,
    DeferredCommand,
    DeferredHours,
    run_deferred,
)
from application.off_loop import off_loop
from application.reconciliation.damage import report_damage
from application.retries import Retries, unforeseen, until_stopped
from domain.shared.errors import Refusal, Refused
from domain.shared.transaction import Actor
from domain.shared.values import AskId, Value

log = structlog.get_logger()

# How long a command is leased to this process: after that, another takes it over.
LEASE = timedelta(seconds=20)
# Seconds between two checks for commands that no one carries out.
POLL_INTERVAL = 1.0
# Commands carried out concurrently: enough to keep engine and record busy, while answers need the same machine.
#
# Measured with everything on two cores (`make bench-slack`): with eight, as many are recorded per second, and answers
# take twice as long.
AT_ONCE = 3
# Seconds after which the sender is told that their command is saved, if it is not carried out by then.
ACK_DELAY = 2.0
RETRIES = Retries(timedelta(seconds=1), timedelta(seconds=30), most=10)
KEPT = "Saved. We'll apply it as soon as the workflow engine is back."


class How(StrEnum):
    """How a deferred command ended."""

    DONE = "done"
    REFUSED = "refused"


class InboxOutcome(Value):
    """The result of a deferred command, kept for a repeat of it; `ask` or `step` is what it was about."""

    how: How
    told: str
    ask_id: AskId | None = None
    step: str | None = None


class InboxSource(Protocol):
    """Where deferred commands come from and their results go."""

    async def actor_of(self, account: str) -> Actor:
        """Who acts with an account. Raises UnknownCaller, RetryLater."""

    async def say(self, account: str, answer_to: str, told: str) -> None:
        """Says something to the person alone, where they acted."""

    async def say_outcome(self, account: str, answer_to: str, outcome: InboxOutcome) -> None:
        """Says the result of a command; if it was refused, also what is current now."""


class InboxProcessor:
    """Stores deferred commands and carries them out."""

    def __init__(self, app: Interlock, source: InboxSource, now: Now | None = None) -> None:
        self._app = app
        self._source = source
        self._now = now or app.clock
        self._keeping = WriteBatcher(self._keep)
        self._ending = WriteBatcher(app.inbox.done)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._here: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(
        self, account: str, key: str, deferred: DeferredCommand, answer_to: str, *, repeated: bool = False
    ) -> None:
        """Writes a command down and begins to carry it out; now the channel may answer.

        One that was stored before and done is not carried out again: whoever asks again is told the result. One that
        was refused is tried again, since what prevented it may be gone. `repeated`: it is the service that sends again,
        of which no one needs to hear.
        """
        kept = InboxEntry(key, account, DEFERRED_COMMAND.dump_json(deferred).decode(), answer_to)
        if await self._keeping.write(kept):
            self._begin(kept)
        elif not repeated:
            self._spawn(self._again(kept))

    def _keep(self, entries: Sequence[InboxEntry]) -> tuple[bool, ...]:
        now = self._now()
        return self._app.inbox.keep(entries, now, now + LEASE)

    async def run(self, stop: asyncio.Event) -> None:
        """Takes up what no one carries out, until it is stopped; what it began is finished."""
        await until_stopped(stop, POLL_INTERVAL, self.take_up, "inbox.failed")
        await self.settle()

    async def take_up(self) -> None:
        """Begins what a process that died left behind, or what is to be retried."""
        now = self._now()
        for kept in await off_loop(lambda: self._app.inbox.take(now, now + LEASE)):
            self._begin(kept)

    async def is_done(self, key: str) -> bool:
        """True for a command that was carried out: what would now prevent it is its own effect."""
        found = await off_loop(lambda: self._app.inbox.outcome(key))
        return found is not None and InboxOutcome.model_validate_json(found).how is How.DONE

    async def carried(self, key: str) -> None:
        """Waits until a command is carried out here, or postponed; returns at once if no one here is working on it."""
        if key in self._here:
            await asyncio.wait({self._here[key]})

    async def settle(self) -> None:
        """Waits for what is being carried out."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, kept: InboxEntry) -> None:
        if kept.key not in self._here:
            self._here[kept.key] = self._spawn(self._carry(kept))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # a task without a reference may be collected before it ends
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry(self, kept: InboxEntry) -> None:
        try:
            waits_since = self._now()
            async with self._turns:
                await self._keep_ours(kept, waits_since)
                outcome = await self._carried_in_sight(kept)
            if outcome is not None:
                await self._source.say_outcome(kept.account, kept.answer_to, outcome)
        except Exception:
            log.exception("inbox.failed", key=kept.key)
        finally:
            self._here.pop(kept.key, None)

    async def _carried_in_sight(self, kept: InboxEntry) -> InboxOutcome | None:
        """Carries a command out; if that takes long, the sender is told that it is saved."""
        carrying = asyncio.create_task(self._carried(kept))
        done, _ = await asyncio.wait({carrying}, timeout=ACK_DELAY)
        if not done and kept.attempts == 0:
            self._spawn(self._source.say(kept.account, kept.answer_to, KEPT))
        return await carrying

    async def _keep_ours(self, kept: InboxEntry, since: datetime) -> None:
        """Extends the lease of a command that waited long for its turn, which would soon be taken for abandoned."""
        now = self._now()
        if now - since > LEASE / 2:
            await off_loop(lambda: self._app.inbox.postpone(kept.key, now + LEASE))

    async def _carried(self, kept: InboxEntry) -> InboxOutcome | None:
        """Carries a command out: it is done, refused, or to be retried. Returns what its sender is to be told."""
        ask_id, step = None, None
        try:
            deferred = DEFERRED_COMMAND.validate_json(kept.command)
            ask_id = deferred.ask_id if isinstance(deferred, DeferredAnswer | DeferredHours) else None
            step = deferred.step if isinstance(deferred, DoStep) else None
            actor = await self._source.actor_of(kept.account)
            told = await run_deferred(self._app, CommandSender(actor=actor, key=kept.key), deferred)
        except RetryLater as away:
            await self._postpone(kept, str(away))
            return None
        except Refusal as refusal:
            if refusal.refused.temporary:
                await self._postpone(kept, str(refusal))
                return None
            await report_damage(self._app, refusal)
            log.info("refused", who=kept.account, route="deferred", ask=ask_id, name=refusal.refused.name)
            return await self._end(
                kept, InboxOutcome(how=How.REFUSED, told=in_words(refusal.refused), ask_id=ask_id, step=step)
            )
        except Exception as error:
            return await self._unforeseen(kept, error)
        done = InboxOutcome(how=How.DONE, told=told, ask_id=ask_id, step=step)
        return await self._end(kept, done, shows_on_card=isinstance(deferred, DeferredAnswer))

    async def _end(
        self, kept: InboxEntry, outcome: InboxOutcome, *, shows_on_card: bool = False
    ) -> InboxOutcome | None:
        """Stores the result. An answer that succeeds at once shows on its card, so its sender is not told beside it.

        For hours they are told: a card shows when they were first given, and not which are probably a typo.
        """
        await self._ending.write(InboxResult(kept.key, self._now(), outcome.model_dump_json()))
        return outcome if not shows_on_card or kept.attempts > 0 else None

    async def _postpone(self, kept: InboxEntry, because: str) -> None:
        until = self._now() + RETRIES.pause(kept.attempts)
        log.info("reception.waits", key=kept.key, until=until.isoformat(), because=because)
        await off_loop(lambda: self._app.inbox.postpone(kept.key, until))

    async def _unforeseen(self, kept: InboxEntry, error: Exception) -> InboxOutcome | None:
        """Retried a few times; then the sender gets the id that is also in the log."""
        number = unforeseen("inbox.failed", error, key=kept.key)
        if not RETRIES.are_over(kept.attempts):
            await self._postpone(kept, f"{type(error).__name__}, see {number}")
            return None
        told = f"Something went wrong on our side, and nothing was recorded. Tell the administrator {number}."
        return await self._end(kept, InboxOutcome(how=How.REFUSED, told=told))

    async def _again(self, kept: InboxEntry) -> None:
        await self.carried(kept.key)
        found = await off_loop(lambda: self._app.inbox.outcome(kept.key))
        if found is None:
            return
        outcome, until = InboxOutcome.model_validate_json(found), self._now() + LEASE
        if outcome.how is How.DONE:
            await self._source.say_outcome(kept.account, kept.answer_to, outcome)
        elif await off_loop(lambda: self._app.inbox.reopen(kept, until, found)):
            self._begin(kept)


def in_words(refused: Refused) -> str:
    """A refusal in words: what is so, whom it waits for, what to do, and by which rule."""
    waits = "; ".join(dict.fromkeys(waiting.who for waiting in refused.waits_for))
    on = f" It waits for {waits}." if waits else ""
    return f"{refused.title}. {refused.detail}{on} {remedy_of(refused)} (rule: {refused.rule.value})"
