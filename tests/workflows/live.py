"""Plays a deal file through the real workflows: the same chapters as the domain's story, one update a command.

    live = await begin(env, "halden")
    await live.to(Stage.PRICE)      # plays on until the engagement is there
    await live.step()               # one place to stop further; kill something, and go on
    await live.play()

The chapters are plain functions, so they run in a thread, and each of their commands waits for the event loop.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from adapters.db.content_store import Contents
from adapters.db.records import Records
from domain.change_order.order import AnyOrderCommand, ChangeOrder
from domain.deal_file.model import DealFile
from domain.engagement import commands as c
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.briefing import brief_for
from domain.engagement.documents.values import DocumentKind
from domain.playbook.model import Stage
from domain.record.facts import first_batch
from domain.shared.errors import NotFound
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, canonical, digest
from tests.clock import CLOCK
from tests.domain.story import Story
from tests.workflows.worker_env import WorkerEnv
from workflows.messages import CommandRequest, Opening, OrderRequest, Receipt

T = TypeVar("T")

NUMBERS = count(1)
SETTLING_SECONDS = 30.0
ANSWER_SECONDS = 60.0


class Unsettled(Exception):
    """Engagement and change orders have not come to terms."""


class Live(Story):
    """A story whose every command goes to the engine, and whose state is what the engine says."""

    def __init__(
        self, env: WorkerEnv, loop: asyncio.AbstractEventLoop, deal: DealFile | str, begun: Story | None = None
    ) -> None:
        """Opens the engagement, or goes on from what is in the record; call it beside the loop."""
        self.engine, self.read, self._loop, self._begun = env.engine, env.read, loop, begun
        self.patience_for_change_orders = True
        self.number = begun.number if begun else EngagementId(f"ENG-2026-{next(NUMBERS):04d}")
        self.receipts: list[Receipt] = []
        self.sent: list[tuple[str, CommandRequest | OrderRequest]] = []
        self._keys = count(1)
        self._contents = Contents(env.database)
        super().__init__(deal)

    def do(  # type: ignore[override]  # a live command gives its receipt; the facts are in the record
        self, command: c.AnyCommand, by: str, *, channel: str = "api", house: tuple[str, ...] = ()
    ) -> Receipt:
        """One command by one person, as one update. Raises its refusal."""
        actor = Actor(person_id=by, channel=channel, house_roles=house)
        request = CommandRequest(id=self._key(), body=digest(command), actor=actor, command=command)
        return self._send(engagement_stream(self.number), request)

    def do_in_order(self, n: int, command: AnyOrderCommand, by: str, channel: str = "api") -> Receipt:  # type: ignore[override]
        """One command to a change order."""
        actor = Actor(person_id=by, channel=channel)
        request = OrderRequest(id=self._key(), body=digest(command), actor=actor, command=command)
        return self._send(change_stream(self.number, n), request)

    def draft(self, kind: DocumentKind, author: str | None = None) -> None:
        """A revision whose bytes are made up, and kept as a front door keeps them."""
        keep_parts(self._contents, self)
        super().draft(kind, author)

    def _key(self) -> str:
        return f"{self.number}-{next(self._keys)}"

    def _send(self, workflow_id: str, request: CommandRequest | OrderRequest) -> Receipt:
        receipt = self._wait_for(self.engine.command(workflow_id, request))
        self.receipts.append(receipt)
        self.sent.append((workflow_id, request))
        self.look()
        return receipt

    def _start(self) -> Engagement:
        if self._begun:
            self._wait_for(self.engine.go_on_from(engagement_stream(self.number), self._begun.state))
            return self._wait_for(self.engine.engagement(self.number))
        actor = Actor(person_id=self.deal.salesperson)
        self._wait_for(self.engine.open(Opening(command=self.opening(), actor=actor)))
        return self._wait_for(self.engine.engagement(self.number))

    def look(self) -> None:
        """Takes the state as it is now, once engagement and change orders have heard each other out."""
        until = time.monotonic() + SETTLING_SECONDS
        while not self._has_settled():
            if time.monotonic() > until:
                raise Unsettled(f"{self.number} and its change orders have not come to terms")
            time.sleep(0.02)

    def _has_settled(self) -> bool:
        self.state = self._read_engagement()
        try:
            self.orders = {n: self._order(n) for n in self.state.changes}
        except Unsettled:
            return not self.patience_for_change_orders
        return True

    def _read_engagement(self) -> Engagement:
        """From the read model, or from the workflow where the record lags behind."""
        known, stream = self.read.engagement(self.number), engagement_stream(self.number)
        answered = max((receipt.sequence for receipt in self.receipts if receipt.stream == stream), default=1)
        if known is not None and known.seq >= answered:
            return known
        return self._wait_for(self.engine.engagement(self.number))

    def _order(self, n: int) -> ChangeOrder:
        order, change = self._read_order(n), self.state.changes[n]
        if order.reports and change.last_report != order.reports[-1].number:
            raise Unsettled(f"change {n} has reported {order.reports[-1]}, heard was {change.last_report}")
        if change.status.is_open and order.brief != brief_for(self.state, n):
            raise Unsettled(f"change {n} was not told what is so now")
        return order

    def _read_order(self, n: int) -> ChangeOrder:
        known, stream = self.read.change_order(self.number, n), change_stream(self.number, n)
        answered = max((receipt.sequence for receipt in self.receipts if receipt.stream == stream), default=1)
        if known is not None and known.seq >= answered:
            return known
        try:
            return self._wait_for(self.engine.change_order(stream))
        except NotFound as missing:
            raise Unsettled(f"change {n} does not run") from missing

    def _wait_for(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(ANSWER_SECONDS)


def keep_parts(contents: Contents, story: Story) -> None:
    """What the next revision of a document is made of."""
    for part in ("source", "rendered"):
        contents.keep(canonical(f"{part} {story.state.seq}"))


class Beforehand(Story):
    """A story that the domain alone has decided, in the hours before; it is then put into the record."""

    def __init__(self, env: WorkerEnv, deal: str) -> None:
        self.number = EngagementId(f"ENG-2026-{next(NUMBERS):04d}")
        self.env, self.contents = env, Contents(env.database)
        super().__init__(deal, starts=CLOCK() - timedelta(hours=3))

    def draft(self, kind: DocumentKind, author: str | None = None) -> None:
        keep_parts(self.contents, self)
        super().draft(kind, author)

    def record(self) -> "Beforehand":
        """Writes the facts, in batches as a workflow does."""
        records, facts = Records(self.env.database, self.env.states), list(self.facts)
        while facts:
            batch = first_batch(engagement_stream(self.number), facts)
            records.append(batch)
            facts = facts[len(batch.facts) :]
        return self


class Playing:
    """The same, for tests: each step is awaited."""

    def __init__(self, story: Live) -> None:
        self.story = story

    @property
    def number(self) -> EngagementId:
        """The engagement's number."""
        return self.story.number

    @property
    def state(self) -> Engagement:
        """The engagement as it was after the last step."""
        return self.story.state

    async def do(self, act: Callable[[Live], T]) -> T:
        """Lets somebody act: `await live.do(lambda story: story.propose("finance"))`."""
        return await asyncio.to_thread(act, self.story)

    async def until(self, so: Callable[[Story], Any]) -> "Playing":
        """Plays on until something is so."""
        await asyncio.to_thread(self.story.until, so)
        return self

    async def to(self, stage: Stage) -> "Playing":
        """Plays on until the engagement is at a stage."""
        return await self.until(lambda story: story.state.stage is stage)

    async def play(self) -> "Playing":
        """Plays to the close."""
        return await self.to(Stage.CLOSED)

    async def step(self, steps: int = 1) -> str | None:
        """Plays on by some steps; gives what was done last, None at the end."""
        done = None
        for _ in range(steps):
            done = await asyncio.to_thread(next, self.story.rest, None)
        return done

    async def look(self) -> Engagement:
        """The engagement as the engine has it now."""
        await asyncio.to_thread(self.story.look)
        return self.story.state


async def begin(env: WorkerEnv, deal: DealFile | str = "halden") -> Playing:
    """Opens an engagement in the engine, to be played."""
    return Playing(await asyncio.to_thread(Live, env, asyncio.get_running_loop(), deal))


async def begin_at(env: WorkerEnv, stage: Stage, deal: str = "lindqvist") -> Playing:
    """An engagement that has come to a stage, from whose record the engine goes on: for tests that begin there."""

    def go_on() -> Live:
        begun = Beforehand(env, deal)
        begun.to(stage)
        return Live(env, loop, deal, begun.record())

    loop = asyncio.get_running_loop()
    return Playing(await asyncio.to_thread(go_on))


def due_of(moment: datetime | None) -> str:
    """A moment as the tests' tables write it: `Tue 03 Nov 10:00` in UTC."""
    return f"{moment:%a %d %b %H:%M}" if moment else "never"
