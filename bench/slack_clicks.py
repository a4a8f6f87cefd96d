"""The cost of answering Slack under load: signed clicks, a third of them duplicated, each of which takes effect once.

    python -m bench.slack_clicks [--clicks 10000] [--at-once 16] [--a-second RATE] [--json FILE]

Temporal, the worker, the API and Slack's emulator each run as a process of their own, on the loopback address.
Engagements are opened in which people are asked to accept roles; each distinct click accepts one. Half of the
duplicates are Slack's own retries, half are people who press twice; some are concurrent with the first, some come
later. `at-once` clients each send their next click as soon as the last is answered, so the load is whatever the API can
answer: decisions then queue up behind the answers in the inbox. `--a-second` sends at a fixed rate instead. When
everything has been carried out, the record shows whether each effect is there exactly once; otherwise the benchmark
fails.
"""

import argparse
import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import structlog
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import Engine as Database
from sqlalchemy import select
from temporalio.client import Client

from adapters.clock import SYSTEM_CLOCK
from adapters.db.database import open_database, reading
from adapters.db.inbox import Inbox
from adapters.db.installation import Installation
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import bring_up_to_date
from adapters.db.registry import Registry
from adapters.db.tables.asks import AskPersonRow, AskRow
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import InboxRow
from adapters.db.tables.record import LedgerRow
from adapters.db.verification import verify
from adapters.files.directory_file import read_directory
from adapters.processes.ports import listens
from adapters.temporal.client import connect
from bench.cases import ROOT, BenchEngagement, open_engagement, samples
from bench.decisions import server
from bench.slack_load import CARRIED_SECONDS, PREPARED_SECONDS, Asked, click, shots_of, users_of
from composition import registry_of
from demo.slack.emulator import (
    EMULATED_CHANNEL,
    EMULATED_SECRET,
    EMULATED_TOKEN,
    emulator_command,
    seed_of,
)
from domain.asks.model import AskKind
from domain.engagement.command import Command
from domain.engagement.roles.commands import ProposeHolder
from domain.shared.values import PersonId
from settings import Mode, Settings, SlackMode
from tests.ports import free_ports

A, AP, I, L = columns(AskRow), columns(AskPersonRow), columns(InboxRow), columns(LedgerRow)  # noqa: E741 -- by first letter, as in adapters

DISCIPLINES = ("architecture", "development", "data", "testing", "training")
# Roles that are not proposed: the deal names its seller, and this kind of deal has no custodian.
OF_THE_DEAL = frozenset({"sales", "agreement_custodian"})
# Roles that are proposed in each engagement.
ASKS = 15
READY_SECONDS = 60.0
P99_GOAL_MS, MAX_MS = 300.0, 1000.0


class Stopped(Exception):
    """A part of the stack ended by itself, or did not start."""


# -- the stack


class BenchStack(NamedTuple):
    """The stack: its settings, its engine, its record, and the API's process."""

    settings: Settings
    client: Client
    database: Database
    api: psutil.Process

    async def begin(self, number: int) -> BenchEngagement:
        """Starts a deal under this number."""
        installation = Installation(self.database)
        return await open_engagement(self.client, self.settings.task_queue, installation, number)


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the stack, ended on exit."""
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def await_port(port: int, of: subprocess.Popen[bytes], log: Path) -> None:
    """Waits until a process listens. Raises Stopped."""
    until = time.monotonic() + READY_SECONDS
    while not listens(port):
        if of.poll() is not None or time.monotonic() > until:
            raise Stopped(f"{log.stem} does not answer: {log.read_text()[-2000:]}")
        time.sleep(0.05)


def settings_in(folder: Path, temporal: str) -> Settings:
    """The settings of the stack, on free ports."""
    return Settings(
        mode=Mode.DEVELOPMENT,
        home=folder,
        http_port=free_ports(1)[0],
        temporal_address=temporal,
        slack=SlackMode.EMULATOR,
        slack_emulator_port=free_ports(1)[0],
    )


def environment_of(chosen: Settings) -> dict[str, str]:
    """The environment that passes these settings to a process, whatever this process's own says."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    own = chosen.model_dump(mode="json", include=chosen.model_fields_set)
    return inherited | {f"INTERLOCK_{name.upper()}": str(value) for name, value in own.items()}


@contextmanager
def stack(folder: Path) -> Iterator[tuple[Settings, int]]:
    """The whole stack, running; yields the settings and the API's process id."""
    with ExitStack() as parts:
        address, _ = parts.enter_context(server(folder))
        chosen = settings_in(folder, address)
        environment = environment_of(chosen)
        bring_people(chosen)
        seed = folder / "slack.json"
        seed.write_text(json.dumps(seed_of(samples()[0], EMULATED_TOKEN, EMULATED_SECRET, EMULATED_CHANNEL)))

        def start(name: str, command: Sequence[str], port: int | None = None) -> subprocess.Popen[bytes]:
            log = folder / f"{name}.log"
            started = parts.enter_context(process(command, environment, log))
            if port is not None:
                await_port(port, started, log)
            return started

        start("slack", emulator_command(chosen.slack_emulator_port, seed), chosen.slack_emulator_port)
        start("worker", [sys.executable, "-m", "worker"])
        yield chosen, start("api", [sys.executable, "-m", "cli", "serve"], chosen.http_port).pid


