"""A long run by hand, which prints what came of it and fails where not all is well.

python -m tests.faults --kills 1000 --seed 1
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from tests.faults.faults import ALL_KILLED, DISK_FULL, FILES, KILLS, LOCKS, STOPS, WRITERS, Fault
from tests.faults.people import People
from tests.faults.running import MAX_PAUSE, Outcome, Progress, installation, restore, run

# Faults between two lines of progress.
SAID_EACH = 25
# Of a hundred kills, so many are of the whole stack.
HUNDRED = (*KILLS * 24, *[ALL_KILLED] * 4)


def chosen(kills: int, others: int, seed: int) -> list[Fault]:
    """Kills, and each other kind so many times, in an order of chance."""
    chance = random.Random(seed)  # noqa: S311 -- to be repeated
    faults = [chance.choice(HUNDRED) for _ in range(kills)] + [*STOPS, *LOCKS, *WRITERS, DISK_FULL] * others
    chance.shuffle(faults)
    return faults


async def play(faults: Sequence[Fault], seed: int, pause: float) -> Outcome:
    """One installation, from its first start to the verdict."""
    async with installation(new_folder()) as at:
        return await run(at, faults, seed, pause=pause, progress=progress_of(len(faults)))


async def restored(store: str, *, emptied: bool, seed: int) -> Outcome:
    """The same where a store is restored from an older copy, or lost."""
    async with installation(new_folder()) as at:
        return await restore(at, store, emptied=emptied, seed=seed)


def new_folder() -> Path:
    """It stays, so that logs and stores can be looked at."""
    folder = Path(tempfile.mkdtemp(prefix="interlock-faults-"))
    say([f"stores and logs: {folder}"])
    return folder


def progress_of(faults: int) -> Progress:
    """A line now and then: a run takes as long as a film."""
    began = time.monotonic()

    def progress(number: int, people: People) -> None:
        if number % SAID_EACH == 0 or number == faults:
            minutes, broken = (time.monotonic() - began) / 60, len(people.broken)
            say([f"{number} of {faults} faults, {len(people.said)} answers, {broken} broken, {minutes:.0f} minutes"])

    return progress


def report(outcome: Outcome) -> Iterator[str]:
    """What came of a run, line by line."""
    yield f"seed {outcome.seed}: {len(outcome.faults)} faults in {outcome.minutes:.0f} minutes"
    yield f"{'times':>6}  {'fault':<22} slowest answer: median, most"
    for name, seconds in sorted(outcome.slowest().items()):
        yield f"{len(seconds):6}  {name:<22} {statistics.median(seconds):6.1f} s {max(seconds):6.1f} s"
    yield from told(outcome)


def told(outcome: Outcome) -> Iterator[str]:
    """What was answered, and whether all is well."""
    yield f"{len(outcome.said)} commands answered, {outcome.closed} deals closed; half took {outcome.typical:.2f} s"
    yield from (f"quarantined until it was reconciled: {stream}: {why}" for stream, why in outcome.named.items())
    yield from outcome.wrong or ("answers, ledger, read model, workflows and cards agree",)


def main() -> int:
    """Plays the runs and prints what came of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--others", type=int, default=10, help="how often each of stops, locks and a full disk")
    parser.add_argument("--pause", type=float, default=MAX_PAUSE, help="seconds before each, at most")
    parser.add_argument("--restores", type=int, default=2, help="how often each store is set back, and emptied")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    wrong = 0
    if given.kills or given.others:
        outcome = asyncio.run(play(chosen(given.kills, given.others, given.seed), given.seed, given.pause))
        say(report(outcome))
        wrong += len(outcome.wrong)
    for seed in range(given.seed, given.seed + given.restores):
        for store, emptied in product(FILES, (False, True)):
            outcome = asyncio.run(restored(store, emptied=emptied, seed=seed))
            say([f"seed {seed}: the {store} was {'emptied' if emptied else 'set back'}", *told(outcome)])
            wrong += len(outcome.wrong)
    return 1 if wrong else 0


def say(lines: Iterable[str]) -> None:
    print("\n".join(lines), flush=True)  # noqa: T201 -- this is what it is for


if __name__ == "__main__":
    sys.exit(main())
