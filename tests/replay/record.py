"""Records histories of the sample deals for a new release, to be replayed by every version that comes after it.

    python -m tests.replay.record            # of the version in pyproject.toml
    python -m tests.replay.record 0.2.0

A release is recorded once. A history that does not replay any more is not recorded again: the code is mended.
"""

import asyncio
import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from domain.shared.streams import change_stream, engagement_stream
from tests.domain.story import FILES
from tests.replay.histories import FINGERPRINTS, fingerprint, known_fingerprints, load, name_of, store
from tests.workflows.live import begin
from tests.workflows.worker_env import TemporalServer, WorkerEnv, connected, running_worker, runs_of, worker_env


async def record(release: str) -> None:
    """Plays the three deals and keeps the histories of their engagements and change orders."""
    with tempfile.TemporaryDirectory() as folder:
        server = TemporalServer(Path(folder))
        server.start()
        try:
            client = await connected(server.address)
            async with worker_env(client, Path(folder)) as env, running_worker(env):
                for deal in FILES:
                    await _record_deal(env, release, deal)
        finally:
            server.stop()


async def _record_deal(env: WorkerEnv, release: str, deal: str) -> None:
    live = await (await begin(env, deal)).play()
    streams = {deal: engagement_stream(live.number)}
    streams |= {f"{deal}-change-{n}": change_stream(live.number, n) for n in live.state.changes}
    known = known_fingerprints() if FINGERPRINTS.exists() else {}
    for name, stream in streams.items():
        await env.client.get_workflow_handle(stream).result()
        for run, history in enumerate(await runs_of(env.client, stream), 1):
            path = store(release, name if run == 1 else f"{name}-run-{run}", history)
            known[name_of(path)] = fingerprint(load(path))
    FINGERPRINTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1] if len(sys.argv) > 1 else version("interlock")))
