"""Tracks receipts that readers had not reached when they were given: refusals based on reads wait for these."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from cachetools import FIFOCache

MAX_REMEMBERED = 1_000
# How long a new process allows for receipts given by the one before it; readers reach them sooner.
UNKNOWN_SECONDS = 10.0
# How long a caller waits for readers at most.
PATIENCE_SECONDS = 1.0


class Lag:
    """The newest receipt of each stream that readers have not reached; beyond a bound the oldest are forgotten.

    For the first `unknown_for` seconds each stream may be behind a receipt that another process gave.
    """

    def __init__(self, unknown_for: float = 0.0, patience: float = PATIENCE_SECONDS) -> None:
        self._wanted: FIFOCache[str, int] = FIFOCache(MAX_REMEMBERED)
        self._known_from = time.monotonic() + unknown_for
        self._patience = patience

    def given(self, stream: str, sequence: int) -> None:
        """A receipt was given."""
        self._wanted[stream] = max(sequence, self._wanted.pop(stream, 0))

    def reached(self, stream: str, sequence: int) -> None:
        """Readers have come as far as this."""
        if self._wanted.get(stream, sequence + 1) <= sequence:
            del self._wanted[stream]

    def is_behind(self, stream: str) -> bool:
        """True while readers have not reached the newest receipt of a stream, or may not have."""
        return stream in self._wanted or self._may_not_know()

    async def caught_up(self, stream: str, wait: Callable[[int], Awaitable[object]]) -> bool:
        """True if there was, or may have been, a receipt to wait for, and it was waited for."""
        sequence = self._wanted.get(stream)
        if sequence is not None:
            await wait(sequence)
        elif self._may_not_know():
            await asyncio.sleep(self._patience)
        else:
            return False
        return True

    def _may_not_know(self) -> bool:
        return time.monotonic() < self._known_from
