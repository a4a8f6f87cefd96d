"""What the product is measured against: a workflow that only receives its updates."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Self

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel


class Counted(BaseModel):
    """How many updates there were."""

    sequence: int


class BenchRow(BaseModel):
    """One row to write."""

    workflow: str
    sequence: int


class OneRow:
    """Writes a row in a transaction of its own, with the product's own database settings."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=wal")
        self._connection.execute("PRAGMA synchronous=full")
        self._connection.execute(
            "CREATE TABLE decision (workflow TEXT, sequence INTEGER, PRIMARY KEY (workflow, sequence))"
        )
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @activity.defn(name="one_row")
    def write(self, row: BenchRow) -> None:
        """Writes the row; safe to repeat."""
        with self._lock:
            self._connection.execute("INSERT OR IGNORE INTO decision VALUES (?, ?)", (row.workflow, row.sequence))


@workflow.defn(name="Raw")
class RawWorkflow:
    """Receives updates and counts them."""

    def __init__(self) -> None:
        self.count = 0

    @workflow.run
    async def run(self) -> None:
        """Waits for ten."""
        await workflow.wait_condition(lambda: self.count >= 10)

    @workflow.update(name="decide")
    def decide(self, _n: int) -> Counted:
        """Counts one."""
        self.count += 1
        return Counted(sequence=self.count)


@workflow.defn(name="RawRecorded")
class RecordedWorkflow:
    """Receives updates and writes a row for each by a local activity."""

    def __init__(self) -> None:
        self.count = 0
        self.written = 0

    @workflow.run
    async def run(self) -> None:
        """Writes what has arrived, until ten are written."""
        while self.written < 10:
            await workflow.wait_condition(lambda: self.count > self.written)
            row = BenchRow(workflow=workflow.info().workflow_id, sequence=self.written + 1)
            await workflow.execute_local_activity("one_row", row, schedule_to_close_timeout=timedelta(seconds=5))
            self.written += 1

    @workflow.update(name="decide")
    def decide(self, _n: int) -> Counted:
        """Counts one."""
        self.count += 1
        return Counted(sequence=self.count)
