"""A run: people work on one installation, things go wrong by a seed, and at the end everything says the same."""

import asyncio
import contextlib
import json
import math
import random
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from adapters.db.database import open_database
from adapters.db.stream_status import StreamStatuses
from tests.clock import next_working_moment
from tests.faults.faults import Fault, Installation, copied, eventually, set_back
from tests.faults.people import People, Said, people_of, sample_directory, work
from tests.faults.verdict import verdict
from tests.ports import free_ports
from tests.process_env import PORTS, CommandResult, ProcessEnv

PLAYERS = 2
# Seconds for which people work before and after a store is copied, and set back.
AT_WORK = 8.0
# Seconds between two faults, while people go on.
LEAST_PAUSE, MAX_PAUSE = 0.1, 1.5
# Seconds in which the comparison at the start finds what a restored store has lost.
NAMED_WITHIN = 30.0
# Seconds for which the next fault waits until somebody was answered since the last: parts take time to start.
PROGRESS_WITHIN = 4.0
Progress = Callable[[int, People], None]


class Happened(NamedTuple):
    """A fault, and when it began."""

    name: str
    began: float


@dataclass
class Outcome:
    """What came of a run."""

    seed: int
    faults: Sequence[Happened] = ()
    said: Sequence[Said] = ()
    closed: int = 0
    minutes: float = 0.0
    named: Mapping[str, str] = field(default_factory=dict)
    """What was quarantined before it was reconciled."""
    wrong: Sequence[str] = ()

    @property
    def typical(self) -> float:
        """Seconds that an answer took: half of them less."""
        return statistics.median(one.seconds for one in self.said)

    def slowest(self) -> dict[str, list[float]]:
        """Of each kind of fault the slowest answers, one a fault, to what was asked before the next one began."""
        found: dict[str, list[float]] = {}
        ends = [fault.began for fault in self.faults[1:]] + [math.inf]
        for fault, end in zip(self.faults, ends, strict=True):
            seconds = [one.seconds for one in self.said if fault.began <= one.began + one.seconds and one.began < end]
            found.setdefault(fault.name, []).append(max(seconds, default=0.0))
        return found


@asynccontextmanager
async def installation(folder: Path) -> AsyncIterator[Installation]:
    """An installation with Slack's emulator, at a moment at which people work."""
    *ports, slack = map(str, free_ports(len(PORTS) + 1))
    more = {
        "INTERLOCK_STANDBY": "true",
        "INTERLOCK_SLACK": "emulator",
        "INTERLOCK_SLACK_EMULATOR_PORT": slack,
        "INTERLOCK_CLOCK_START": next_working_moment(sample_directory()).isoformat(),
    }
    at = Installation(ProcessEnv(folder / "home", dict(zip(PORTS, ports, strict=True)), more=more))
    await asyncio.to_thread(at.start)
    try:
        yield at
    finally:
        await asyncio.to_thread(at.stop)


def tokens_of(at: Installation) -> dict[str, str]:
    """The tokens of the sample people."""
    found: dict[str, str] = json.loads((at.env.folder / "development-tokens.json").read_text())
    return found


def unwatched(number: int, people: People) -> None:
    """Nobody follows the run."""


async def run(
    at: Installation,
    faults: Sequence[Fault],
    seed: int,
    *,
    players: int = PLAYERS,
    pause: float = MAX_PAUSE,
    progress: Progress = unwatched,
) -> Outcome:
    """Lets these faults happen one after another while people play deals; then looks whether all is well.

    `pause`: seconds that pass at most before each fault. `progress` is told after each how many have happened.
    """
    outcome, began = Outcome(seed), time.monotonic()
    async with people_of(at.env, tokens_of(at)) as people:
        async with asyncio.TaskGroup() as group:
            playing = [group.create_task(work(people, f"{seed}-{n}")) for n in range(players)]
            outcome.faults = await _happening(at, people, faults, seed, pause, progress)
            people.stop.set()
        outcome.said, outcome.closed = people.said, sum(task.result() for task in playing)
        outcome.minutes = (time.monotonic() - began) / 60
        outcome.wrong = people.broken + await verdict(at, people.said)
    return outcome


