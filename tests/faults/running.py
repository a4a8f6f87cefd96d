"""A run: people work on one installation, things go wrong by a seed, and at the end everything says the same."""

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.clock import next_working_moment
from tests.faults.faults import Fault, Installation
from tests.faults.people import People, people_of, sample_directory, work
from tests.faults.verdict import verdict
from tests.house import PORTS, House, free_ports

PLAYERS = 2
LEAST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
"""Seconds between two faults, while people go on."""


@dataclass
class Outcome:
    """What came of a run."""

    seed: int
    faults: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    closed: int = 0
    slowest: float = 0.0
    typical: float = 0.0
    minutes: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def counted(self, people: People, closed: Sequence[int], began: float) -> None:
        seconds = sorted(one.seconds for one in people.said)
        self.answers, self.closed = len(seconds), sum(closed)
        self.slowest, self.typical = seconds[-1], statistics.median(seconds)
        self.minutes = (time.monotonic() - began) / 60


@asynccontextmanager
async def installation(folder: Path) -> AsyncIterator[Installation]:
    """An installation with Slack's emulator, at a moment at which people work."""
    *ports, slack = map(str, free_ports(len(PORTS) + 1))
    more = {
        "INTERLOCK_SLACK": "emulator",
        "INTERLOCK_SLACK_EMULATOR_PORT": slack,
        "INTERLOCK_CLOCK_START": next_working_moment(sample_directory()).isoformat(),
    }
    at = Installation(House(folder / "home", dict(zip(PORTS, ports, strict=True)), more=more))
    await asyncio.to_thread(at.start)
    try:
        yield at
    finally:
        await asyncio.to_thread(at.stop)


def tokens_of(at: Installation) -> dict[str, str]:
    """The tokens of the sample people."""
    found: dict[str, str] = json.loads((at.house.folder / "development-tokens.json").read_text())
    return found


async def run(at: Installation, faults: Sequence[Fault], seed: int, players: int = PLAYERS) -> Outcome:
    """Lets these faults happen one after another while people play deals; then looks whether all is well."""
    outcome, began = Outcome(seed), time.monotonic()
    async with people_of(at.house, tokens_of(at)) as people:
        async with asyncio.TaskGroup() as group:
            playing = [group.create_task(work(people, f"{seed}-{n}")) for n in range(players)]
            outcome.faults = await _happening(at, faults, seed)
            people.stop.set()
        outcome.counted(people, [task.result() for task in playing], began)
        outcome.wrong = people.broken + await verdict(at, people.said)
    return outcome


async def _happening(at: Installation, faults: Sequence[Fault], seed: int) -> dict[str, int]:
    chance, happened = random.Random(seed), Counter[str]()  # noqa: S311 -- to be repeated
    for fault in faults:
        await asyncio.sleep(chance.uniform(LEAST_PAUSE, LONGEST_PAUSE))
        await fault.happens(at)
        happened[fault.name] += 1
    await at.is_ready()
    return dict(happened)
