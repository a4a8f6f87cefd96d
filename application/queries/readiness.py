"""Whether this process can serve, and what it waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

import anyio
import anyio.to_thread

from application.context import STORE_AWAY, Interlock
from domain.shared.errors import (
    IntegrityBroken,
    Refusal,
    Refused,
)

# Seconds that a readiness check waits for each answer at most.
READY_PATIENCE = 2.0


class Ready(NamedTuple):
    """What must answer before work can be done, and why something does not, if that is known."""

    engine: bool
    worker: bool
    database: bool
    writes: bool
    is_foreign: bool = False
    """The engine belongs to another installation: no worker works beside it."""
    directory: Refused | None = None
    """The directory is not what was written: no one is let in, and no deal begins."""


async def is_ready(app: Interlock) -> Ready:
    """Checks engine, worker, database and its write turn. Each check is bounded in time."""
    damaged = asyncio.ensure_future(_damage_of_directory(app))
    engine, worker, counted, installed, writes, own = await asyncio.gather(
        _in_time(app.engine.is_reachable),
        _in_time(app.engine.is_worked_on),
        _in_time(lambda: _answers(app.read.by_stage)),
        _in_time(lambda: _answers(app.installation.try_to_read)),
        _in_time(lambda: _answers(app.inbox.try_to_write)),
        _in_time(app.engine.is_own),
    )
    answers = counted and installed
    is_foreign = engine and answers and not own  # another installation's worker answers for that one
    wrong = await damaged
    database = answers and wrong is None
    return Ready(engine, worker and (own or not answers), database, writes, is_foreign, wrong)


async def _damage_of_directory(app: Interlock) -> Refused | None:
    def look() -> Refused | None:
        try:
            app.registry.sound_directory()
        except IntegrityBroken as damaged:
            return damaged.refused
        return None

    with anyio.move_on_after(READY_PATIENCE), suppress(Refusal, *STORE_AWAY):
        return await anyio.to_thread.run_sync(look, abandon_on_cancel=True)
    return None


class Paused(NamedTuple):
    """What an operator must repair although everything answers: null if that cannot be read now."""

    new_deals: bool | None = None
    """True while none are accepted."""
    quarantined: int | None = None
    """Engagements and change orders that cannot be changed until they are reconciled."""
    contradicted: bool | None = None
    """True while the record is not what the newest signed head says."""


async def paused_now(app: Interlock) -> Paused:
    """What is paused. Bounded in time."""

    def look() -> Paused:
        return Paused(
            new_deals=bool(app.installation.stopped()),
            quarantined=app.standings.how_many_quarantined(),
            contradicted=bool(app.installation.contradicted()),
        )

    with anyio.move_on_after(READY_PATIENCE), suppress(Refusal, *STORE_AWAY):
        return await anyio.to_thread.run_sync(look, abandon_on_cancel=True)
    return Paused()


async def _in_time(look: Callable[[], Awaitable[bool]]) -> bool:
    with anyio.move_on_after(READY_PATIENCE), suppress(Refusal, *STORE_AWAY):
        return await look()
    return False


async def _answers(call: Callable[[], object]) -> bool:
    try:
        await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
    except Exception:
        return False
    return True