async def _happening(
    at: Installation, people: People, faults: Sequence[Fault], seed: int, pause: float, progress: Progress
) -> list[Happened]:
    chance, happened = random.Random(seed), []  # noqa: S311 -- to be repeated
    for fault in faults:
        answered = len(people.said)
        await asyncio.sleep(chance.uniform(min(LEAST_PAUSE, pause), pause))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROGRESS_WITHIN):
                while len(people.said) == answered:  # noqa: ASYNC110 -- a count, of which no event knows
                    await asyncio.sleep(0.05)
        happened.append(Happened(fault.name, time.monotonic()))
        await fault.happens(at)
        progress(len(happened), people)
    await asyncio.sleep(pause)
    await at.is_ready()
    return happened


async def restore(at: Installation, store: str, *, emptied: bool, seed: int, seconds: float = AT_WORK) -> Outcome:
    """Sets a store back to an older copy, or empties it, while people are at work; then has an operator reconcile.

    Until then they get no answer that is not so; afterwards each goes on with what they were about.
    """
    outcome, began, copy = Outcome(seed), time.monotonic(), at.env.folder.parent / f"{store}-{seed}"
    async with people_of(at.env, tokens_of(at)) as people:
        async with asyncio.TaskGroup() as group:
            playing = [group.create_task(work(people, f"{seed}-{n}")) for n in range(PLAYERS)]
            await asyncio.sleep(seconds)
            async with people.pause(), restarted(at):
                copied(at, store, copy)
            since = 0 if emptied else len(people.said)
            await asyncio.sleep(seconds)
            async with people.pause():
                lost = {one.stream for one in people.said[since:] if one.happened}
                if store == "engine":
                    lost -= set(over(at, lost))  # the record has them whole, and none runs
                elif emptied:
                    lost = set()  # nothing is done there before it is reconciled
                async with restarted(at, works=not (emptied and store == "record")):
                    set_back(at, store, None if emptied else copy)
                people.tokens, people.is_set_back = tokens_of(at), True
            await asyncio.sleep(seconds)
            outcome.named = await _named(at, lost)
            healed = await asyncio.to_thread(_reconciled, at)
            people.is_set_back = False
            await asyncio.sleep(seconds)
            people.stop.set()
        outcome.said, outcome.closed = people.said, sum(task.result() for task in playing)
        outcome.minutes = (time.monotonic() - began) / 60
        unhealed = [] if healed.code == 0 else [healed.out + healed.err]
        unnamed = [f"{stream} lost what was answered, and was not named" for stream in lost - set(outcome.named)]
        outcome.wrong = unnamed + unhealed + people.broken + await verdict(at, people.said)
    return outcome


def _reconciled(at: Installation) -> CommandResult:
    """Reconciled as an operator does, who names the installation that they are told of where the record was emptied."""
    healed = at.env.run("reconcile")
    asked = re.search(r"interlock reconcile (--from-engine \w+)", healed.err)
    return at.env.run("reconcile", *asked[1].split()) if asked else healed


async def _named(at: Installation, lost: set[str]) -> dict[str, str]:
    """What is quarantined, once all that lost an answer is, or after a while."""
    with contextlib.suppress(AssertionError):
        await eventually(lambda: lost <= set(quarantined(at)) or None, "not all is named", NAMED_WITHIN)
    return quarantined(at)


@asynccontextmanager
async def restarted(at: Installation, *, works: bool = True) -> AsyncIterator[None]:
    """The stack is stopped meanwhile. Whether it works then: beside an emptied record nothing does."""
    await asyncio.to_thread(at.stop)
    yield
    await asyncio.to_thread(partial(at.start, works=works))


def over(at: Installation, streams: Collection[str]) -> tuple[str, ...]:
    """Those that have ended, as the record has it."""
    return StreamStatuses(open_database(f"sqlite:///{at.record}")).over(streams)


def quarantined(at: Installation) -> dict[str, str]:
    """What is quarantined now, and why."""
    database = open_database(f"sqlite:///{at.record}")
    try:
        return StreamStatuses(database).quarantined()
    finally:
        database.dispose()
