"""Tells engagements what the directory says now, a page of them at a time."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from temporalio import activity

from domain.values import Value

BEAT_SECONDS = 2.0
"""How often a page that is being told says that its worker lives: its death is noticed soon."""


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT_SECONDS)


class Errand(Value):
    """One operation on the directory, or everything there is to say (no version), from an engagement on."""

    version: int | None = None
    after: str = ""


class Told(Value):
    """How many engagements a page reached, and after which the next begins; None: that was the last."""

    told: int
    refused: int
    unreached: int
    next_after: str | None


class Spread(Protocol):
    """Who knows the operations, and how to reach engagements."""

    async def keep_schedules(self) -> None:
        """Sees to the digests of each zone in which somebody works. Logs what is in the way; nobody waits for it."""

    async def unspread(self, after: int) -> int | None:
        """The oldest operation after this one of which not every engagement has heard."""

    async def tell_page(self, errand: Errand) -> Told:
        """Tells the next engagements concerned; telling one twice changes nothing."""

    async def finish(self, version: int) -> None:
        """Notes that every engagement has heard of an operation."""


class Spreader:
    """Holds the way to the engagements for the worker's life."""

    def __init__(self, spread: Spread) -> None:
        self._spread = spread

    @property
    def activities(self) -> tuple[Callable[..., Any], ...]:
        """All of them, as a worker takes them."""
        return self.keep_schedules, self.unspread, self.tell_page, self.finish

    @activity.defn(name="keep_schedules")
    async def keep_schedules(self) -> None:
        await self._spread.keep_schedules()

    @activity.defn(name="unspread_operation")
    async def unspread(self, after: int) -> int | None:
        return await self._spread.unspread(after)

    @activity.defn(name="tell_engagements")
    async def tell_page(self, errand: Errand) -> Told:
        beating = asyncio.create_task(_beat())
        try:
            return await self._spread.tell_page(errand)
        finally:
            beating.cancel()

    @activity.defn(name="finish_operation")
    async def finish(self, version: int) -> None:
        await self._spread.finish(version)
