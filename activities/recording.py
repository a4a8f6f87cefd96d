"""Writes a batch of facts into the record. The one activity on the path of a decision."""

from typing import Protocol

from temporalio import activity

from domain.record import Appended, Batch


class Record(Protocol):
    """Where facts are written: ledger, read model and outgoing messages in one transaction."""

    def append(self, batch: Batch) -> Appended:
        """Writes the facts that are not there yet; a repeat changes nothing."""


class Recorder:
    """Holds the record for the worker's life."""

    def __init__(self, record: Record) -> None:
        self._record = record

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Appended:
        """Appends a batch; safe to repeat, since facts are known by stream and sequence."""
        return self._record.append(batch)
