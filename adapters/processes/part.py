"""What each process of the stack does for its supervisor: awaits its turn, shows that it lives, spares its memory."""

import asyncio
import gc
import sys
from pathlib import Path

# Seconds between two signs of life of a part.
BEAT = 1.0
# The option with which a part awaits its turn once it has loaded what it needs.
STANDBY = "--standby"


def await_turn() -> None:
    """Waits, in a part that stands by, until it is to go on; ends it where nobody will say so any more."""
    if not sys.stdin.readline():
        sys.exit(0)


def pulse_file(folder: Path, name: str) -> Path:
    """The file that a part touches as long as it lives."""
    return folder / f"{name}.pulse"


def pulse_of(file: Path) -> object:
    """When the part touched its file; None where it never did."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return None


async def beat(file: Path) -> None:
    """Touches the file again and again: on the loop that does the work, so that it stops when that does."""
    while True:
        _touch(file)
        await asyncio.sleep(BEAT)


def _touch(file: Path) -> None:
    file.touch()


def freeze_gc() -> None:
    """Called once a process is ready: what it loaded stays as long as it does, and its collector looks there no more.

    Otherwise each full collection goes through all modules, models and routes, and nothing is answered meanwhile: for
    half a second where the machine has much to do.
    """
    gc.collect()
    gc.freeze()
