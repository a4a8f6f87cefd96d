"""A long run by hand, which prints what came of it and fails where not all is well.

python -m tests.faults --kills 1000 --seed 1
"""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.faults import ALL_KILLED, DISK_FULL, KILLS, LOCKS, STOPS, WRITERS, Fault
from tests.faults.running import Outcome, installation, run

HUNDRED = (*KILLS * 24, *[ALL_KILLED] * 4)
"""Of a hundred kills, so many are of the whole stack."""


def chosen(kills: int, others: int, seed: int) -> list[Fault]:
    """Kills, and each other kind so many times, in an order of chance."""
    chance = random.Random(seed)  # noqa: S311 -- to be repeated
    faults = [chance.choice(HUNDRED) for _ in range(kills)] + [*STOPS, *LOCKS, *WRITERS, DISK_FULL] * others
    chance.shuffle(faults)
    return faults


async def play(kills: int, others: int, seed: int, folder: Path) -> Outcome:
    """One installation, from its first start to the verdict."""
    async with installation(folder) as at:
        return await run(at, chosen(kills, others, seed), seed)


def main() -> int:
    """Plays a run and prints what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--others", type=int, default=10, help="how often each of stops, locks and a full disk")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="interlock-faults-"))
    outcome = asyncio.run(play(given.kills, given.others, given.seed, folder))
    print(f"seed {outcome.seed}: {sum(outcome.faults.values())} faults in {outcome.minutes:.0f} minutes")  # noqa: T201
    for name, count in sorted(outcome.faults.items()):
        print(f"  {count:5} {name}")  # noqa: T201
    print(f"{outcome.answers} commands answered, {outcome.closed} deals closed")  # noqa: T201
    print(f"an answer took {outcome.typical:.2f} s, at most {outcome.slowest:.1f} s")  # noqa: T201
    print("\n".join(outcome.wrong) or "answers, ledger, read model, workflows and cards agree")  # noqa: T201
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
