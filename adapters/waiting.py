"""Nobody waits without a word: what is waited for is said at once, then every few seconds, and each wait has an end."""

import time

import structlog

log = structlog.get_logger()

AT_ONCE = 0.3
"""Seconds that are no wait yet."""
AGAIN = 3.0


class Waiting:
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
