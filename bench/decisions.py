"""What a decision costs: this product against a bare Temporal workflow, and against one with a local record.

    python -m bench.decisions [--cases 48] [--rounds 3] [--at-once 16] [--json FILE]

All three run with the same embedded server settings, in one worker process, with the same client. A case is one
workflow that receives ten updates, one after the other; `at-once` cases run concurrently. Rounds of the three are
interleaved and medians are taken, so that a machine that slows down slows all of them. *raw* only counts its updates;
*recorded* also writes one row per decision by a local activity; *product* is an engagement from its first need to its
estimated scope, with ledger, read model and outbox. The figures are specific to the machine; the ratios are comparable
across machines.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import structlog
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.worker import Worker

from activities.recording import Recorder
from adapters.clock import SYSTEM_CLOCK
from adapters.db.database import open_database
from adapters.db.installation import Installation
from adapters.db.migrating import migrate
from adapters.db.records import Records
from adapters.processes.part import freeze_gc
from adapters.processes.ports import listens
from adapters.temporal.client import connect, kinds_of
from adapters.temporal.server import temporal_command
from bench.cases import BenchEngagement, open_engagement, ten_commands
from bench.workflows import Counted, OneRow, RawWorkflow, RecordedWorkflow
from tests.ports import free_ports
from worker import RUNNER, WORKFLOWS
from workflows.search_attributes import ALL

DECISIONS = 10
KINDS = ("raw", "recorded", "product")


class Round(NamedTuple):
    """The measurements of one round of one kind: decisions per second, seconds of each, CPU seconds per decision."""

    a_second: float
    latencies: list[float]
    cpu: float


class Weight(NamedTuple):
    """History events and bytes per decision."""

    events: float
    size: float


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    """The embedded Temporal server on a free port; yields its address and process id."""
    (port,) = free_ports(1)
    command = temporal_command(port, port + 1, folder / "temporal.db", kinds_of(ALL))
    command.insert(3, "--headless")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not listens(port):
            time.sleep(0.05)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(server_pid: int) -> float:
    """CPU seconds that this process and the server have used so far."""
    own, its = psutil.Process(os.getpid()).cpu_times(), psutil.Process(server_pid).cpu_times()
    return float(own.user + own.system + its.user + its.system)


class Bench:
    """The three kinds of case on one client."""

    def __init__(self, client: Client, queue: str, installation: Installation, server_pid: int) -> None:
        self.client, self.queue, self.installation, self.server_pid = client, queue, installation, server_pid
        self.started = 0

    async def case(self, kind: str) -> tuple[str, list[float]]:
        """One workflow and its ten decisions; returns its id and the seconds of each."""
        self.started += 1
        if kind == "product":
            opened = await open_engagement(self.client, self.queue, self.installation, self.started)
            return opened.workflow_id, await self._timed(self._engagement_calls(opened))
        workflow = RawWorkflow if kind == "raw" else RecordedWorkflow
        workflow_id = f"{kind}/{self.started}-{os.getpid()}"
        handle = await self.client.start_workflow(workflow.run, id=workflow_id, task_queue=self.queue)
        calls = [partial(handle.execute_update, "decide", n, result_type=Counted) for n in range(DECISIONS)]
        return workflow_id, await self._timed(calls)

    def _engagement_calls(self, opened: BenchEngagement) -> list[Callable[[], Awaitable[Any]]]:
        return [partial(opened.carry_out, command) for command in ten_commands(opened)]

    async def _timed(self, calls: Sequence[Callable[[], Awaitable[Any]]]) -> list[float]:
        seconds = []
        for call in calls:
            began = time.perf_counter()
            await call()
            seconds.append(time.perf_counter() - began)
        return seconds

    async def round(self, kind: str, cases: int, at_once: int) -> Round:
        """Runs `cases` cases, `at_once` of them concurrently."""
        gate = asyncio.Semaphore(at_once)

        async def one() -> list[float]:
            async with gate:
                return (await self.case(kind))[1]

        cpu, began = cpu_seconds(self.server_pid), time.perf_counter()
        found = await asyncio.gather(*(one() for _ in range(cases)))
        took, cpu = time.perf_counter() - began, cpu_seconds(self.server_pid) - cpu
        return Round(cases * DECISIONS / took, [second for case in found for second in case], cpu / (cases * DECISIONS))

    async def weight(self, kind: str) -> Weight:
        """What ten decisions add to the history, beyond what the start adds."""
        workflow_id, _ = await self.case(kind)
        history = await self.client.get_workflow_handle(workflow_id).fetch_history()
        size = sum(event.ByteSize() for event in history.events[3:])
        return Weight((len(history.events) - 3) / DECISIONS, size / DECISIONS)


async def measure(cases: int, rounds: int, at_once: int) -> dict[str, Any]:
    """Runs everything and returns the figures."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, pid):
        client = await connect(address)
        database = open_database(f"sqlite:///{folder}/interlock.db")
        migrate(database)
        with ThreadPoolExecutor(8) as threads, OneRow(Path(folder) / "rows.db") as one_row:
            worker = Worker(
                client,
                task_queue="bench",
                workflows=[*WORKFLOWS, RawWorkflow, RecordedWorkflow],
                activities=[Recorder(Records(database)).record, one_row.write],
                activity_executor=threads,
                workflow_runner=RUNNER,
                max_cached_workflows=4000,
            )
            async with worker:
                freeze_gc()  # as the product's worker does
                return await _measured(Bench(client, "bench", Installation(database), pid), cases, rounds, at_once)


