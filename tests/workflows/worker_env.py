"""Where workflows live in tests: a real Temporal server that can be killed, a worker here or in its own process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, WorkflowRunner

from activities.digests import Digester
from activities.recording import Record
from adapters.clock import OFFSET_FILE
from adapters.db.digests import Digests
from adapters.db.installation import Installation
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from adapters.db.registry import Registry
from adapters.db.stored_state import StateCache
from adapters.processes.ports import listens
from adapters.temporal.client import DATA_CONVERTER, connect, kinds_of
from adapters.temporal.server import temporal_command
from application.gateway import WorkflowGateway
from tests.clock import CLOCK
from tests.databases import migrated
from tests.ports import free_ports
from tests.workflow_sandbox import sandbox
from worker import BUILD, RUNNER, WORKFLOWS, build_worker
from workflows.directory_sync import DIRECTORY_SYNC
from workflows.installation import INSTALLATION
from workflows.search_attributes import ALL

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0
QUEUES = count(1)


class KillableProcess:
    """A process that can be started, killed without warning, and started again."""

    def __init__(self, command: list[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.command, self.log, self.env = command, log, env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; its words go to the log."""
        with self.log.open("ab") as out:
            env = {**os.environ, **(self.env or {})}
            self.process = subprocess.Popen(
                self.command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env, cwd=ROOT
            )

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Asks it to end, and waits."""
        self._end(signal.SIGTERM)

    async def has_ended(self) -> bool:
        """True once it is dead, by whatever cause."""
        return self.process is not None and self.process.poll() is not None

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.is_running():
            self.process.send_signal(how)
            self.process.wait(PATIENCE_SECONDS)


class TemporalServer(KillableProcess):
    """A Temporal server on a database file of its own, as the embedded stack starts it."""

    def __init__(self, folder: Path) -> None:
        self.port, ui_port = free_ports(2)
        super().__init__(temporal_command(self.port, ui_port, folder / "temporal.db", kinds_of(ALL)), folder / "log")

    @property
    def address(self) -> str:
        """Where clients reach it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        super().start()
        until = time.monotonic() + PATIENCE_SECONDS
        while not listens(self.port):
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, "the Temporal server is not ready"
            time.sleep(0.05)


@dataclass(repr=False)  # as `tests.stack.Callers`
class WorkerEnv:
    """A worker's surroundings: client, queue, engine, the record's database."""

    client: Client
    queue: str
    engine: WorkflowGateway
    database: Database
    url: str
    states: StateCache
    read: ReadModel

    def beside(self) -> "WorkerEnv":
        """On the same server and record with a queue of its own, so that another worker can live there."""
        queue = f"interlock-{next(QUEUES)}"
        return replace(
            self, queue=queue, engine=WorkflowGateway(self.client, queue, CLOCK, Installation(self.database))
        )

    async def events_of(self, workflow_id: str) -> int:
        """How many events the history of the present run has."""
        described = await self.client.get_workflow_handle(workflow_id).describe()
        return described.history_length


@asynccontextmanager
async def worker_env(client: Client, folder: Path) -> AsyncIterator[WorkerEnv]:
    """An environment without a worker."""
    await _end_what_stands_once(client)
    database = migrated(folder / "interlock.db")
    queue, states = f"interlock-{next(QUEUES)}", StateCache()
    engine = WorkflowGateway(client, queue, CLOCK, Installation(database))
    yield WorkerEnv(client, queue, engine, database, str(database.url), states, ReadModel(database, states))
    database.dispose()
    with suppress(RPCError):  # a server of the test's own may have ended
        await _end_what_stands_once(client)


async def _end_what_stands_once(client: Client) -> None:
    """Makes the server nobody's again.

    What says whose it is, and what tells the directory, have one id on a server: of another environment's,
    the next would take no deals, or wait for what nobody carries out.
    """
    for workflow_id in (INSTALLATION, DIRECTORY_SYNC):
        try:
            await client.get_workflow_handle(workflow_id).terminate("another environment's")
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


@asynccontextmanager
async def running_worker(
    env: WorkerEnv,
    record: Record | None = None,
    others: Iterable[Callable[..., Any]] = (),
    runner: WorkflowRunner | None = None,
) -> AsyncIterator[WorkerEnv]:
    """The environment with a worker in this process, which carries out these other activities too.

    Workflows run in the sandbox, unless a runner is given.
    """
    record = record or Records(env.database, env.states)
    digests = Digester(Digests(env.database, Registry(env.database, CLOCK), CLOCK)).queue_page
    with ThreadPoolExecutor(8) as threads:
        async with build_worker(env.client, env.queue, record, threads, digests, *others, runner=runner or sandbox()):
            yield env


async def finish(client: Client, queue: str) -> None:
    """Terminates what still runs on a queue: an interpreter that ends under a running workflow can crash."""
    running = f"TaskQueue = '{queue}' AND ExecutionStatus = 'Running'"
    for _ in range(3):
        async for workflow in client.list_workflows(running):
            with suppress(RPCError):
                await client.get_workflow_handle(workflow.id).terminate("the test is over")
        await asyncio.sleep(0.1)


async def replay(env: WorkerEnv, workflow_id: str) -> None:
    """Replays what a workflow has done as a worker would that has never seen it: in the sandbox, and as in production.

    Raises NondeterminismError.
    """
    for runner in (sandbox(), RUNNER):
        replayer = Replayer(workflows=WORKFLOWS, workflow_runner=runner, data_converter=DATA_CONVERTER, build_id=BUILD)
        for history in await runs_of(env.client, workflow_id):
            await replayer.replay_workflow(history)


async def runs_of(client: Client, workflow_id: str) -> list[WorkflowHistory]:
    """The history of each run of a workflow, the first first: a long one is continued as new."""
    found = [await client.get_workflow_handle(workflow_id).fetch_history()]
    while run := found[0].events[0].workflow_execution_started_event_attributes.continued_execution_run_id:
        found.insert(0, await client.get_workflow_handle(workflow_id, run_id=run).fetch_history())
    return found


async def eventually(so: Callable[[], Awaitable[object]], patience: float = PATIENCE_SECONDS) -> None:
    """Waits until something is so. Raises TimeoutError."""
    async with asyncio.timeout(patience):
        while not await so():  # noqa: ASYNC110 -- what is waited for happens in other processes
            await asyncio.sleep(0.05)


async def connected(address: str) -> Client:
    """A client, once the server takes one."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            client = await connect(address)
            await client.count_workflows()
        except (RuntimeError, RPCError):
            assert time.monotonic() < until, "the Temporal server does not answer"
            await asyncio.sleep(0.1)
        else:
            return client


def worker_process(env: WorkerEnv, server: TemporalServer, log: Path) -> KillableProcess:
    """The worker as it is in production: a process of its own."""
    home = log.parent
    (home / OFFSET_FILE).write_text(f"{CLOCK.offset.total_seconds():.0f}\n")
    chosen = {
        "INTERLOCK_MODE": "development",
        "INTERLOCK_HOME": str(home),
        "INTERLOCK_DATABASE_URL": env.url,
        "INTERLOCK_TEMPORAL_ADDRESS": server.address,
        "INTERLOCK_TASK_QUEUE": env.queue,
    }
    return KillableProcess([sys.executable, "-m", "worker"], log, chosen)
