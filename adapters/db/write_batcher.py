"""Batches concurrent writes into one transaction: they wait for the write lock, and for the disk, only once.

Weighed: one transaction per write (if the lock is contended, the tenth waits ten times), a thread that writes at
intervals (everyone waits for it, even if nothing else comes), and this: a write that finds none in progress runs at
once, and what arrives meanwhile is written together next.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import anyio.to_thread

from adapters.db.database import DATABASE_AWAY

T = TypeVar("T")
R = TypeVar("R")

# Writes per transaction.
MOST = 200


class WriteBatcher(Generic[T, R]):
    """Batches one kind of write for the tasks of one event loop; each gets its own answer."""

    def __init__(self, write: Callable[[Sequence[T]], Sequence[R]], most: int = MOST) -> None:
        """`write` does all or nothing of what it is given, at most `most`, and answers for each in order."""
        self._write, self._most = write, most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, given: T) -> R:
        """Returns once it is written. Raises what its own write raised, never what another's did."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, answer))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_what_waits())
        return await answer

    async def _write_what_waits(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                if not await self._written(batch, alone=len(batch) == 1):
                    for one in batch:
                        await self._written([one], alone=True)
        finally:
            self._writer = None

    async def _written(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]], *, alone: bool) -> bool:
        """False if a batch of several failed, of which some may succeed on their own."""
        try:
            answers = await anyio.to_thread.run_sync(self._write, [given for given, _ in batch])
        except DATABASE_AWAY as away:  # this is so for each of them, and each would wait for it again
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(away)
            return True
        except Exception as error:
            if alone and not batch[0][1].done():
                batch[0][1].set_exception(error)
            return alone
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():  # a cancelled caller no longer waits
                waiting.set_result(answer)
        return True
