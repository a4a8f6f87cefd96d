"""What both long workflows share: state and outbox kept in step, repeats recognised, one timer, one record.

`Durable` is composed, not inherited: a workflow's `run` reads as its story and asks this for the engine's part.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.recording import Recorder
    from domain.asks import Asking
    from domain.record import Appended, Batch, Recorded, recorded
    from domain.refusals import Refusal
    from domain.turn import Actor
    from workflows.messages import REMEMBERED, KeyReused, Receipt, Remembered

S = TypeVar("S", bound=Asking)

LOCAL_PATIENCE = timedelta(seconds=5)
"""How long a decision waits for the database before the record is written behind its back."""
LONGEST_HISTORY = 1500
"""Events after which a run is continued as new: far under the server's limits, and quick to replay."""
LARGEST_BATCH = 100


class Decided(Protocol):
    """A decision of either aggregate."""

    @property
    def state(self) -> Any: ...
    @property
    def events(self) -> Sequence[Any]: ...


class Durable(Generic[S]):
    """An aggregate in an engine: its state, facts not yet in the record, and recent answers."""

    def __init__(self, stream: str, state: S, pending: Sequence[Recorded], remembered: Sequence[Remembered]) -> None:
        self.stream = stream
        self.state = state
        self.pending: list[Recorded] = list(pending)
        self.appended: Appended | None = None
        self._remembered = OrderedDict((answer.id, answer) for answer in remembered)
        self._wakes_at: datetime | None = None
        self._woken = False
        self._timers: set[asyncio.Task[None]] = set()

    @property
    def remembered(self) -> tuple[Remembered, ...]:
        """The last answers, oldest first."""
        return tuple(self._remembered.values())

    def take(self, decision: Decided, actor: Actor, first_seq: int | None = None) -> None:
        """Keeps a decision's state and puts its facts into the outbox."""
        if decision.events:
            seq = first_seq or self.state.seq + 1
            self.pending += recorded(self.stream, seq, tuple(decision.events), actor, workflow.now())
        self.state = decision.state

    def earlier_answer(self, request_id: str, body: str) -> Receipt | None:
        """The receipt of a request that was answered already. Raises KeyReused for another body."""
        known = self._remembered.get(request_id)
        if known is None:
            return None
        if known.body != body:
            raise KeyReused("This key came before with another body.", remedy="Use a new key for a new request.")
        return known.receipt

    def remember(self, request_id: str, body: str, receipt: Receipt) -> None:
        """Keeps an answer for repeats of its request."""
        self._remembered[request_id] = Remembered(id=request_id, body=body, receipt=receipt)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    async def write_record(self) -> None:
        """Writes what is pending, in order. While the database is away a regular activity waits for it.

        A local activity holds the answer back until the record is written, so that readers see what they
        did; after `LOCAL_PATIENCE` decisions go on and the record follows.
        """
        while self.pending:
            batch = Batch(stream=self.stream, facts=tuple(self.pending[:LARGEST_BATCH]))
            self.appended = await self._append(batch)
            del self.pending[: len(batch.facts)]

    async def _append(self, batch: Batch) -> Appended:
        span = f"{batch.facts[0].seq}-{batch.facts[-1].seq}"
        try:
            return await workflow.execute_local_activity_method(
                Recorder.record,
                batch,
                schedule_to_close_timeout=LOCAL_PATIENCE,
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(milliseconds=50), maximum_interval=timedelta(seconds=1)
                ),
                summary=f"record {span}",
            )
        except ActivityError:
            workflow.logger.warning("the record is away, facts %s of %s wait for it", span, self.stream)
            return await workflow.execute_activity_method(
                Recorder.record,
                batch,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)),
                summary=f"record {span} (the database was away)",
            )

    def wake_at(self, moment: datetime | None) -> None:
        """Sees to it that the loop wakes at this moment or before. A timer that comes too early recomputes."""
        if moment is None or (self._wakes_at is not None and self._wakes_at <= moment):
            return
        self._wakes_at = moment
        timer = asyncio.create_task(self._sleep_until(moment))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _sleep_until(self, moment: datetime) -> None:
        wait = max(moment - workflow.now(), timedelta())
        await workflow.sleep(wait, summary=f"next due {moment:%Y-%m-%d %H:%M} UTC")
        if self._wakes_at == moment:
            self._wakes_at = None
        self._woken = True

    async def wait_for_something(self, also: Any) -> bool:
        """Waits until facts are pending, a timer came, or `also()` holds. True where time has passed."""
        await workflow.wait_condition(lambda: bool(self.pending) or self._woken or also())
        woken, self._woken = self._woken, False
        return woken

    @property
    def should_continue_as_new(self) -> bool:
        """True when the history is long and nothing is left to write."""
        info = workflow.info()
        long = info.is_continue_as_new_suggested() or info.get_current_history_length() >= LONGEST_HISTORY
        return long and not self.pending


def as_rejection(refusal: Refusal) -> ApplicationError:
    """A refusal as the engine carries it: its class as type, its words as details; never retried."""
    return ApplicationError(
        str(refusal), refusal.refused.model_dump(mode="json"), type=refusal.refused.name, non_retryable=True
    )
