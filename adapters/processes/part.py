"""What each process of the stack does for its supervisor: waits on standby, sends heartbeats, limits its GC pauses."""

import asyncio
import gc
import sys
from pathlib import Path

# Seconds between two heartbeats of a part.
BEAT = 1.0
# The option that makes a part wait on standby once it has loaded what it needs.
STANDBY = "--standby"


def await_turn() -> None:
    """Blocks a standby part until it is told to go on; exits if its supervisor is gone."""
    if not sys.stdin.readline():
        sys.exit(0)


def pulse_file(folder: Path, name: str) -> Path:
    """The file that a part touches while it is alive."""
    return folder / f"{name}.pulse"


def pulse_of(file: Path) -> object:
    """When the part last touched its file, in nanoseconds; None if it never did."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return None


async def beat(file: Path) -> None:
    """Touches the file periodically, on the event loop that does the work, so that it stops when the loop does."""
    while True:
        _touch(file)
        await asyncio.sleep(BEAT)


def _touch(file: Path) -> None:
    file.touch()


def freeze_gc() -> None:
    """Excludes everything loaded so far from garbage collection; called once a process is ready.

    Otherwise each full collection walks all modules, models and routes, and nothing is answered meanwhile: for half a
    second on a busy machine.
    """
    gc.collect()
    gc.freeze()
