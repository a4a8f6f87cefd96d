"""The worker: wires workflows and their activities together, and runs them."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from activities.digests import Digester
from activities.directory_sync import DirectorySyncActivities
from activities.recording import MAX_BATCH, Record, Recorder
from activities.tree_heads import HeadTaker
from adapters.console_commands import what_to_do
from adapters.db.database import open_database
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.digests import Digests
from adapters.db.installation import Installation
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.records import Records, bring_up_to_date
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.tree_head import open_key
from adapters.files.tree_heads import HeadKeeper
from adapters.logs import configure_logs
from adapters.processes.part import STANDBY, await_turn, beat, freeze_gc, pulse_file
from adapters.temporal.client import connect, require_search_attributes
from application.commands.people import sync_engagements
from application.directory_sync.sync import DirectorySync
from application.gateway import WorkflowGateway
from application.off_loop import off_loop
from application.reconciliation.compare import Stores, keep_comparing, until_foreign, until_own
from domain.shared.errors import Refusal
from settings import Settings
from workflows.change_order import ChangeOrderWorkflow
from workflows.directory_sync import DirectorySyncWorkflow
from workflows.engagement import EngagementWorkflow
from workflows.installation import InstallationWorkflow
from workflows.portfolio_digest import PortfolioDigestWorkflow
from workflows.search_attributes import ALL
from workflows.tree_heads import TreeHeadsWorkflow

# Given explicitly, since the SDK would otherwise hash every module it finds, which takes seconds at each start.
BUILD = f"interlock-{version('interlock')}"
WORKFLOWS = [
    EngagementWorkflow,
    ChangeOrderWorkflow,
    PortfolioDigestWorkflow,
    DirectorySyncWorkflow,
    InstallationWorkflow,
    TreeHeadsWorkflow,
]
# No sandbox, which takes a tenth of a decision's time: the linter forbids clocks, randomness and I/O in `domain` and
# `workflows` (`deterministic.toml`), and the tests run and replay both in the sandbox and without it.
RUNNER = UnsandboxedWorkflowRunner()
MAX_ENGAGEMENTS_IN_MEMORY = 2000
# How long a crashed worker's engagements wait before another takes them over: the default is ten seconds.
STICKY = timedelta(seconds=1)
# Threads for writes that are not batched.
WRITERS = 8
# How long a stopping worker waits for batches that are being written.
FINISHING = timedelta(seconds=5)

# Seconds after which an operation on the directory is found although no one was notified of it.
LOST_WAKE_UP = 60.0

# Seconds between two checks that the engine belongs to this record: it may be replaced under a running worker.
MET_EVERY = 2.0
# Seconds between two comparisons of record and engine; the first is at start.
COMPARED_EVERY = 3600.0

log = structlog.get_logger()


def build_worker(
    client: Client,
    task_queue: str,
    record: Record,
    threads: ThreadPoolExecutor,
    *others: Callable[..., Any],
    runner: WorkflowRunner = RUNNER,
) -> Worker:
    """A worker that runs all workflows, writes to this record, and carries out these other activities."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[*Recorder(record).activities, *others],
        activity_executor=threads,
        workflow_runner=runner,
        max_cached_workflows=MAX_ENGAGEMENTS_IN_MEMORY,
        max_concurrent_activities=WRITERS,
        max_concurrent_local_activities=2 * MAX_BATCH,  # those being written, and those that arrive meanwhile
        graceful_shutdown_timeout=FINISHING,
        build_id=BUILD,
        sticky_queue_schedule_to_start_timeout=STICKY,
    )


async def run(settings: Settings) -> None:
    """Works until stopped; work in progress is finished first."""
    engine = open_database(settings.database)
    bring_up_to_date(engine)
    client = await connect(settings.temporal, settings.temporal_namespace)
    await require_search_attributes(client, ALL)
    clock = settings.clock
    registry = Registry(engine, clock)
    digester = Digester(Digests(engine, registry, clock))
    heads = HeadTaker(HeadKeeper(engine, open_key(settings.folder), settings.heads_folder, clock))
    installation = Installation(engine)
    once = await connect(settings.temporal, settings.temporal_namespace, lazily=True, repeats=False)
    workflows = WorkflowGateway(client, settings.task_queue, clock, installation, once)
    operations = PeopleOperations(engine, clock)
    directory_sync = DirectorySyncActivities(DirectorySync(workflows, registry, ReadModel(engine), operations, clock))
    stop = asyncio.Event()
    for signalled in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signalled, stop.set)
    stores = Stores(workflows, StreamStatuses(engine, clock), installation, DealsBeingStarted(engine), clock)
    beating = asyncio.create_task(beat(pulse_file(settings.folder, "worker")))
    others: tuple[Callable[..., Any], ...] = (digester.queue_page, heads.take_head, *directory_sync.activities)
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="record") as threads:
        while await _until(stop, until_own(stores, MET_EVERY)):
            async with build_worker(client, settings.task_queue, Records(engine), threads, *others):
                freeze_gc()
                log.info("worker.started", temporal=settings.temporal, task_queue=settings.task_queue)
                # Run beside the wait, so that a slow server cannot keep the worker from stopping.
                beside = (_see_to_the_directory(stores, operations), keep_comparing(stores, COMPARED_EVERY))
                await _until(stop, until_foreign(stores, MET_EVERY), *beside)
            log.info("worker.stopped")
    beating.cancel()
    engine.dispose()


async def _until(stop: asyncio.Event, one: Coroutine[Any, Any, None], *beside: Coroutine[Any, Any, None]) -> bool:
    """Runs `one` to its end, with others beside it until then. False if it was stopped before."""
    ending, told = asyncio.create_task(one), asyncio.create_task(stop.wait())
    tasks = {ending, told, *map(asyncio.create_task, beside)}
    try:
        await asyncio.wait({ending, told}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            return False
        await ending
        return True
    finally:
        for task in tasks:
            task.cancel()


async def _see_to_the_directory(stores: Stores, operations: PeopleOperations) -> None:
    """Tells engagements of directory operations at start, and later any that the worker was not notified of.

    It is not if the engine was unavailable, or if the directory was imported on the machine itself. An operation that
    concerns no engagement still has its schedules created.
    """
    synced_up_to = -1
    while True:
        try:
            newest = await off_loop(operations.newest_number)
            if (
                newest != synced_up_to or await off_loop(operations.pending_version) is not None
            ) and await sync_engagements(stores):
                synced_up_to = newest
        except Exception:  # retried a minute later: an error must not end the watch
            log.exception("directory.not_looked_at")
        await asyncio.sleep(LOST_WAKE_UP)


def main() -> None:
    """Entry point of the worker process."""
    if STANDBY in sys.argv:
        await_turn()
    configure_logs()
    try:
        asyncio.run(run(Settings()))
    except Refusal as refusal:  # stored data is damaged, or Temporal does not answer: the supervisor reports it
        sys.exit(f"{refusal.refused.detail} {what_to_do(refusal.refused)}")


if __name__ == "__main__":
    main()
