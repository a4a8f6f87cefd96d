"""The cost of an engagement that is used again and again: thousands of decisions on one, through the whole stack.

    python -m bench.long_engagement [--decisions 2000] [--json FILE]

Temporal, the worker, the API, the notifier and Slack's emulator each run as a process of their own, on the loopback
address. The seller corrects a need, the client's sponsor returns it, and so on: each round is two decisions and a read
between them. Nothing may grow with that: the memory of API and notifier stays under `MAX_MEGABYTES`, and the last
hundred decisions take about as long as the first (`MAX_SLOWDOWN`). Otherwise the benchmark fails. A machine busy with
other work is told apart by a fresh engagement, whose first hundred decisions alternate with the last hundred.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import structlog
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from adapters.clock import SYSTEM_CLOCK
from adapters.db.database import open_database
from adapters.db.read_model import ReadModel
from bench.cases import samples
from bench.slack_clicks import Stopped, environment_of, process, stack
from composition import registry_of
from domain.shared.values import EngagementId, PersonId
from settings import Settings

MAX_MEGABYTES = 300
MAX_SLOWDOWN = 1.5
# Decisions at the start and at the end whose medians are compared.
COUNTED = 100
# Decisions during which the processes still load what they need.
FIRST_IGNORED = 20
# Every so many rounds, the cost of reading the engagement is measured, with a reader that is one decision behind.
READ_AT = 5
NEED = {"id": "N1", "text": "Fewer outages", "why": "Fines of last winter"}


class Long(NamedTuple):
    """The parts that are watched, and how to reach them."""

    settings: Settings
    http: httpx.AsyncClient
    api: psutil.Process
    notifier: psutil.Process
    reader: ReadModel

    def memory(self) -> dict[str, int]:
        """Resident MB of each."""
        return {name: _megabytes(of) for name, of in (("api", self.api), ("notifier", self.notifier))}


def _megabytes(process: psutil.Process) -> int:
    return round(process.memory_info().rss / 1_000_000)


@contextmanager
def notified_stack(folder: Path) -> Iterator[tuple[Settings, int, int]]:
    """The whole stack, running; yields the settings and the process ids of API and notifier."""
    with ExitStack() as parts:
        chosen, api = parts.enter_context(stack(folder))
        command = [sys.executable, "-m", "notifier"]
        notifier = parts.enter_context(process(command, environment_of(chosen), folder / "notifier.log"))
        yield chosen, api, notifier.pid


class Driver:
    """Sends the decisions, each by the person whose decision it is, and records the seconds that each took."""

    def __init__(self, long: Long, name: str) -> None:
        self.long, self.name = long, name
        self.seconds: list[float] = []
        self.reads: list[float] = []
        tokens = registry_of(long.settings).tokens
        self._deal = samples()[2]
        people = (self._deal.salesperson, self._deal.client_sponsor)
        self._tokens = {person_id: tokens.create(person_id, "bench", SYSTEM_CLOCK()) for person_id in people}
        self._keys = 0
        self.engagement = EngagementId("ENG-0000-0000")

    async def open(self) -> None:
        """Starts the engagement and asks the client for the first time."""
        deal = self._deal
        names = ("client", "title", "kind", "salesperson", "provider_sponsor", "client_sponsor", "client_signatory")
        facts = deal.model_dump(mode="json", include={*names, "wished_start", "wished_end"})
        opened = await self._post(deal.salesperson, "/engagements", facts)
        self.engagement = opened["engagement_id"]
        await self._post(deal.salesperson, f"/engagements/{self.engagement}/needs", {"needs": [NEED]})
        await self._post(deal.salesperson, f"/engagements/{self.engagement}/needs/restate")
        self.seconds.clear()

    async def round(self, n: int) -> None:
        """The client returns the need, and the seller rewords it."""
        if n % READ_AT == 0:
            await asyncio.to_thread(self._read)
        page = await self.long.http.get("/api/v1/asks", headers=self._headers(self._deal.client_sponsor))
        asks = page.raise_for_status().json()["items"]
        (ask,) = (ask for ask in asks if ask["id"].startswith(self.engagement))
        answer = {"verdict": "return", "reason": "Not quite.", "subject_hash": ask["subject_hash"]}
        await self._post(self._deal.client_sponsor, f"/asks/{ask['id']}/decision", answer)
        needs = [NEED | {"text": f"Fewer outages, version {n}"}]
        await self._post(self._deal.salesperson, f"/engagements/{self.engagement}/needs", {"needs": needs})

    def _read(self) -> None:
        """What `require_may` does before each command, in a process that has seen all but the last decisions."""
        began = time.perf_counter()
        self.long.reader.engagement(self.engagement)
        self.reads.append(time.perf_counter() - began)

    async def _post(self, person_id: PersonId, path: str, body: Any = None) -> Any:
        began = time.perf_counter()
        answer = await self.long.http.post(f"/api/v1{path}", json=body, headers=self._headers(person_id))
        self.seconds.append(time.perf_counter() - began)
        if not answer.is_success:
            raise Stopped(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()

    def _headers(self, person_id: PersonId) -> dict[str, str]:
        self._keys += 1
        return {"Authorization": f"Bearer {self._tokens[person_id]}", "Idempotency-Key": f"{self.name}-{self._keys}"}


async def measure(decisions: int) -> dict[str, Any]:
    """Runs everything and returns the figures. Raises Stopped."""
    progress = Progress(console=Console(stderr=True))
    with tempfile.TemporaryDirectory() as folder, notified_stack(Path(folder)) as (chosen, api, notifier), progress:
        database = open_database(chosen.database)
        try:
            async with httpx.AsyncClient(base_url=chosen.url, timeout=60) as http:
                long = Long(chosen, http, psutil.Process(api), psutil.Process(notifier), ReadModel(database))
                return await _measured(long, decisions, progress)
        finally:
            database.dispose()


async def _measured(long: Long, decisions: int, progress: Progress) -> dict[str, Any]:
    driver, fresh = Driver(long, "long"), Driver(long, "fresh")
    await driver.open()
    before, task = long.memory(), progress.add_task("decisions", total=decisions)
    for n in range(decisions // 2):
        if n == (decisions - COUNTED) // 2:
            await fresh.open()
        await driver.round(n)
        if fresh.engagement:
            await fresh.round(n)
        progress.advance(task, 2)
    after = long.memory()
    progress.stop()
    found = figures(driver.seconds, fresh.seconds)
    read = 1000 * statistics.median(driver.reads)
    return {
        "at": SYSTEM_CLOCK().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "decisions": len(driver.seconds),
        "memory_mb": {"before": before, "after": after},
        **found,
        "read_ms": round(read, 2),
        "read_to_decision": round(read / found["p50_ms"], 3),
        "faults": faults_of(after, found),
    }


def figures(seconds: Sequence[float], fresh: Sequence[float]) -> dict[str, float]:
    """Medians of the first, of the last and of all decisions, and of those on a fresh engagement alongside the last."""
    first, last = seconds[FIRST_IGNORED : FIRST_IGNORED + COUNTED], seconds[-COUNTED:]
    p50_first, p50_last, p50_fresh = (1000 * statistics.median(some) for some in (first, last, fresh))
    return {
        "p50_ms": round(1000 * statistics.median(seconds), 2),
        "p50_ms_first": round(p50_first, 2),
        "p50_ms_last": round(p50_last, 2),
        "last_to_first": round(p50_last / p50_first, 3),
        "p50_ms_fresh": round(p50_fresh, 2),
        "last_to_fresh": round(p50_last / p50_fresh, 3),
    }


def faults_of(memory: dict[str, int], found: dict[str, float]) -> list[str]:
    """The goals that were missed."""
    missed = [f"{name} holds {held} MB" for name, held in memory.items() if held >= MAX_MEGABYTES]
    slower = min(found["last_to_first"], found["last_to_fresh"])
    if slower > MAX_SLOWDOWN:
        missed.append(f"the last decisions take {slower} times as long as first ones")
    return missed


def shown(result: dict[str, Any]) -> Table:
    """The figures, one per row."""
    table = Table("", "", title=f"{result['decisions']} decisions on one engagement", show_header=False)
    memory = result["memory_mb"]
    for name in memory["after"]:
        table.add_row(f"{name}, MB at the start and at the end", f"{memory['before'][name]} → {memory['after'][name]}")
    table.add_row("p50 of the first and last hundred, ms", f"{result['p50_ms_first']} → {result['p50_ms_last']}")
    table.add_row("last to first", f"× {result['last_to_first']}")
    table.add_row("p50 of a fresh one beside the last, ms", f"{result['p50_ms_fresh']}")
    table.add_row("last to fresh", f"× {result['last_to_fresh']}")
    table.add_row("reading it before a command, ms and share", f"{result['read_ms']}, {result['read_to_decision']}")
    return table


def main() -> None:
    """Entry point of the benchmark."""
    options = argparse.ArgumentParser(description="What a long engagement costs.")
    options.add_argument("--decisions", type=int, default=2000)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = asyncio.run(measure(chosen.decisions))
    Console(width=120).print(shown(result))
    text = json.dumps(result, indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text)
    if result["faults"]:
        raise SystemExit("; ".join(result["faults"]))


if __name__ == "__main__":
    main()