def bring_people(chosen: Settings) -> None:
    """Puts the sample firm and its playbook into force."""
    registry: Registry = registry_of(chosen)
    year = SYSTEM_CLOCK().year
    database = open_database(chosen.database)
    PeopleOperations(database).import_directory(read_directory(ROOT / "examples/directory.yaml", year))
    registry.directory()
    database.dispose()


async def open_asks(running: BenchStack, wanted: int, at_once: int, told: Callable[[int], None]) -> None:
    """Opens enough engagements for so many open asks."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, most: int) -> None:
        async with gate:
            opened = await running.begin(number)
            for proposer, command in proposals()[:most]:
                await opened.carry_out((proposer, command))
                told(1)

    async with asyncio.timeout(PREPARED_SECONDS):
        numbered = enumerate(range(0, wanted, ASKS), 1)
        await asyncio.gather(*(one(number, wanted - before) for number, before in numbered))


def proposals() -> list[tuple[PersonId, Command]]:
    """A competent person for each role, proposed by the head of its function."""
    directory, playbook, deal = samples()
    names = [role for role in playbook.roles if role not in {*OF_THE_DEAL, "expert"}]
    found: list[tuple[PersonId, Command]] = []
    for role in (*names, *(f"expert:{discipline}" for discipline in DISCIPLINES)):
        defined = playbook.role(role)
        assert defined is not None  # noqa: S101 -- the playbook has it
        head = directory.positions[defined.head]
        able = directory.first_competent(role, playbook, excluding=(deal.salesperson, head))
        assert able is not None  # noqa: S101 -- the sample directory has them
        found.append((head, ProposeHolder(role=role, person=able)))
    assert len(found) == ASKS, len(found)  # noqa: S101 -- the sample playbook has as many
    return found


def asked_in(database: Database) -> list[Asked]:
    """The open asks to accept a role, as the record has them."""
    query = select(A.id, A.hash, AP.person_id).join(AskPersonRow, AP.ask_id == A.id)
    query = query.where(A.is_open, AP.is_open, A.kind == AskKind.ACCEPT_ROLE).order_by(A.id)
    with reading(database) as connection:
        return [Asked(*row) for row in connection.execute(query)]


async def all_carried_out(database: Database, told: Callable[[int], None]) -> int:
    """Waits until the inbox is empty; returns how much is left when the time is up."""
    until = time.monotonic() + CARRIED_SECONDS
    while (left := await asyncio.to_thread(Inbox(database).waiting)) and time.monotonic() < until:
        told(left)
        await asyncio.sleep(0.5)
    told(left)
    return left


# -- what the record says


def faults_of(database: Database, asks: Sequence[Asked], left: int) -> list[str]:
    """Everything that is wrong: each ask needs one vote, by the person asked, from Slack; the record must be sound."""
    query = select(L.kind, L.by, L.channel, L.body).where(L.kind.in_(("VoteCast", "RoleAccepted")))
    with reading(database) as connection:
        facts = connection.execute(query).all()
    votes = Counter((json.loads(row.body)["ask_id"], row.by, row.channel) for row in facts if row.kind == "VoteCast")
    accepted = sum(row.kind == "RoleAccepted" for row in facts)
    due = Counter((asked.ask_id, asked.person_id, "slack") for asked in asks)
    found = [f"{count - due[vote]} too many of {vote}" for vote, count in sorted((votes - due).items())]
    found += [f"no vote: {vote}" for vote in sorted(due - votes)]
    if accepted != len(asks):
        found.append(f"{accepted} roles were accepted, {len(asks)} were to be")
    if left:
        found.append(f"{left} of what was kept is not carried out")
    return [*found, *(f"the record is not sound: {fault}" for fault in verify(database).told)]


def durable_seconds(database: Database) -> list[float]:
    """For each deferred command, the seconds from storing it until it was in the record."""
    with reading(database) as connection:
        rows = connection.execute(select(I.kept_at, I.done_at).where(I.done_at.is_not(None))).all()
    return [(row.done_at - row.kept_at).total_seconds() for row in rows]


# -- the whole


async def measure(clicks: int, at_once: int, a_second: float | None) -> dict[str, Any]:
    """Runs everything and returns the figures. Raises Stopped or TimeoutError."""
    progress = Progress(console=Console(stderr=True))
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as (chosen, api), progress:
        database = open_database(chosen.database)
        bring_up_to_date(database)
        client = await connect(chosen.temporal)
        try:
            return await _measured(
                BenchStack(chosen, client, database, psutil.Process(api)), clicks, at_once, a_second, progress
            )
        finally:
            database.dispose()


async def _measured(
    running: BenchStack, clicks: int, at_once: int, a_second: float | None, progress: Progress
) -> dict[str, Any]:
    distinct = clicks - clicks // 3
    opening = progress.add_task("asks opened", total=distinct)
    await open_asks(running, distinct, 16, partial(progress.advance, opening))
    asks = await all_shown(running.database, distinct)
    users = await users_of(running.settings, sorted({asked.person_id for asked in asks}))
    shots = shots_of(asks, users, clicks)
    clicking = progress.add_task("clicks answered", total=clicks)
    cpu, began = cpu_of(running.api), time.perf_counter()
    answers = await click(running.settings.url, shots, at_once, a_second, partial(progress.advance, clicking))
    carrying = progress.add_task("decisions in the record", total=distinct)
    left = await all_carried_out(running.database, lambda left: progress.update(carrying, completed=distinct - left))
    took, cpu = time.perf_counter() - began, cpu_of(running.api) - cpu
    progress.stop()
    return {
        "at": SYSTEM_CLOCK().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "at_once": at_once,
        "a_second": a_second,
        "clicks": len(shots),
        "distinct": len(asks),
        "duplicates": len(shots) - len(asks),
        "retries": sum(shot.retry > 0 for shot in shots),
        "statuses": dict(answers.statuses),
        "answer_ms": spread(answers.seconds),
        "clicks_a_second": round(clicks / answers.took, 1),
        "decisions_a_second": round((distinct - left) / took, 1),
        "kept_to_recorded_ms": spread(durable_seconds(running.database)),
        "api_cpu_ms_a_click": round(1000 * cpu / clicks, 2),
        "faults": faults_of(running.database, asks, left),
    }


async def all_shown(database: Database, wanted: int) -> list[Asked]:
    """The open asks, once all of them are on record. Raises Stopped."""
    until = time.monotonic() + READY_SECONDS
    while len(asks := await asyncio.to_thread(asked_in, database)) < wanted:
        if time.monotonic() > until:
            raise Stopped(f"{len(asks)} asks are on record, {wanted} were opened")
        await asyncio.sleep(0.2)
    return asks


def cpu_of(process_: psutil.Process) -> float:
    """CPU seconds that a process has used so far."""
    times = process_.cpu_times()
    return float(times.user + times.system)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    ordered = sorted(seconds)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {
        name: round(1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)], 1) for name, part in at.items()
    }


def shown(result: Mapping[str, Any]) -> Table:
    """The figures, and whether the goals are met."""
    answer, durable = result["answer_ms"], result["kept_to_recorded_ms"]
    pace = f"{result['a_second']:g} a second" if result["a_second"] else "each as soon as the last is answered"
    table = Table(title=f"Clicks in Slack, {result['at_once']} at once, {pace}", show_header=False)
    goal = f"goal: p99 ≤ {P99_GOAL_MS:g}, max ≤ {MAX_MS:g}"
    met = answer["p99"] <= P99_GOAL_MS and answer["max"] <= MAX_MS
    rows = (
        ("clicks", f"{result['clicks']}: {result['distinct']} distinct, {result['duplicates']} duplicates"),
        ("of these Slack's own retries", result["retries"]),
        ("answers by status", ", ".join(f"{status}: {count}" for status, count in result["statuses"].items())),
        ("answered in ms, p50 / p90 / p99 / max", " / ".join(f"{one:g}" for one in answer.values())),
        (goal, "[green]met" if met else "[bold red]MISSED"),
        ("clicks answered a second", result["clicks_a_second"]),
        ("decisions in the record a second", result["decisions_a_second"]),
        ("kept to recorded in ms, p50 / p90 / p99 / max", " / ".join(f"{one:g}" for one in durable.values())),
        ("CPU of the API in ms a click", result["api_cpu_ms_a_click"]),
        ("each effect once", "[bold red]NO" if result["faults"] else "[green]yes, by the record"),
    )
    for name, value in rows:
        table.add_row(name, str(value))
    return table


def main() -> None:
    """Entry point of the benchmark."""
    options = argparse.ArgumentParser(description="What Slack's answer costs under load.")
    options.add_argument("--clicks", type=int, default=10_000)
    options.add_argument("--at-once", type=int, default=16)
    options.add_argument("--a-second", type=float)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = asyncio.run(measure(chosen.clicks, chosen.at_once, chosen.a_second))
    console = Console(width=120)
    console.print(shown(result))
    for fault in result["faults"][:20]:
        console.print(f"[red]{fault}")
    text = json.dumps(result, indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text)
    if result["faults"] or set(result["statuses"]) != {"200"}:
        sys.exit(1)


if __name__ == "__main__":
    main()
