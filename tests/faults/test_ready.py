"""Readiness asks the worker itself: one that hangs or has gone is named, although the engine still lists it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from application.queries.readiness import Ready, is_ready
from composition import interlock_of
from settings import Settings
from tests.stack import temporal_server

__all__ = ["temporal_server"]


async def becomes(chosen: Settings, *, worker: bool, seconds: float = 40) -> Ready:
    """What is ready, once the worker is or is not."""
    app = await interlock_of(chosen)
    async with asyncio.timeout(seconds):
        while (found := await is_ready(app)).worker is not worker:  # noqa: ASYNC110 -- it is another process
            await asyncio.sleep(0.1)
    return found


async def test_a_worker_that_hangs_or_has_gone_is_not_ready(temporal_server: str, tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path, temporal_address=temporal_server, task_queue="ready")
    own = {"HOME": str(tmp_path), "TEMPORAL_ADDRESS": temporal_server, "TASK_QUEUE": "ready"}
    environment = os.environ | {f"INTERLOCK_{name}": value for name, value in own.items()}
    assert not (await is_ready(await interlock_of(chosen))).worker
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", "worker", env=environment)
    try:
        ready = await becomes(chosen, worker=True)
        assert all((ready.engine, ready.database, ready.writes))
        worker.send_signal(signal.SIGSTOP)
        hung = await becomes(chosen, worker=False, seconds=10)
        assert (hung.engine, hung.database, hung.is_foreign) == (True, True, False)
        worker.send_signal(signal.SIGCONT)
        await becomes(chosen, worker=True)
    finally:
        worker.kill()
        await worker.wait()
    await becomes(chosen, worker=False, seconds=10)
