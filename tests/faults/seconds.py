"""How long somebody waits whose command comes right after a part was killed, on a stack that had time to recover.

python -m tests.faults.seconds --times 5
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.api.played import SELLER, Played
from tests.faults.__main__ import say
from tests.faults.faults import PARTS, Installation, killed
from tests.faults.people import People, people_of
from tests.faults.running import installation, tokens_of

# Seconds between two kills, in which another one of the part is loaded.
RECOVERS = 12.0
NOTHING = "nothing"
# Seconds within which somebody is answered after a part was killed.
GOAL = 3.0


async def waits(at: Installation, times: int) -> dict[str, list[float]]:
    """Seconds until an answer, by the part that was killed right before; each so many times, and as often nothing."""
    found: dict[str, list[float]] = {}
    async with people_of(at.env, tokens_of(at)) as people:
        deal = await Played(people).start("After a kill")
        for _ in range(times):
            for part in (NOTHING, *PARTS):
                await asyncio.sleep(RECOVERS)
                await at.is_ready()
                if part != NOTHING:
                    await killed(part).happens(at)
                found.setdefault(part, []).append(await _answered(deal))
    return found


async def _answered(deal: Played[People]) -> float:
    began = time.monotonic()
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": f"Asked at {began}"}]})
    return time.monotonic() - began


async def _measured(times: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory(prefix="interlock-seconds-") as folder:
        async with installation(Path(folder)) as at:
            return await waits(at, times)


def main() -> None:
    """Measures, prints the median and the most of each part, and fails where one took longer than the goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=5)
    found = asyncio.run(_measured(parser.parse_args().times))
    say(f"{part:<9} {statistics.median(took):5.2f} s  {max(took):5.2f} s" for part, took in found.items())
    sys.exit(any(statistics.median(took) > GOAL for took in found.values()))


if __name__ == "__main__":
    main()
