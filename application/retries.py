"""How a queue is processed: a failure is retried after a growing pause, and finally given up, visibly.

The inbox (`inbox/processor.py`) and the outbox (`notifications/dispatcher.py`) work alike. They differ in who owns a
row meanwhile: each deferred command is leased by itself, since they need no order; messages are all sent by one
process, so that each person's leave in order.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import structlog

log = structlog.get_logger()

MAX_DOUBLINGS = 10


class Retries(NamedTuple):
    """How long to wait after a failure, and after how many unforeseen failures to give up."""

    first: timedelta
    longest: timedelta
    most: int

    def pause(self, failures: int) -> timedelta:
        """The pause after so many failures before this one."""
        doubled: int = 2 ** min(failures, MAX_DOUBLINGS)
        return min(self.first * doubled, self.longest)

    def are_over(self, failures: int) -> bool:
        """True if no further attempt is made after so many failures."""
        return failures >= self.most


async def until_stopped(stop: asyncio.Event, every: float, work: Callable[[], Awaitable[None]], event: str) -> None:
    """Runs `work` again after each pause of `every` seconds; a failure is logged as `event` and ends nothing."""
    while not stop.is_set():
        try:
            await work()
        except Exception:
            log.exception(event)
        try:
            await asyncio.wait_for(stop.wait(), every)
        except TimeoutError:
            continue


def unforeseen(event: str, error: Exception, **about: str) -> str:
    """Logs an unforeseen error; returns the id under which people can find it in the log."""
    number = uuid.uuid4().hex[:12]
    log.error(event, id=number, exc_info=error, **about)
    return number
