"""A worker that dies without a word, at the worst moment: the record is written and the engine does not know yet.

python -m tests.workflows.fragile_worker 3      # dies after the third batch
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from adapters.db.database import open_database
from adapters.db.migrating import migrate
from adapters.db.records import Records
from adapters.temporal.client import connect
from domain.record.facts import Appended, Batch
from settings import Settings
from worker import build_worker


class Fatal(Records):
    """A record whose writer is killed once a number of batches are written."""

    batches_left = 1

    def keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        kept = super().keep_all(batches)
        self.batches_left -= len(batches)
        if self.batches_left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return kept


async def run(batches: int) -> None:
    """Works until it dies."""
    settings = Settings()
    engine = open_database(settings.database)
    migrate(engine)
    record = Fatal(engine)
    record.batches_left = batches
    client = await connect(settings.temporal)
    with ThreadPoolExecutor(8) as threads:
        async with build_worker(client, settings.task_queue, record, threads):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
