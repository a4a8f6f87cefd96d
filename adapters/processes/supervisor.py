"""Supervises the parts of the embedded stack: starts them in order, restarts what dies or hangs, stops them in order.

Weighed: everything in one process (a crash takes it all down, and `kill -9` of a part cannot be tried), a process
manager from a package (one more thing to install and learn), and this: a few child processes and a loop.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fcntl import LOCK_EX, LOCK_NB, flock
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import psutil
import structlog

from adapters.files.private_files import make_private
from adapters.processes.part import STANDBY
from adapters.processes.start_errors import CannotStart
from adapters.processes.waiting import BoundedWait

log = structlog.get_logger()

STOP_PATIENCE = 15.0
KILL_PATIENCE = 2.0
START_PATIENCE = 60.0
FIRST_PAUSE, MAX_PAUSE = 0.1, 2.0
# PR_SET_PDEATHSIG: Linux then ends a child whose parent was killed; elsewhere the next start finds the port taken.
DIE_WITH_PARENT = 1
PULSE_CHECK_INTERVAL = 1.0
# Seconds without a heartbeat after which a part counts as hung and is replaced.
HUNG_AFTER = 6.0
# Seconds that a part must have run before a standby is loaded, so that the two do not slow each other down.
STANDBY_AFTER = 3.0


class StackPart(NamedTuple):
    """A process of the stack: its name, its command, and how to tell that it is ready and alive.

    `pulse` returns a value that changes from time to time while the part is alive, or None if it does not answer; it
    takes at most a second. Without it, the part is replaced only when it exits. `before` is called before each start.
    With `standby`, a second copy of the part is kept that has loaded what it needs and waits (`await_turn`), and takes
    over at once when the first exits.
    """

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]
    pulse: Callable[[], object] | None = None
    before: Callable[[], None] | None = None
    standby: bool = False


class _Life(NamedTuple):
    """The last heartbeat of a part, and the deadline for the next one.

    While a part `starts` it has sent none yet: its use of processor time counts instead.
    """

    sign: object
    until: float
    starts: bool = False


def claim(folder: Path) -> IO[str]:
    """Locks the data folder for one stack, for as long as the returned file is open. Raises CannotStart."""
    make_private(folder)
    mark = (folder / "stack.pid").open("a+")
    try:
        flock(mark, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        mark.seek(0)
        holder = mark.read().strip() or "unknown"
        mark.close()
        raise CannotStart(
            f"{folder} is in use by another stack (process {holder}). Stop that one, or set INTERLOCK_HOME."
        ) from None
    mark.truncate(0)
    mark.write(f"{os.getpid()}\n")
    mark.flush()
    return mark


class Supervisor:
    """Keeps the parts of a stack running until it is stopped. A part that dies is restarted."""

    def __init__(self, parts: Sequence[StackPart], logs: Path, claimed: IO[str] | None = None) -> None:
        """`claimed` is closed once all parts have stopped."""
        self._claimed = claimed
        self._parts = parts
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._standbys: dict[str, subprocess.Popen[bytes]] = {}
        self._launched: dict[str, float] = {}
        self._said_before: dict[int, int] = {}
        """By process id, the length of its part's log when the process opened it."""
        self._pause = dict.fromkeys((part.name for part in parts), FIRST_PAUSE)
        self._not_before = dict.fromkeys((part.name for part in parts), 0.0)
        self._lives: dict[str, _Life] = {}
        self._used: dict[str, object] = {}
        self._next_look = 0.0
        # The kernel ends a child when the thread that launched it ends, so one long-lived thread launches them all.
        self._launcher = ThreadPoolExecutor(1, thread_name_prefix="launcher")

    @property
    def pids(self) -> dict[str, int]:
        """The ids of the running processes, by part."""
        return {name: process.pid for name, process in self._running.items()}

    def start(self, patience: float = START_PATIENCE) -> None:
        """Starts the parts in order, each once the one before is ready. Raises CannotStart."""
        make_private(self._logs)
        try:
            for part in self._parts:
                self._launch(part)
                self._await_ready(part, BoundedWait(f"{part.name} starts", patience))
        except BaseException:
            self.stop()
            raise

    def _launch(self, part: StackPart) -> None:
        if part.before:
            part.before()
        last = part.pulse() if part.pulse else None
        self._lives[part.name] = _Life(last, time.monotonic() + HUNG_AFTER, starts=True)
        self._launched[part.name] = time.monotonic()
        process = self._standbys.pop(part.name, None)
        if process is None or process.poll() is not None:
            process = self._launcher.submit(self._open, part).result()
        self._running[part.name] = process
        _give_turn(process)
        pid_file(self._logs, part.name).write_text(str(process.pid))

    def _last_words(self, part: StackPart) -> str:
        """The last line that the part's process logged, which says why it ended; one that was killed said nothing."""
        process = self._running[part.name]
        if process.returncode == -signal.SIGKILL:
            return "without any output."
        return _last_line(self._logs / f"{part.name}.log", self._said_before.get(process.pid, 0))

    def _keep_standby(self, part: StackPart) -> None:
        """Loads a standby for a part that has run for a while and finished starting.

        A standby that was stopped (SIGSTOP) could not take over, so it is replaced.
        """
        waiting = self._standbys.get(part.name)
        if waiting is not None:
            if waiting.poll() is None and not _is_stopped(waiting.pid):
                return
            log.warning("standby.replaced", part=part.name)
            _kill_standby(part.name, self._standbys.pop(part.name))
        if time.monotonic() > self._launched[part.name] + STANDBY_AFTER and not self._lives[part.name].starts:
            self._standbys[part.name] = self._launcher.submit(self._open, part).result()

    def _open(self, part: StackPart) -> subprocess.Popen[bytes]:
        command = [*part.command, STANDBY] if part.standby else list(part.command)
        with (self._logs / f"{part.name}.log").open("ab") as out:
            before = out.tell()
            process = subprocess.Popen(  # noqa: S603 -- our own commands, no shell
                command,
                stdin=subprocess.PIPE if part.standby else subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_die_with, os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509
            )
            self._said_before[process.pid] = before
            return process

    def _await_ready(self, part: StackPart, waiting: BoundedWait) -> None:
        while not part.is_ready():
            if self._running[part.name].poll() is not None:
                log_file = self._logs / f"{part.name}.log"
                raise CannotStart(f"{part.name} ended immediately: {self._last_words(part)}\nIts full log: {log_file}")
            if not waiting.goes_on():
                raise CannotStart(f"{part.name} is not ready: see {self._logs / part.name}.log")
            time.sleep(0.05)

    def watch(self) -> None:
        """Checks every part once: restarts what has died, after a pause that grows while it keeps dying.

        A part that is alive but sends no heartbeat was stopped or hangs, and is killed first. A part that cannot be
        started now (the disk is full, there are too many processes) is retried like one that keeps dying, and holds up
        no other.
        """
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + PULSE_CHECK_INTERVAL
            for part in self._parts:
                self._end_if_hung(part)
        for part in self._parts:
            ended = self._running[part.name].poll()
            if ended is None or now < self._not_before[part.name]:
                continue
            log.warning("part.died", part=part.name, code=ended, said=self._last_words(part))
            with self._tried_again_later(part):
                self._launch(part)
                log.info("part.started", part=part.name)
            self._not_before[part.name] = now + self._pause[part.name]
            self._pause[part.name] = min(self._pause[part.name] * 2, MAX_PAUSE)
        for part in self._parts:
            if part.standby:
                with self._tried_again_later(part):
                    self._keep_standby(part)

    @contextlib.contextmanager
    def _tried_again_later(self, part: StackPart) -> Iterator[None]:
        try:
            yield
        except Exception:
            log.exception("part.not_started", part=part.name)

    def _end_if_hung(self, part: StackPart) -> None:
        process = self._running[part.name]
        if part.pulse is None or process.poll() is not None:
            return
        now, known, sign = time.monotonic(), self._lives[part.name], part.pulse()
        if sign is not None and sign != known.sign:
            self._lives[part.name] = _Life(sign, now + HUNG_AFTER)
        elif known.starts and (used := _processor_time(process.pid)) != self._used.get(part.name):
            self._used[part.name] = used
            self._lives[part.name] = known._replace(until=now + HUNG_AFTER)
        elif now > known.until:
            log.warning("part.hung", part=part.name)
            _kill(part.name, process)

    def stop(self) -> None:
        """Asks the parts to stop, last started first, and kills those that do not. Says what it is waiting for."""
        for name, standby in self._standbys.items():
            _kill_standby(name, standby)
        for part in reversed(self._parts):
            process = self._running.get(part.name)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            if not _has_ended(process, BoundedWait(f"{part.name} is finishing its work", STOP_PATIENCE)):
                log.warning("part.killed", part=part.name)
                _kill(part.name, process)
        self._launcher.shutdown()
        if self._claimed is not None:
            self._claimed.close()


