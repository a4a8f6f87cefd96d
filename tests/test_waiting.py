"""`interlock up` never waits without a word: what for is said at once, and again every few seconds."""

import asyncio
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from adapters.processes.ports import require_free
from adapters.processes.waiting import AGAIN, Aloud, BoundedWait
from tests.databases import migrated
from tests.ports import free_ports
from tests.process_env import PORTS, ProcessEnv


def test_a_start_that_waits_for_who_keeps_the_database_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    migrated(home / "interlock.db")
    env = ProcessEnv(home, dict(zip(PORTS, map(str, free_ports(3)), strict=True)))
    holder = sqlite3.connect(home / "interlock.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said = tmp_path / "said"
    process = env.begin("up", out=said)
    try:
        until = time.monotonic() + 40
        while said.read_text().count("another process writes to the database, or migrates it") < 2:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.1)
    finally:
        holder.close()
        process.terminate()
        process.wait(60)


def test_a_wait_has_an_end(capfd: pytest.CaptureFixture[str]) -> None:
    waiting = BoundedWait("something", 0.5)
    while waiting.goes_on():
        time.sleep(0.02)
    assert "something" in capfd.readouterr().err


def test_a_port_that_stays_taken_is_waited_for_aloud(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        threading.Timer(1, taken.close).start()
        require_free(port, "INTERLOCK_HTTP_PORT")
    assert f"port {port} is still taken" in capfd.readouterr().err


async def test_work_is_said_at_once_and_every_few_seconds_and_ends_as_it_ends(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def work() -> None:
        async with Aloud() as aloud:
            aloud.begins("something is done", "somebody")
            assert "something is done" in capfd.readouterr().err
            await asyncio.sleep(AGAIN * 1.3)
            aloud.goes_on("another")
            await asyncio.sleep(AGAIN)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    said = capfd.readouterr().err
    assert (said.count("somebody"), said.count("another")) == (1, 1)
    await asyncio.sleep(AGAIN * 1.3)
    assert not capfd.readouterr().err
