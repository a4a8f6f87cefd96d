"""Writes a batch of facts into the record. The one activity on the path of a decision."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from adapters.db.ledger import LedgerConflict
from adapters.db.projection import ProjectionOutOfSync
from adapters.db.write_batcher import WriteBatcher
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.record.facts import Aggregate, Apart, Appended, Batch
from domain.shared.errors import ForeignEngine, IntegrityBroken

# Errors that someone must repair first: facts that do not fit, a read model that lags, content gone or replaced, an
# engine of another installation, whose own worker writes these facts once it is back.
BEYOND_RETRY = (LedgerConflict, ProjectionOutOfSync, IntegrityBroken, ForeignEngine)

# Batches in one transaction: a tenth of a second, for which other writers wait.
MAX_BATCH = 25


class Record(Protocol):
    """Where facts are written: ledger, read model and outgoing messages in one transaction."""

    def keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        """Writes what is missing, all or nothing; a repeat changes nothing. Returns other facts if they are stored."""

    def quarantine(self, apart: Apart) -> None:
        """Lets nothing more be written to a stream, and notifies the operators, once."""

    def held_for(self, stream: str, installation: str) -> Aggregate:
        """The aggregate that a stream's facts make, according to the ledger. Raises ForeignEngine."""


class Recorder:
    """Keeps the record for the worker's life."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._together = WriteBatcher(record.keep_all, MAX_BATCH)

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> Appended:
        """Writes a batch; safe to repeat, since facts are known by stream and sequence.

        It shares a transaction with whatever other batches arrive meanwhile. A write that has timed out is still
        completed: its thread cannot be told that no one waits for it any more.

        An error that no retry fixes does not hold up the decision: the local attempt ends at once, with the error's
        class name as type. The regular activity shows that name in the Temporal UI until someone has repaired it, and
        then goes on by itself; failing it for good would end the engagement.
        """
        try:
            kept = await self._together.write(batch)
        except BEYOND_RETRY as broken:
            at_once = activity.info().is_local
            raise ApplicationError(str(broken), type=type(broken).__name__, non_retryable=at_once) from broken
        return (
            kept if kept.instead or kept.quarantined else kept.replace(moments=tuple(fact.at for fact in batch.facts))
        )

    @activity.defn(name="quarantine", no_thread_cancel_exception=True)
    def set_apart(self, apart: Apart) -> None:
        """Quarantines a stream whose workflow met an unforeseen error; safe to repeat."""
        self._record.quarantine(apart)

    @activity.defn(name="read_engagement")
    def engagement(self, stream: str, installation: str = "") -> Engagement:
        """An engagement as the ledger holds it. Raises TypeError if the stream is something else."""
        held = self._record.held_for(stream, installation)
        if not isinstance(held, Engagement):
            raise TypeError(f"{stream} is no engagement")
        return held

    @activity.defn(name="read_change_order")
    def change_order(self, stream: str, installation: str = "") -> ChangeOrder:
        """A change order as the ledger holds it. Raises TypeError if the stream is something else."""
        held = self._record.held_for(stream, installation)
        if not isinstance(held, ChangeOrder):
            raise TypeError(f"{stream} is no change order")
        return held

    @property
    def activities(self) -> tuple[Callable[..., Any], ...]:
        """All of them, for a worker to register."""
        return self.record, self.set_apart, self.engagement, self.change_order
