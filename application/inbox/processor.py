"""What comes in by a face that must answer at once is kept first, answered, and carried out after, once.

Slack, say, wants its answer within three seconds and sends again what it got none for, while the engine may be slow or
away. So a wish is written down, which makes a repetition known; the face is answered; then the wish is carried out, by
this process at once, or, where that dies, by another as soon as nobody seems to be at it. Its person hears what came of
it.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import structlog

from adapters.clock import Now
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
from domain.shared.values import Value

log = structlog.get_logger()

# How long a wish is this process's: after that, another takes it up.
OURS_FOR = timedelta(seconds=20)
# Seconds between two looks at what nobody carries out.
LOOK = 1.0
# Wishes that are carried out side by side: they keep engine and record busy, and answers wait for the same machine.
#
# Measured with everything on two cores (`make bench-slack`): with eight, as many are recorded in a second, and
# answers take twice as long.
AT_ONCE = 3
# Seconds after which somebody is told that their wish is kept, if it is not carried out by then.
SOON = 2.0
RETRIES = Retries(timedelta(seconds=1), timedelta(seconds=30), most=10)
KEPT = "Saved. We'll apply it as soon as the workflow engine is back."


class How(StrEnum):
    """How a wish ended."""

    DONE = "done"
    REFUSED = "refused"


class InboxOutcome(Value):
    """What came of a wish, as it is kept for whoever asks again; `ask` or `step` is what it was about."""

    how: How
    told: str
    ask_id: str | None = None
    step: str | None = None


class InboxSource(Protocol):
    """Where wishes come from and their outcomes go."""

    async def actor_of(self, account: str) -> Actor:
        """Who acts by an account. Raises UnknownCaller, RetryLater."""

    async def say(self, account: str, answer_to: str, told: str) -> None:
        """Says something to the person alone, where they acted."""

    async def say_outcome(self, account: str, answer_to: str, outcome: InboxOutcome) -> None:
        """Says what came of a wish; of one that was refused also what stands now."""


class InboxProcessor:
    """Keeps wishes and carries them out."""

    def __init__(self, app: Interlock, face: InboxSource, now: Now | None = None) -> None:
        self._app = app
        self._face = face
        self._now = now or app.clock
        self._keeping = WriteBatcher(self._keep)
        self._ending = WriteBatcher(app.intake.done)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._here: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(
        self, account: str, key: str, wish: DeferredCommand, answer_to: str, *, repeated: bool = False
    ) -> None:
        """Writes a wish down and begins to carry it out; now the face may answer.

        One that was kept before and done is not carried out again: whoever asks again hears what came of it. One that
        was refused is tried anew, since what stood in the way may be gone. `repeated`: it is the service that sends
        again, which nobody needs to hear of.
        """
        kept = InboxEntry(key, account, DEFERRED_COMMAND.dump_json(wish).decode(), answer_to)
        if await self._keeping.write(kept):
            self._begin(kept)
        elif not repeated:
            self._spawn(self._again(kept))

    def _keep(self, wishes: Sequence[InboxEntry]) -> tuple[bool, ...]:
        now = self._now()
        return self._app.intake.keep(wishes, now, now + OURS_FOR)

    async def run(self, stop: asyncio.Event) -> None:
        """Takes up what nobody carries out, until it is stopped; what it began comes to its end."""
        await until_stopped(stop, LOOK, self.take_up, "reception.failed")
        await self.settle()

    async def take_up(self) -> None:
        """Begins what was left by a process that died, or is to be tried again."""
        now = self._now()
        for kept in await off_loop(lambda: self._app.intake.take(now, now + OURS_FOR)):
            self._begin(kept)

    async def is_done(self, key: str) -> bool:
        """True for a wish that was carried out: what stands in its way now is what it did."""
        found = await off_loop(lambda: self._app.intake.outcome(key))
        return found is not None and InboxOutcome.model_validate_json(found).how is How.DONE

    async def carried(self, key: str) -> None:
        """Waits until a wish is carried out here, or put off; at once for one that nobody here is at."""
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
        self._tasks.add(task)  # a task that nobody holds may be collected before it ends
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry(self, kept: InboxEntry) -> None:
        try:
            waits_since = self._now()
            async with self._turns:
                await self._keep_ours(kept, waits_since)
                outcome = await self._carried_in_sight(kept)
            if outcome is not None:
                await self._face.say_outcome(kept.account, kept.answer_to, outcome)
        except Exception:
            log.exception("reception.failed", key=kept.key)
        finally:
            self._here.pop(kept.key, None)

    async def _carried_in_sight(self, kept: InboxEntry) -> InboxOutcome | None:
        """Carries a wish out; where that takes long, its person hears that it is kept."""
        carrying = asyncio.create_task(self._carried(kept))
        done, _ = await asyncio.wait({carrying}, timeout=SOON)
        if not done and kept.attempts == 0:
            self._spawn(self._face.say(kept.account, kept.answer_to, KEPT))
        return await carrying

    async def _keep_ours(self, kept: InboxEntry, since: datetime) -> None:
        """A wish that waited long for its turn is about to be taken for left: it is ours for as long once more."""
        now = self._now()
        if now - since > OURS_FOR / 2:
            await off_loop(lambda: self._app.intake.postpone(kept.key, now + OURS_FOR))

    async def _carried(self, kept: InboxEntry) -> InboxOutcome | None:
        """Carries a wish out: it is done, refused, or to be tried again. Gives what its person is to hear of it."""
        ask_id, step = None, None
        try:
            wish = DEFERRED_COMMAND.validate_json(kept.wish)
            ask_id = wish.ask_id if isinstance(wish, DeferredAnswer | DeferredHours) else None
            step = wish.step if isinstance(wish, DoStep) else None
            actor = await self._face.actor_of(kept.account)
            told = await run_deferred(self._app, CommandSender(actor=actor, key=kept.key), wish)
        except RetryLater as away:
            await self._postpone(kept, str(away))
            return None
        except Refusal as refusal:
            if refusal.refused.temporary:
                await self._postpone(kept, str(refusal))
                return None
            await report_damage(self._app, refusal)
            log.info("refused", who=kept.account, route="wish", ask=ask_id, name=refusal.refused.name)
            return await self._end(
                kept, InboxOutcome(how=How.REFUSED, told=in_words(refusal.refused), ask_id=ask_id, step=step)
            )
        except Exception as error:
            return await self._unforeseen(kept, error)
        done = InboxOutcome(how=How.DONE, told=told, ask_id=ask_id, step=step)
        return await self._end(kept, done, shows_on_card=isinstance(wish, DeferredAnswer))

    async def _end(
        self, kept: InboxEntry, outcome: InboxOutcome, *, shows_on_card: bool = False
    ) -> InboxOutcome | None:
        """Keeps what came of it. An answer that is taken at once shows on its card: of that nobody is told beside.

        Of hours they are: a card says when they were given first, and not which are hardly meant so.
        """
        await self._ending.write(InboxResult(kept.key, self._now(), outcome.model_dump_json()))
        return outcome if not shows_on_card or kept.attempts > 0 else None

    async def _postpone(self, kept: InboxEntry, because: str) -> None:
        until = self._now() + RETRIES.pause(kept.attempts)
        log.info("reception.waits", key=kept.key, until=until.isoformat(), because=because)
        await off_loop(lambda: self._app.intake.postpone(kept.key, until))

    async def _unforeseen(self, kept: InboxEntry, error: Exception) -> InboxOutcome | None:
        """Tried again some times; then its person gets the id that the log has too."""
        number = unforeseen("reception.failed", error, key=kept.key)
        if not RETRIES.are_over(kept.attempts):
            await self._postpone(kept, f"{type(error).__name__}, see {number}")
            return None
        told = f"Something went wrong on our side, and nothing was recorded. Tell the administrator {number}."
        return await self._end(kept, InboxOutcome(how=How.REFUSED, told=told))

    async def _again(self, kept: InboxEntry) -> None:
        await self.carried(kept.key)
        found = await off_loop(lambda: self._app.intake.outcome(kept.key))
        if found is None:
            return
        outcome, until = InboxOutcome.model_validate_json(found), self._now() + OURS_FOR
        if outcome.how is How.DONE:
            await self._face.say_outcome(kept.account, kept.answer_to, outcome)
        elif await off_loop(lambda: self._app.intake.reopen(kept, until, found)):
            self._begin(kept)


def in_words(refused: Refused) -> str:
    """A refusal as it is said: what is so, who holds it up, what to do, and by which rule."""
    waits = "; ".join(dict.fromkeys(waiting.who for waiting in refused.waits_for))
    on = f" It waits for {waits}." if waits else ""
    return f"{refused.title}. {refused.detail}{on} {refused.remedy} (rule: {refused.rule.value})"
