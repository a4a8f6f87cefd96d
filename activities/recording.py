"""Writes a batch of facts into the record. The one activity on the path of a decision."""

from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from adapters.ledger import LedgerConflict
from adapters.projection import Lagging
from domain.record import Appended, Batch
from domain.refusals import IntegrityBroken

BEYOND_RETRY = (LedgerConflict, Lagging, IntegrityBroken)
"""What somebody must mend first: facts that do not fit, a read model that lags, content gone or replaced."""


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
        """Keeps a batch; safe to repeat, since facts are known by stream and sequence.

        What no retry mends holds no decision back: the local attempt ends at once, under the name of its class.
        The regular one shows that name in the engine's pages until somebody has mended it, and then goes on by
        itself; ending it for good would end the engagement.
        """
        try:
            kept = self._record.keep(batch)
        except BEYOND_RETRY as broken:
            at_once = activity.info().is_local
            raise ApplicationError(str(broken), type=type(broken).__name__, non_retryable=at_once) from broken
        return kept if kept.instead else kept.having(moments=tuple(fact.at for fact in batch.facts))
