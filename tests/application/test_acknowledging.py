"""Marks of what was answered wait for a database that is locked, and are lost by nothing."""

import asyncio
import sqlite3
import time
from pathlib import Path

from adapters.db.stream_status import StreamStatuses
from application.acknowledgements import Acknowledgements
from tests.databases import migrated
from workflows.messages import Receipt


async def test_the_last_marks_are_written_before_a_process_ends_also_where_the_database_is_locked_then(
    tmp_path: Path,
) -> None:
    file = tmp_path / "record.db"
    database = migrated(file)
    standings = StreamStatuses(database)
    acknowledgements = Acknowledgements(standings, delay=0.01)
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    stream = "engagement/ENG-2026-0001"
    acknowledgements.answered(Receipt(stream=stream, sequence=7, happened=("DealHeld",), stage="qualify"))
    asyncio.get_running_loop().call_later(1, holder.execute, "ROLLBACK")
    await asyncio.sleep(0.3)  # the write is under way, and waits
    await acknowledgements.drain(30)
    assert standings.of(stream).acknowledged == 7
    holder.close()
    database.dispose()


async def test_a_mark_is_there_within_a_second_and_keeps_no_answer_waiting(tmp_path: Path) -> None:
    file = tmp_path / "record.db"
    database = migrated(file)
    acknowledgements, standings = Acknowledgements(StreamStatuses(database)), StreamStatuses(database)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    first, second = (f"engagement/ENG-2026-000{n}" for n in (1, 2))
    acknowledgements.answered(Receipt(stream=first, sequence=7, happened=("DealHeld",), stage="qualify"))
    await asyncio.sleep(0.6)  # its mark waits for the lock
    acknowledgements.answered(Receipt(stream=second, sequence=3, happened=("DealHeld",), stage="qualify"))
    holder.execute("ROLLBACK")
    holder.close()
    await asyncio.sleep(1)
    assert [standings.of(stream).acknowledged for stream in (first, second)] == [7, 3]
    await acknowledgements.drain()
    database.dispose()


async def test_a_mark_waits_while_the_database_is_locked(tmp_path: Path) -> None:
    file = tmp_path / "record.db"
    database = migrated(file)
    standings = StreamStatuses(database)
    acknowledgements = Acknowledgements(standings, delay=0.01)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    stream = "engagement/ENG-2026-0001"
    acknowledgements.answered(Receipt(stream=stream, sequence=7, happened=("DealHeld",), stage="qualify"))
    await acknowledgements.flush()
    assert standings.of(stream).acknowledged == 0
    holder.execute("ROLLBACK")
    holder.close()
    until = time.monotonic() + 30
    while standings.of(stream).acknowledged != 7:  # it raises what waits by itself
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    database.dispose()