async def _measured(bench: Bench, cases: int, rounds: int, at_once: int) -> dict[str, Any]:
    for kind in KINDS:
        await bench.round(kind, 4, 4)
    many: dict[str, list[Round]] = {kind: [] for kind in KINDS}
    alone: dict[str, list[Round]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind in KINDS:
            many[kind].append(await bench.round(kind, cases, at_once))
            alone[kind].append(await bench.round(kind, 3, 1))
    figures = {kind: _figures(many[kind], alone[kind], await bench.weight(kind)) for kind in KINDS}
    return {
        "at": SYSTEM_CLOCK().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "cases": cases,
        "rounds": rounds,
        "at_once": at_once,
        "kinds": figures,
        "product_to_recorded": _ratios(figures["product"], figures["recorded"]),
        "product_to_raw": _ratios(figures["product"], figures["raw"]),
    }


def _figures(many: list[Round], alone: list[Round], weight: Weight) -> dict[str, float]:
    latencies = sorted(second for one in many for second in one.latencies)
    return {
        "decisions_a_second": round(statistics.median(one.a_second for one in many), 1),
        "p50_ms_alone": round(1000 * statistics.median(s for one in alone for s in one.latencies), 2),
        "p50_ms": round(1000 * statistics.median(latencies), 2),
        "p99_ms": round(1000 * latencies[int(len(latencies) * 0.99)], 2),
        "cpu_ms_a_decision": round(1000 * statistics.median(one.cpu for one in many), 2),
        "events_a_decision": round(weight.events, 2),
        "bytes_a_decision": round(weight.size),
    }


def _ratios(ours: dict[str, float], theirs: dict[str, float]) -> dict[str, float]:
    return {name: round(ours[name] / theirs[name], 3) for name in ours if theirs[name]}


def shown(result: dict[str, Any]) -> Table:
    """The figures side by side, with the ratios below."""
    names = list(result["kinds"]["raw"])
    table = Table(title=f"{result['cases']} cases x {DECISIONS} decisions, {result['at_once']} at once")
    for heading in ("", *(name.replace("_", " ") for name in names)):
        table.add_column(heading, justify="right")
    for kind, figures in result["kinds"].items():
        table.add_row(kind, *(str(figures[name]) for name in names))
    for ratio in ("product_to_recorded", "product_to_raw"):
        table.add_row(ratio.replace("_", " "), *(f"× {result[ratio].get(name, '')}" for name in names))
    return table


def main() -> None:
    """Entry point of the benchmark."""
    options = argparse.ArgumentParser(description="What a decision costs.")
    options.add_argument("--cases", type=int, default=48)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--at-once", type=int, default=16)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = asyncio.run(measure(chosen.cases, chosen.rounds, chosen.at_once))
    Console(width=160).print(shown(result))
    text = json.dumps(result, indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text)


if __name__ == "__main__":
    main()