def pid_file(logs: Path, name: str) -> Path:
    """Where the supervisor writes a part's process id, since a standby of the same part may be running too."""
    return logs / f"{name}.pid"


def _last_line(log_file: Path, after: int) -> str:
    """The last line of a log after the first `after` bytes."""
    with log_file.open("rb") as log_of_part:
        log_of_part.seek(after)
        lines = log_of_part.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "without any output.")


def _give_turn(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it has exited in the meantime, which the next check finds
            process.stdin.write(b"\n")
            process.stdin.close()


def _has_ended(process: subprocess.Popen[bytes], waiting: BoundedWait) -> bool:
    """Whether the process exited in time."""
    while process.poll() is None:
        if not waiting.goes_on():
            return False
        time.sleep(0.05)
    return True


def _kill(name: str, process: subprocess.Popen[bytes]) -> None:
    """Kills a part. One that the kernel does not release, because its disk hangs, say, holds up no other."""
    process.kill()
    try:
        process.wait(KILL_PATIENCE)
    except subprocess.TimeoutExpired:
        log.exception("part.lives_on", part=name, process=process.pid)


def _kill_standby(name: str, standby: subprocess.Popen[bytes]) -> None:
    _kill(name, standby)
    if standby.stdin is not None:
        standby.stdin.close()


def _processor_time(pid: int) -> object:
    """The processor time that a process has used so far; None if it has just exited."""
    try:
        return psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None


def _is_stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def _die_with(parent: int) -> None:
    """Runs in the child before its program: makes it end when the supervisor does, however that ends."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
