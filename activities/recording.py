"""Writes a batch of facts into the record. The one activity on the path of a decision."""

from typing import Protocol

from temporalio import activity

from domain.record import Appended, Batch


class Record(Protocol):
    """Where facts are written: ledger, read model and outgoing messages in one transaction."""

    def keep(self, batch: Batch) -> Appended:
        """Writes the facts that are not there yet; a repeat changes nothing. Where others stand, gives those."""


class Recorder:
    """Holds the record for the worker's life."""

    def __init__(self, record: Record) -> None:
        self._record = record

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Appended:
        """Keeps a batch; safe to repeat, since facts are known by stream and sequence."""
        kept = self._record.keep(batch)
        return kept if kept.instead else kept.having(moments=tuple(fact.at for fact in batch.facts))
