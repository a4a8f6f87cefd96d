"""How a queue is worked off: what failed is tried again after a pause that grows, and given up in plain sight.

The inbox (`inbox/processor.py`) and the outbox (`notifications/dispatcher.py`) do it alike. What differs is whose a
row is meanwhile: each deferred command is leased by itself, since they need no order; of messages one process sends
all, so that each person's leave in order.
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
    """How long to wait after a failure, and after how many failures nobody foresaw it is given up."""

    first: timedelta
    longest: timedelta
    most: int

    def pause(self, failures: int) -> timedelta:
        """After so many failures before this one."""
        doubled: int = 2 ** min(failures, MAX_DOUBLINGS)
        return min(self.first * doubled, self.longest)

    def are_over(self, failures: int) -> bool:
        """True where it is tried no more after so many failures."""
        return failures >= self.most


async def until_stopped(stop: asyncio.Event, every: float, work: Callable[[], Awaitable[None]], event: str) -> None:
    """Works again and again, `every` so many seconds; what fails is logged as `event` and does not end it."""
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
    """Logs what nobody foresaw; gives the id that people are told, under which the log has it."""
    number = uuid.uuid4().hex[:12]
    log.error(event, id=number, exc_info=error, **about)
    return number
