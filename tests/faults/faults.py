"""What goes wrong with a running installation, each as one function: it begins, it lasts, it is over."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import psutil

from adapters.clock import MachineClock, clock_of
from tests.process_env import PATIENCE_SECONDS, ProcessEnv

T = TypeVar("T")
PARTS = ("temporal", "worker", "api", "notifier")
# With the emulator, which forgets everything when it ends: no run of faults ends it.
EVERY_PART = (*PARTS, "slack")
# Seconds in which the supervisor puts another in the place of a part that was stopped.
REPLACED_WITHIN = 10.0
FILES = {"record": "interlock.db*", "engine": "temporal.db*"}
# Bytes beyond which a process may write no file: its disk is full.
SMALL_FILE = 4096

HOLD_RAW = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
held.execute("BEGIN IMMEDIATE")
time.sleep(float(sys.argv[2]))
held.execute("ROLLBACK")
"""
HOLD_IN_LINE = """
import sys, time
from adapters.db.database import open_database, writing
with writing(open_database(f"sqlite:///{sys.argv[1]}"), 60.0):
    time.sleep(float(sys.argv[2]))
"""


@dataclass
class Installation:
    """An installation whose stack runs, is killed, and is started again."""

    env: ProcessEnv
    stack: subprocess.Popen[str] | None = None

    @property
    def record(self) -> Path:
        return self.env.folder / "interlock.db"

    @property
    def clock(self) -> MachineClock:
        """What time it is there."""
        return clock_of(self.env.folder, None, movable=True)

    def start(self, *, works: bool = True) -> None:
        """Starts the stack and waits until it works, or only answers."""
        self.stack = self.env.up("/ready" if works else "/health")

    def stop(self) -> None:
        """Asks the stack to end, and waits."""
        assert self.stack is not None
        self.stack.terminate()
        self.stack.wait(PATIENCE_SECONDS)

    async def part(self, name: str) -> psutil.Process:
        """The process of a part; waits for it while it is being replaced."""
        return await eventually(lambda: self._part(name), f"there is no {name}")

    def _part(self, name: str) -> psutil.Process | None:
        assert self.stack is not None
        return self.env.part(self.stack.pid, name)

    async def is_ready(self) -> None:
        """Waits until commands can be carried out."""
        await eventually(lambda: self.env.is_ready() or None, "the stack is not ready")


async def eventually(look: Callable[[], T | None], otherwise: str, patience: float = PATIENCE_SECONDS) -> T:
    """What a look gives once it gives something."""
    until = time.monotonic() + patience
    while (found := await asyncio.to_thread(look)) is None:
        assert time.monotonic() < until, otherwise
        await asyncio.sleep(0.1)
    return found


class Fault(NamedTuple):
    """What goes wrong, by name."""

    name: str
    happens: Callable[[Installation], Awaitable[None]]


# -- processes


def killed(name: str) -> Fault:
    """`kill -9` of one part."""

    async def happens(at: Installation) -> None:
        (await at.part(name)).kill()

    return Fault(f"kill {name}", happens)


async def _all_killed(at: Installation) -> None:
    """`kill -9` of the supervisor: its parts end with it. Then somebody starts it again."""
    assert at.stack is not None
    at.stack.kill()
    at.stack.wait()
    await asyncio.to_thread(at.start)


def stopped(name: str) -> Fault:
    """A part hangs: it lives and does nothing. The supervisor replaces it in time."""

    async def happens(at: Installation) -> None:
        hung = await at.part(name)
        hung.suspend()
        await eventually(lambda: None if hung.is_running() else True, f"{name} hangs", REPLACED_WITHIN)

    return Fault(f"stop {name}", happens)


# -- the database


def _held(name: str, program: str, seconds: float) -> Fault:
    async def happens(at: Installation) -> None:
        command = [sys.executable, "-c", program, str(at.record), str(seconds)]
        holder = await asyncio.create_subprocess_exec(*command)
        assert await holder.wait() == 0

    return Fault(f"{name} {seconds:g} s", happens)


async def _disk_full(at: Installation) -> None:
    """For three seconds no part of ours may write to its files; the engine's disk is another."""
    ours = [await at.part(name) for name in ("worker", "api", "notifier")]
    before = [part.rlimit(psutil.RLIMIT_FSIZE) for part in ours]
    for part, (_, most) in zip(ours, before, strict=True):
        part.rlimit(psutil.RLIMIT_FSIZE, (SMALL_FILE, most))
    await asyncio.sleep(3)
    for part, limits in zip(ours, before, strict=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            part.rlimit(psutil.RLIMIT_FSIZE, limits)


KILLS = tuple(killed(name) for name in PARTS)
ALL_KILLED = Fault("kill all", _all_killed)
STOPS = tuple(stopped(name) for name in PARTS)
LOCKS = tuple(_held("database locked", HOLD_RAW, seconds) for seconds in (5, 20))
WRITERS = tuple(_held("another writer", HOLD_IN_LINE, seconds) for seconds in (5, 20))
DISK_FULL = Fault("disk full", _disk_full)
# What an installation gets over by itself.
LIVING = (*KILLS, ALL_KILLED, *STOPS, *LOCKS, *WRITERS, DISK_FULL)


# -- stores that are restored from an older copy


def files_of(at: Installation, store: str) -> Iterator[Path]:
    """The files of a store, of a stack that does not run."""
    return at.env.folder.glob(FILES[store])


def copied(at: Installation, store: str, to: Path) -> None:
    """Keeps what a store holds now."""
    to.mkdir()
    for file in files_of(at, store):
        shutil.copy(file, to)


def set_back(at: Installation, store: str, to: Path | None) -> None:
    """Puts a copy in a store's place; None empties it."""
    for file in list(files_of(at, store)):
        file.unlink()
    for file in to.iterdir() if to else ():
        shutil.copy(file, at.env.folder)
