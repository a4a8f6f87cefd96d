"""A worker that dies when an engagement has heard of the directory and nobody has noted that it has.

python -m tests.workflows.fragile_sync 2      # dies after the second word
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from activities.directory_sync import DirectorySyncActivities
from adapters.db.database import open_database
from adapters.db.installation import Installation
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from adapters.db.registry import Registry
from adapters.temporal.client import connect
from application.directory_sync.sync import DirectorySync
from application.gateway import WorkflowGateway
from settings import Settings
from worker import build_worker


class Fatal(WorkflowGateway):
    """An engine whose user is killed once a number of commands are answered."""

    commands_left = 1

    async def command(self, workflow_id: str, request: Any) -> Any:
        receipt = await super().command(workflow_id, request)
        self.commands_left -= 1
        if self.commands_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return receipt


async def run(commands: int) -> None:
    """Works until it dies."""
    settings = Settings()
    database = open_database(settings.database)
    client = await connect(settings.temporal)
    engine = Fatal(client, settings.task_queue, settings.clock, Installation(database))
    engine.commands_left = commands
    sync = DirectorySync(engine, Registry(database), ReadModel(database), PeopleOperations(database))
    with ThreadPoolExecutor(8) as threads:
        activities = DirectorySyncActivities(sync).activities
        async with build_worker(client, settings.task_queue, Records(database), threads, *activities):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
