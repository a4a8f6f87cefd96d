"""A worker that dies when it has queued a page of digests and the engine does not know yet.

python -m tests.workflows.fragile_digester 2      # dies after the second page; pages are of three people
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from activities.digests import Digester
from adapters.db.database import open_database
from adapters.db.digests import Digests
from adapters.db.records import Records
from adapters.db.registry import Registry
from adapters.temporal.client import connect
from domain.notifications.digest import PageDone, PeoplePage
from settings import Settings
from worker import build_worker

SIZE = 3


class Fatal(Digests):
    """Digests whose writer is killed once a number of pages are queued."""

    pages_left = 1

    def queue_page(self, page: PeoplePage) -> PageDone:
        done = super().queue_page(page)
        self.pages_left -= 1
        if self.pages_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done


async def run(pages: int) -> None:
    """Works until it dies."""
    settings = Settings()
    engine = open_database(settings.database)
    digests = Fatal(engine, Registry(engine), size=SIZE)
    digests.pages_left = pages
    client = await connect(settings.temporal)
    with ThreadPoolExecutor(8) as threads:
        activity = Digester(digests).queue_page
        async with build_worker(client, settings.task_queue, Records(engine), threads, activity):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
