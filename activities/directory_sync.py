"""Tells engagements what the directory says now, a page of them at a time."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from temporalio import activity

from domain.shared.values import Value

# How often a page that is being told says that its worker lives: its death is noticed soon.
BEAT_SECONDS = 2.0


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT_SECONDS)


class SyncPage(Value):
    """One operation on the directory, or everything there is to say (no version), from an engagement on."""

    version: int | None = None
    after: str = ""


class SyncedPage(Value):
    """How many engagements a page reached, and after which the next begins; None: that was the last."""

    told: int
    refused: int
    unreached: int
    next_after: str | None


class SyncGateway(Protocol):
    """Who knows the operations, and how to reach engagements."""

    async def keep_schedules(self) -> None:
        """Sees to the digests of each zone in which somebody works. Logs what is in the way; nobody waits for it."""

    async def pending_version(self, after: int) -> int | None:
        """The oldest operation after this one of which not every engagement has heard."""

    async def tell_page(self, errand: SyncPage) -> SyncedPage:
        """Tells the next engagements concerned; telling one twice changes nothing."""

    async def finish(self, version: int) -> None:
        """Notes that every engagement has heard of an operation."""


class DirectorySyncActivities:
    """Holds the way to the engagements for the worker's life."""

    def __init__(self, spread: SyncGateway) -> None:
        self._spread = spread

    @property
    def activities(self) -> tuple[Callable[..., Any], ...]:
        """All of them, as a worker takes them."""
        return self.keep_schedules, self.pending_version, self.tell_page, self.finish

    @activity.defn(name="keep_schedules")
    async def keep_schedules(self) -> None:
        await self._spread.keep_schedules()

    @activity.defn(name="next_pending_version")
    async def pending_version(self, after: int) -> int | None:
        return await self._spread.pending_version(after)

    @activity.defn(name="sync_engagements")
    async def tell_page(self, errand: SyncPage) -> SyncedPage:
        beating = asyncio.create_task(_beat())
        try:
            return await self._spread.tell_page(errand)
        finally:
            beating.cancel()

    @activity.defn(name="finish_version")
    async def finish(self, version: int) -> None:
        await self._spread.finish(version)
