"""The parts of a stack: replaced when they die or hang, gone when their parent is, one stack to a data folder."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from adapters.processes.part import pulse_file, pulse_of
from adapters.processes.start_errors import CannotStart
from adapters.processes.supervisor import StackPart, Supervisor, claim
from adapters.temporal.server import keep_histories
from tests.ports import free_ports
from tests.workflows.worker_env import TemporalServer, connected

LIVES = """
import asyncio, sys
from pathlib import Path
from adapters.processes.part import beat
file = Path(sys.argv[1])
file.with_suffix(".pid").write_text(str(__import__("os").getpid()))
asyncio.run(beat(file))
"""
LOADS = """
import os, sys, time
from pathlib import Path
from adapters.processes.part import await_turn
time.sleep(1)
with Path(sys.argv[2]).open("a") as loaded:
    loaded.write(f"{os.getpid()} ")
await_turn()
while True:
    Path(sys.argv[1]).write_text(str(os.getpid()))
    time.sleep(0.2)
"""
PARENT = """
import sys, time
from pathlib import Path
from adapters.processes.supervisor import StackPart, Supervisor
folder = Path(sys.argv[1])
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
supervisor = Supervisor([StackPart("deaf", [sys.executable, "-c", deaf], lambda: True)], folder)
supervisor.start()
print(supervisor.pids["deaf"], flush=True)
time.sleep(60)
"""


def until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Supervisor]:
    """A part that gives signs of life, watched."""
    file = pulse_file(tmp_path, "part")
    part = StackPart("part", [sys.executable, "-c", LIVES, str(file)], file.exists, partial(pulse_of, file))
    supervisor, over = Supervisor([part], tmp_path), threading.Event()
    supervisor.start()

    def watch() -> None:
        while not over.wait(0.1):
            supervisor.watch()

    watching = threading.Thread(target=watch)
    watching.start()
    yield supervisor
    over.set()
    watching.join()
    supervisor.stop()


def test_a_part_that_was_stopped_is_replaced_within_ten_seconds(watched: Supervisor) -> None:
    time.sleep(1.5)
    first = watched.pids["part"]
    os.kill(first, signal.SIGSTOP)
    until(lambda: watched.pids["part"] != first, 10)
    assert not lives(first)


def test_a_part_that_was_stopped_while_it_started_is_replaced_within_ten_seconds(watched: Supervisor) -> None:
    first = watched.pids["part"]
    os.kill(first, signal.SIGKILL)
    until(lambda: watched.pids["part"] != first, 2)
    second = watched.pids["part"]
    os.kill(second, signal.SIGSTOP)  # it has not come to its first sign of life
    until(lambda: watched.pids["part"] != second, 10)
    assert not lives(second)


def test_a_part_that_takes_long_to_load_goes_on_at_once_in_one_that_stood_by(tmp_path: Path) -> None:
    file, loaded = pulse_file(tmp_path, "part"), tmp_path / "loaded"
    command = [sys.executable, "-c", LOADS, str(file), str(loaded)]
    supervisor = Supervisor([StackPart("part", command, file.exists, partial(pulse_of, file), standby=True)], tmp_path)
    supervisor.start()
    first = supervisor.pids["part"]
    try:
        watched_until(supervisor, lambda: len(read(loaded)) == 2, 20)
        assert supervisor.pids["part"] == first
        os.kill(first, signal.SIGKILL)
        watched_until(supervisor, lambda: supervisor.pids["part"] != first, 1)
        second = supervisor.pids["part"]
        assert str(second) in read(loaded)
        watched_until(supervisor, lambda: read(file) == [str(second)], 2)
    finally:
        supervisor.stop()
    assert not [pid for pid in read(loaded) if lives(int(pid))]


def test_one_that_stands_by_and_was_stopped_is_replaced_before_its_turn_comes(tmp_path: Path) -> None:
    file, loaded = pulse_file(tmp_path, "part"), tmp_path / "loaded"
    command = [sys.executable, "-c", LOADS, str(file), str(loaded)]
    supervisor = Supervisor([StackPart("part", command, file.exists, partial(pulse_of, file), standby=True)], tmp_path)
    supervisor.start()
    try:
        watched_until(supervisor, lambda: len(read(loaded)) == 2, 20)
        stopped = int(read(loaded)[1])
        os.kill(stopped, signal.SIGSTOP)
        watched_until(supervisor, lambda: len(read(loaded)) == 3, 20)
        assert not lives(stopped)
    finally:
        supervisor.stop()


def test_a_part_that_cannot_be_started_now_is_started_later_and_holds_up_no_other(tmp_path: Path) -> None:
    full = [True]

    def before() -> None:
        if full[0] and supervisor.pids:
            raise OSError(28, "No space left on device")

    lives_on = [sys.executable, "-c", "import time; time.sleep(60)"]
    parts = [StackPart("part", lives_on, lambda: True, before=before), StackPart("other", lives_on, lambda: True)]
    supervisor = Supervisor(parts, tmp_path)
    full[0] = False
    supervisor.start()
    first = dict(supervisor.pids)
    full[0] = True
    try:
        for pid in first.values():
            os.kill(pid, signal.SIGKILL)
        watched_until(supervisor, lambda: supervisor.pids["other"] != first["other"], 5)
        assert supervisor.pids["part"] == first["part"]
        full[0] = False
        watched_until(supervisor, lambda: supervisor.pids["part"] != first["part"], 5)
    finally:
        supervisor.stop()


def test_a_start_that_fails_says_why_and_leaves_nothing_running(tmp_path: Path) -> None:
    lives_on = [sys.executable, "-c", "import time; time.sleep(60)"]
    ends = [sys.executable, "-c", "import sys; sys.exit('The engine belongs to another.')"]
    supervisor = Supervisor(
        [StackPart("part", lives_on, lambda: True), StackPart("ends", ends, lambda: False)], tmp_path
    )
    with pytest.raises(CannotStart, match=r"ends ended immediately: The engine belongs to another\."):
        supervisor.start()
    assert not lives(supervisor.pids["part"])


def test_why_a_part_died_is_what_its_own_process_said(tmp_path: Path) -> None:
    """Not what an earlier one had said; one that was killed said nothing of it."""
    (tmp_path / "part.log").write_text("Long ago something else was wrong.\n")
    says = [sys.executable, "-c", "import time; print('All is well.', flush=True); time.sleep(60)"]
    silent = [sys.executable, "-c", "import sys; sys.exit(3)"]
    for command, ends_by in ((silent, None), (says, signal.SIGKILL)):
        supervisor = Supervisor([StackPart("part", command, lambda: True)], tmp_path)
        supervisor.start()
        try:
            until(lambda: "well" in (tmp_path / "part.log").read_text() or ends_by is None, 10)  # noqa: B023
            if ends_by is not None:
                os.kill(supervisor.pids["part"], ends_by)
            until(lambda: not lives(supervisor.pids["part"]), 10)  # noqa: B023
            with capture_logs() as logs:
                supervisor.watch()
            (died,) = (line for line in logs if line["event"] == "part.died")
            assert died["said"] == "without any output."
        finally:
            supervisor.stop()


def test_a_stop_says_what_it_waits_for(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    supervisor = Supervisor([StackPart("deaf", [sys.executable, "-c", deaf], lambda: True)], tmp_path)
    supervisor.start()
    until(lambda: "deaf" in (tmp_path / "deaf.log").read_text(), 10)
    with capture_logs() as logs, pytest.MonkeyPatch.context() as quicker:
        quicker.setattr("adapters.processes.supervisor.STOP_PATIENCE", 0.5)
        supervisor.stop()
    assert {"event": "waits", "what": "deaf is finishing its work"}.items() <= logs[0].items()
    assert not lives(supervisor.pids["deaf"])


def read(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def watched_until(supervisor: Supervisor, holds: Callable[[], bool], seconds: float) -> None:
    def looked() -> bool:
        supervisor.watch()
        return holds()

    until(looked, seconds)


def test_a_part_that_gives_signs_of_life_is_left_alone(watched: Supervisor) -> None:
    first = watched.pids["part"]
    time.sleep(8)
    assert watched.pids["part"] == first


class Immortal(subprocess.Popen[bytes]):
    """A process that the kernel does not let go of, as while its disk hangs."""

    made: ClassVar[list[subprocess.Popen[bytes]]] = []

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.made.append(self)

    def kill(self) -> None:
        pass

    def send_signal(self, sig: int) -> None:
        pass


def test_a_part_that_cannot_be_killed_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.processes.supervisor.STOP_PATIENCE", 0.1)
    monkeypatch.setattr("adapters.processes.supervisor.HUNG_AFTER", 0.1)
    part = StackPart("part", [sys.executable, "-c", "import time; time.sleep(60)"], lambda: True, lambda: None)
    supervisor = Supervisor([part], tmp_path)
    monkeypatch.setattr("adapters.processes.supervisor.subprocess.Popen", Immortal)
    supervisor.start()

    def tried() -> bool:
        supervisor.watch()
        return time.monotonic() > began + 2

    began = time.monotonic()
    until(tried, 8)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5
    for process in Immortal.made:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def test_what_comes_before_a_part_comes_before_each_start_of_it(tmp_path: Path) -> None:
    starts: list[float] = []
    part = StackPart("part", [sys.executable, "-c", ""], lambda: True, before=lambda: starts.append(time.monotonic()))
    supervisor = Supervisor([part], tmp_path)
    supervisor.start()

    def started_again() -> bool:
        supervisor.watch()
        return len(starts) > 1

    until(started_again, 5)
    supervisor.stop()


def test_a_part_that_was_replaced_outlives_the_thread_that_watched(tmp_path: Path) -> None:
    part = StackPart("part", [sys.executable, "-c", "import time; time.sleep(60)"], lambda: True)
    supervisor = Supervisor([part], tmp_path)
    launching = threading.Thread(target=supervisor.start)
    launching.start()
    launching.join()
    time.sleep(0.5)
    assert lives(supervisor.pids["part"])
    supervisor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no kernel does it")
def test_a_part_that_is_deaf_dies_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        part = int(parent.stdout.readline())
        time.sleep(0.5)
        parent.kill()
        until(lambda: not lives(part), 2)


def test_a_second_stack_on_a_data_folder_hears_who_holds_it(tmp_path: Path) -> None:
    began = time.monotonic()
    with claim(tmp_path), pytest.raises(CannotStart, match=f"process {os.getpid()}"):
        claim(tmp_path)
    assert time.monotonic() - began < 5
    claim(tmp_path).close()


async def test_the_embedded_server_keeps_histories_for_thirty_days_also_when_it_was_started_again(
    tmp_path: Path,
) -> None:
    server = TemporalServer(tmp_path)
    try:
        server.start()
        while not keep_histories(server.port):
            assert server.process is not None
        server.stop()
        server.start()
        client = await connected(server.address)
        found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
        assert found.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)
    finally:
        server.stop()


def test_a_server_that_is_not_there_keeps_nothing_yet() -> None:
    assert not keep_histories(free_ports(1)[0])
