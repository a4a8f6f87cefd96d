"""Tells engagements what the directory says now, a page of them at a time."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from temporalio import activity

from domain.shared.values import Value

# How often a page in progress sends a heartbeat, so that a dead worker is noticed soon.
BEAT_SECONDS = 2.0


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT_SECONDS)


class SyncPage(Value):
    """A page of engagements to be told of one operation on the directory, or of all of it (no version)."""

    version: int | None = None
    after: str = ""


class SyncedPage(Value):
    """How many engagements a page reached, and after which one the next page begins; None: that was the last."""

    told: int
    refused: int
    unreached: int
    next_after: str | None


class SyncGateway(Protocol):
    """Reads the directory's operations and reaches the engagements."""

    async def keep_schedules(self) -> None:
        """Updates the digest schedules of every zone in which someone works. Logs errors, as no one waits for it."""

    async def pending_version(self, after: int) -> int | None:
        """The oldest operation after this one that not every engagement has processed."""

    async def tell_page(self, page: SyncPage) -> SyncedPage:
        """Tells the next engagements concerned; telling one twice changes nothing."""

    async def finish(self, version: int) -> None:
        """Notes that every engagement has processed an operation."""


class DirectorySyncActivities:
    """Keeps the gateway to the engagements for the worker's life."""

    def __init__(self, sync: SyncGateway) -> None:
        self._sync = sync

    @property
    def activities(self) -> tuple[Callable[..., Any], ...]:
        """All of them, for a worker to register."""
        return self.keep_schedules, self.pending_version, self.tell_page, self.finish

    @activity.defn(name="keep_schedules")
    async def keep_schedules(self) -> None:
        await self._sync.keep_schedules()

    @activity.defn(name="next_pending_version")
    async def pending_version(self, after: int) -> int | None:
        return await self._sync.pending_version(after)

    @activity.defn(name="sync_engagements")
    async def tell_page(self, page: SyncPage) -> SyncedPage:
        beating = asyncio.create_task(_beat())
        try:
            return await self._sync.tell_page(page)
        finally:
            beating.cancel()

    @activity.defn(name="finish_version")
    async def finish(self, version: int) -> None:
        await self._sync.finish(version)
