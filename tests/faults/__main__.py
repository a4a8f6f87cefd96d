"""A long run by hand, which prints what came of it and fails where not all is well.

python -m tests.faults --kills 1000 --seed 1
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.faults import ALL_KILLED, DISK_FULL, KILLS, LOCKS, STOPS, WRITERS, Fault
from tests.faults.running import LONGEST_PAUSE, Outcome, installation, run

HUNDRED = (*KILLS * 24, *[ALL_KILLED] * 4)
"""Of a hundred kills, so many are of the whole stack."""


def chosen(kills: int, others: int, seed: int) -> list[Fault]:
    """Kills, and each other kind so many times, in an order of chance."""
    chance = random.Random(seed)  # noqa: S311 -- to be repeated
    faults = [chance.choice(HUNDRED) for _ in range(kills)] + [*STOPS, *LOCKS, *WRITERS, DISK_FULL] * others
    chance.shuffle(faults)
    return faults


async def play(faults: Sequence[Fault], seed: int, pause: float, folder: Path) -> Outcome:
    """One installation, from its first start to the verdict."""
    async with installation(folder) as at:
        return await run(at, faults, seed, pause=pause)


def report(outcome: Outcome) -> Iterator[str]:
    """What came of a run, line by line."""
    yield f"seed {outcome.seed}: {len(outcome.faults)} faults in {outcome.minutes:.0f} minutes"
    yield f"{len(outcome.said)} commands answered, {outcome.closed} deals closed; half took {outcome.typical:.2f} s"
    yield f"{'times':>6}  {'fault':<22} slowest answer: median, most"
    for name, seconds in sorted(outcome.slowest().items()):
        yield f"{len(seconds):6}  {name:<22} {statistics.median(seconds):6.1f} s {max(seconds):6.1f} s"
    yield from outcome.wrong or ("answers, ledger, read model, workflows and cards agree",)


def main() -> int:
    """Plays a run and prints what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--others", type=int, default=10, help="how often each of stops, locks and a full disk")
    parser.add_argument("--pause", type=float, default=LONGEST_PAUSE, help="seconds before each, at most")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="interlock-faults-"))
    outcome = asyncio.run(play(chosen(given.kills, given.others, given.seed), given.seed, given.pause, folder))
    print("\n".join(report(outcome)))  # noqa: T201 -- this is what it is for
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
