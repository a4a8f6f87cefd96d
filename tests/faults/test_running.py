"""A short run of what `make faults` does at length: a running installation is broken, and gets over it."""

from pathlib import Path

from tests.faults.faults import ALL_KILLED, DISK_FULL, KILLS, LOCKS, STOPS, WRITERS
from tests.faults.running import installation, run

SEED = 1
WORKER_STOPPED = next(fault for fault in STOPS if fault.name == "stop worker")


async def test_whatever_is_killed_stopped_locked_or_full_each_answer_stands_once_and_all_agree(tmp_path: Path) -> None:
    faults = (*KILLS, WORKER_STOPPED, WRITERS[0], LOCKS[0], DISK_FULL, ALL_KILLED)
    async with installation(tmp_path) as at:
        outcome = await run(at, faults, SEED, pause=1.5)
    assert not outcome.wrong
    assert len(outcome.said) > len(faults)
