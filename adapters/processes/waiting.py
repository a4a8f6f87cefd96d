"""Nobody waits without a word: what is waited for is said at once, then every few seconds, and each wait has an end."""

import asyncio
import time
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger()

# Seconds that are no wait yet.
AT_ONCE = 0.3
AGAIN = 3.0


class BoundedWait:
    """One wait, for at most so many seconds."""

    def __init__(self, what: str, at_most: float) -> None:
        self._what = what
        self._at_most = at_most
        self._since = time.monotonic()
        self._next = self._since + AT_ONCE

    def goes_on(self) -> bool:
        """Called at each look: says that it waits, where it is time to; False once it has lasted too long."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + AGAIN
            log.warning("waits", what=self._what, seconds=round(now - self._since, 1), at_most=self._at_most)
        return now - self._since <= self._at_most


class Aloud:
    """Work whose steps are said as they begin, and every few seconds what the present one waits for.

    Used as `async with`; it only speaks: how the work ends, and when, is not its matter.
    """

    def __init__(self) -> None:
        self._waits_for = ""
        self._since = time.monotonic()

    def begins(self, step: str, waits_for: str) -> None:
        """The step that is done from now on, said at once, and what it may have to wait for."""
        log.info("begins", what=step)
        self.goes_on(waits_for)

    def goes_on(self, waits_for: str) -> None:
        """The same step, which may have to wait for something else now: said only where it does."""
        self._waits_for, self._since = waits_for, time.monotonic()

    async def __aenter__(self) -> Self:
        """Begins to tell."""
        self._telling = asyncio.create_task(self._tell())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it, however the work ended."""
        self._telling.cancel()

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            log.warning("waits", what=self._waits_for, seconds=round(time.monotonic() - self._since, 1))
