"""Waits, briefly, until readers see what a receipt says."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_fixed

from adapters.db.one_look import look_again
from adapters.db.stream_status import StreamStatus
from application.context import Interlock
from application.off_loop import off_loop
from application.read_lag.unread_receipts import PATIENCE_SECONDS
from application.reconciliation.restart_from_record import CatchingUp
from domain.shared.errors import NOTHING_LOST, NotFound, quarantine_refusal
from workflows.messages import Receipt

T = TypeVar("T")

LAG_PAUSE_SECONDS = 0.02


async def until_visible(app: Interlock, receipt: Receipt) -> None:
    """Waits until the record has reached a receipt; one that lags longer is not waited for.

    Raises Quarantined if it never will: record and engine differ, and the decision was dropped.
    """
    app.lag.given(receipt.stream, receipt.sequence)
    standing = await _visible(app, receipt.stream, receipt.sequence)
    if standing is not None and standing.quarantined:
        raise quarantine_refusal(receipt.stream)


async def caught_up(app: Interlock, stream: str) -> bool:
    """Waits, briefly, until readers have reached the last receipt of a stream; False if they already have."""
    waited = await app.lag.caught_up(stream, lambda sequence: _visible(app, stream, sequence))
    if waited:
        look_again()
    return waited


async def read_when_there(app: Interlock, streams: Sequence[str], look: Callable[[], T]) -> T:
    """What `look` finds, retried a moment later if it raises NotFound while readers lag behind one of the streams.

    Its reader may see the engagement. Raises the NotFound of `look`, or CatchingUp if it may be among what readers have
    not reached yet.
    """
    try:
        return await off_loop(look)
    except NotFound:
        waited = await asyncio.gather(*(caught_up(app, stream) for stream in streams))
        if not any(waited):
            raise
    try:
        return await off_loop(look)
    except NotFound:
        if any(map(app.lag.is_behind, streams)):
            raise on_its_way() from None
        raise


def on_its_way() -> CatchingUp:
    """The refusal for what may exist, and cannot be read yet."""
    return CatchingUp(
        f"This is not visible yet. What was saved a moment ago may still be on its way. {NOTHING_LOST}",
        remedy="Look again in a moment.",
    )


async def _visible(app: Interlock, stream: str, sequence: int) -> StreamStatus | None:
    def reached() -> StreamStatus | None:
        standing = app.standings.of(stream)
        return standing if standing.quarantined or standing.seq >= sequence else None

    standing = await eventually(reached, PATIENCE_SECONDS)
    if standing is not None:
        app.lag.reached(stream, sequence)
    return standing


async def eventually(query: Callable[[], T], seconds: float) -> T | None:
    """Queries until the answer is not empty; None when the time is up."""
    try:
        return await AsyncRetrying(
            retry=retry_if_result(lambda answer: not answer),
            wait=wait_fixed(LAG_PAUSE_SECONDS),
            stop=stop_after_delay(seconds),
        )(off_loop, query)
    except RetryError:
        return None
