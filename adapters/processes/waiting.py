"""Bounded waits that say what they wait for: at once, then every few seconds."""

import asyncio
import time
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()

# Seconds that do not count as a wait yet.
AT_ONCE = 0.3
AGAIN = 3.0


class BoundedWait:
    """A wait of at most so many seconds."""

    def __init__(self, what: str, at_most: float) -> None:
        self._what = what
        self._at_most = at_most
        self._since = time.monotonic()
        self._next = self._since + AT_ONCE

    def goes_on(self) -> bool:
        """Called at each poll: says what it waits for when that is due; returns False once the time is up."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + AGAIN
            log.warning("waits", what=self._what, seconds=round(now - self._since, 1), at_most=self._at_most)
        return now - self._since <= self._at_most


class Aloud:
    """Announces the steps of some work as they begin, and every few seconds what the current step waits for.

    Used as `async with`; it only reports and does not affect how or when the work ends.
    """

    def __init__(self) -> None:
        self._waits_for = ""
        self._since = time.monotonic()

    def begins(self, step: str, waits_for: str) -> None:
        """Begins a step: announces it at once, and says later what it may be waiting for."""
        log.info("begins", what=step)
        self.goes_on(waits_for)

    def goes_on(self, waits_for: str) -> None:
        """Continues the same step, which may now be waiting for something else; said only if it does wait."""
        self._waits_for, self._since = waits_for, time.monotonic()

    async def __aenter__(self) -> Self:
        """Starts reporting."""
        self._telling = asyncio.create_task(self._tell())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops reporting, however the work ended."""
        self._telling.cancel()

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            log.warning("waits", what=self._waits_for, seconds=round(time.monotonic() - self._since, 1))
