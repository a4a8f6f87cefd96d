"""Runs queries outside the event loop."""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio.to_thread

T = TypeVar("T")
Given = TypeVarTuple("Given")


async def off_loop(call: Callable[[*Given], T], *given: *Given) -> T:
    """Runs a query in a thread, so that a slow database does not block the event loop."""
    return await anyio.to_thread.run_sync(call, *given)
