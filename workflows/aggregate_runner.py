"""What both long-running workflows share: state and outbox kept in step, repeats recognised, one timer, one record.

`AggregateRunner` is composed, not inherited: a workflow's `run` reads as its story and leaves Temporal's part to this.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from pydantic_core import to_json

    from activities.recording import Recorder
    from domain.asks.holder import AskHolder
    from domain.record.facts import Apart, Appended, Batch, Recorded, alike, evolve, first_batch, mended, recorded
    from domain.shared.errors import DoneBefore, KeyReused, Refusal, foreign_engine, quarantine_refusal
    from domain.shared.text import shortened
    from domain.shared.transaction import CLOCK, Actor
    from workflows.data_errors import carries_on
    from workflows.details import MAX_SUMMARY, quarantine_note, record_summary
    from workflows.messages import (
        REMEMBERED,
        CarriedOver,
        ChainHead,
        ForLife,
        Position,
        Receipt,
        Remembered,
        StateQuestion,
        key_of,
    )

S = TypeVar("S", bound=AskHolder)
C = TypeVar("C", bound=CarriedOver)

# How long a decision waits for the database before it is acknowledged and the record is written in the background.
LOCAL_PATIENCE = timedelta(seconds=1.5)
# Bytes that one run hands to the next: the engine takes 2,097,152, including what the run was given for its life.
MAX_CARRIED = 2_000_000
# Events after which a run continues as new: a new worker replays them within a second (6 to 10 ms a decision).
MAX_HISTORY = 400


class AnyDecision(Protocol):
    """A decision on either kind of aggregate."""

    @property
    def state(self) -> Any: ...
    @property
    def events(self) -> Sequence[Any]: ...
    @property
    def for_whom(self) -> str | None: ...


D = TypeVar("D", bound=AnyDecision)


class _Act(NamedTuple):
    """A decision that is not in the record yet: how it was made, by whom, when, and how many facts it produced."""

    decide: Callable[[Any, datetime], AnyDecision]
    actor: Actor
    at: datetime
    facts: int


class _Weighed(NamedTuple):
    """A validator's decision, with the request, state and moment it was made for."""

    of: tuple[str, str, Actor]
    decision: Any
    state: AskHolder
    now: datetime


class AggregateRunner(Generic[S]):
    """An aggregate inside a workflow: its state, the facts not yet in the record, and recent answers.

    The record is written by a local activity, within the workflow task that decided. The activity's result, which the
    history keeps, is therefore the truth, and what this run has computed gives way to it:

    - A task that was lost after its record was written is run again: the record then holds other facts (`_mend`).
    - A task that the engine has split, to answer a query, is replayed as one, with a later clock: the decision is made
      again as of the moment at which it was recorded (`_as_recorded`).

    A split may also change the order of commands, and then no replay gets past it: to answer a query, a worker that
    does not have the run cached applies to it what has arrived since its last task. What `run` does about a signal or a
    timer then comes before the updates of the next task, but after them when both are replayed at once (temporalio
    1.35). So a running workflow is never queried (`answer`), and one whose tasks fail is detected and restarted from
    the record (`application.reconciliation.compare`, `application.reconciliation.reconcile`).
    """

    def __init__(
        self,
        stream: str,
        given: ForLife,
        state: S | None = None,
        remembered: Sequence[Remembered] = (),
        head: ChainHead | None = None,
    ) -> None:
        """Resumes from a state whose every fact is in the record, or begins with none."""
        self.given = given
        self.stream = stream
        self.pending: list[Recorded] = []
        self.appended: Appended | None = None
        self.head = head
        self._state = self._written = state
        self._acts: list[_Act] = []
        self._weighed: _Weighed | None = None
        self._remembered = OrderedDict((key_of(answer.id), answer) for answer in remembered)
        self._wakes_at: datetime | None = None
        self._woken = False
        self._timers: set[asyncio.Task[None]] = set()
        self.quarantined = ""
        self._hindrance = ""
        self._reconciled = False

    @property
    def state(self) -> S:
        """The state after every decision so far. Raises AssertionError before the first."""
        if self._state is None:
            raise AssertionError(f"nothing has happened in {self.stream}")
        return self._state

    @property
    def position(self) -> Position:
        """How far this run has come, for comparison with the record."""
        written = self._written.seq if self._written is not None else 0
        why = "" if self._reconciled else self.quarantined
        return Position(
            decided=self.state.seq,
            recorded=written,
            quarantined=why,
            goes_on=self._reconciled,
            installation=self.given.installation,
            head=self.head,
            asks={ask.id: ask.subject_hash for ask in self.state.open_asks()},
        )

    def answer(self, question: StateQuestion) -> Any:
        """The answer to a question: a `Position`, the state, or whether the answer given to a request still holds.

        It no longer holds if the decision was dropped before it was written.
        """
        if question.about == "remembers":
            return self.remembers(question.request)
        return self.position if question.about == "position" else self.state

    @property
    def remembered(self) -> tuple[Remembered, ...]:
        """The most recent answers, oldest first."""
        return tuple(self._remembered.values())

    def now(self) -> datetime:
        """The installation's current time; the same on replay."""
        return workflow.now() + self.given.clock_offset

    def weigh(self, request: Any, decision: Any, state: S, now: datetime) -> None:
        """Keeps the validator's decision for the handler that runs next: deciding on a large deal takes a second."""
        self._weighed = _Weighed((request.id, request.body, request.actor), decision, state, now)

    def weighed(self, request: Any, state: S, now: datetime) -> Any | None:
        """The decision that `weigh` kept for this same request, state and moment, or None.

        Reusing it is safe: decisions are pure. Replays run no validators, so there it is always None.
        """
        known, self._weighed = self._weighed, None
        same = known is not None and known.state is state and known.now == now
        return known.decision if known and same and known.of == (request.id, request.body, request.actor) else None

    def act(self, decide: Callable[[Any, datetime], D], actor: Actor) -> D:
        """Decides by a function of state and moment; keeps the new state and puts the facts into the outbox.

        Raises the decision's refusal, or Quarantined.
        """
        return self._act(decide, actor, self.now())

    def _act(self, decide: Callable[[Any, datetime], D], actor: Actor, at: datetime) -> D:
        if self.quarantined:
            raise quarantine_refusal(self.stream)
        decision = decide(self._state, at)
        actor = actor if decision.for_whom is None else actor.replace(for_whom=decision.for_whom)
        facts = recorded(self.stream, self._next_seq, tuple(decision.events), actor, at, self.given.salt)
        if facts:
            self.pending += facts
            self._acts.append(_Act(decide, actor, at, len(facts)))
        self._state = decision.state
        return decision

    @property
    def _next_seq(self) -> int:
        return self._state.seq + 1 if self._state is not None else 1

    def earlier_answer(self, request_id: str, body: str) -> Receipt | None:
        """The receipt of a request that was already answered, or None. Raises KeyReused if its body differs."""
        known = self._remembered.get(key_of(request_id))
        if known is None:
            return None
        if known.body != body:
            raise KeyReused(
                "This key has already been used with another body.", remedy="Use a new key for a new request."
            )
        return known.receipt

    def require_not_done(self, done: bool) -> None:
        """Raises DoneBefore for a request that this run no longer remembers but the record does."""
        if done:
            raise DoneBefore("The record holds what this request did.", remedy="Take its receipt.")

    def remembers(self, request_id: str) -> bool:
        """True if this recent request was answered and its effects have not been dropped since."""
        known = self._remembered.get(key_of(request_id))
        return known is not None and known.id == request_id

    def remember(self, request_id: str, body: str, receipt: Receipt) -> None:
        """Keeps an answer for repeats of its request; the oldest beyond `REMEMBERED` are dropped."""
        self._remembered[key_of(request_id)] = Remembered(id=request_id, body=body, receipt=receipt)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    async def write_record(self) -> None:
        """Writes what is pending, in order. While the database is away, a regular activity waits for it.

        A local activity holds the answer back until the record is written, so that readers see their own writes; after
        `LOCAL_PATIENCE` decisions go on and the record follows.
        """
        while self.pending and not self.quarantined:
            appended = await self._append(first_batch(self.stream, self.pending, self.given.installation))
            if appended.quarantined:
                self._quarantine(appended.quarantined)
                return
            self.appended, self.head = appended, ChainHead(seq=appended.seq, hash=appended.last)
            if appended.behind:
                self._go_on_from_record()
                return
            if self.appended.instead:
                self._mend(self.appended.instead)
            else:
                self._as_recorded(self.appended.moments)

    def _quarantine(self, why: str) -> None:
        """Drops decisions that may not be written.

        A receipt that was sent while the database was away may name one: the API checks before it answers, and the next
        comparison reports what people were already told.
        """
        workflow.logger.error("%s is quarantined: %s", self.stream, why)
        workflow.set_current_details(quarantine_note(why))
        for act in self._acts:
            self._remembered.pop(key_of(act.actor.command), None)
        self.quarantined, self.pending, self._acts = why, [], []
        if (
            self._written is not None
        ):  # otherwise it was restarted where the record knows it already: the state comes from there
            self._state = self._written

    def _go_on_from_record(self) -> None:
        """With its task the engine lost what people were told since: resume from the record, as after a reconcile."""
        self._quarantine("the engine goes on from the record")
        self.reconcile()

    def hinder(self, why: str) -> None:
        """Notes an unforeseen error outside a decision, to quarantine the stream with; only the first is kept."""
        self._hindrance = self._hindrance or why

    async def set_apart(self) -> None:
        """Quarantines the stream after `hinder`: the record says why, and nothing is decided until it is repaired.

        Operators are notified. Commands that arrive meanwhile find the stream closed and are answered that it is
        quarantined.
        """
        if self._hindrance and not self.quarantined:
            await self._in_record(
                Recorder.set_apart,
                Apart(stream=self.stream, why=self._hindrance, at=self.now(), installation=self.given.installation),
                shortened(f"quarantine: {self._hindrance}", MAX_SUMMARY),
            )
            self._quarantine(self._hindrance)

    def require_own(self, installation: str) -> None:
        """Raises ForeignEngine for a request from another installation whose API was pointed at this engine."""
        if self.given.installation and installation != self.given.installation:
            workflow.logger.warning("%s refuses a request of another installation", self.stream)
            raise foreign_engine()

    def require_in_step(self, acknowledged: int) -> None:
        """Raises Quarantined if this run knows less than people were told, or may write nothing."""
        if self.quarantined or self._reconciled or self.state.seq < acknowledged:
            why = self.quarantined or f"the engine ends at {self.state.seq}, {acknowledged} facts were acknowledged"
            workflow.logger.warning("%s refuses a command: %s", self.stream, why)
            raise quarantine_refusal(self.stream)

    def reconcile(self) -> None:
        """Record and engine were compared and agree on what the record says: this run resumes from there."""
        self._reconciled = True

    async def reconciled_state(self, read: Any) -> Any:
        """If quarantined, waits for `reconcile`. Returns the state that the record holds, or None if not quarantined.

        `read` is the activity method that reads it. The run then continues as new, because the server still
        deduplicates the requests whose decisions this run dropped, and must forget them.
        """
        if self.quarantined:
            await workflow.wait_condition(lambda: self._reconciled)
        if not self._reconciled:
            return None
        held = await workflow.execute_activity_method(
            read,
            args=[self.stream, self.given.installation],
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)),
            summary="read the state that the record holds",
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        return held

    def _as_recorded(self, moments: Sequence[datetime]) -> None:
        """Drops the facts that are now in the record, of which these are the moments."""
        known = sum(act.facts for act in self._acts) == len(self.pending)
        if known and [fact.at for fact in self.pending[: len(moments)]] != list(moments):
            acts, self._acts, self.pending, self._state = self._acts, [], [], self._written
            for act in acts:
                place = len(self.pending)
                self._act(act.decide, act.actor, moments[place] if place < len(moments) else act.at)
        self._written = self._fold(self.pending[: len(moments)]) if len(moments) < len(self.pending) else self._state
        self._let_go(len(moments))

    def _let_go(self, facts: int) -> None:
        del self.pending[:facts]
        while facts > 0 and self._acts:
            first = self._acts.pop(0)
            facts -= first.facts
            if facts < 0:
                self._acts.insert(0, first._replace(facts=-facts))

    def _mend(self, stands: Sequence[Recorded]) -> None:
        """Takes over facts that a lost worker wrote and the engine does not know: the record only grows.

        Facts that equal the pending ones except for their time are kept. From the first that differs on, they are
        voided by a new fact, and what is pending is written after it. Only facts above both marks of the stream reach
        this (`Records`): no one was answered or told about them. Raises ApplicationError if they belong to another
        engagement.
        """
        workflow.logger.warning("%s: %s facts stand that the engine did not know", self.stream, len(stands))
        own, same = self.pending, alike(self.pending, stands)
        written, rest = self._fold(stands[:same]), own[same:]
        if same < len(stands):
            last = stands[-1].seq
            void = mended(written, stands[same].seq, last)
            actor = Actor(person_id=CLOCK, channel=CLOCK)
            rest = [
                *recorded(self.stream, last + 1, (void,), actor, self.now(), self.given.salt),
                *(fact.replace(seq=seq) for seq, fact in enumerate(rest, last + 2)),
            ]
        self._written, self.pending, self._acts = written, rest, []
        self._state = self._fold(rest)

    def _fold(self, facts: Sequence[Recorded]) -> Any:
        """The recorded state with these facts applied."""
        state: Any = self._written
        for fact in facts:
            state = evolve(state, fact)
        return state

    async def _append(self, batch: Batch) -> Appended:
        summary = f"{batch.facts[0].seq}-{batch.facts[-1].seq}"
        with carries_on(self, "the summary of what is written"):
            summary = record_summary(batch.facts, self.state.cast)
        appended: Appended = await self._in_record(Recorder.record, batch, summary)
        return appended

    async def _in_record(self, method: Any, what: Batch | Apart, summary: str) -> Any:
        """Runs it within this task; if the database is away for longer, as a regular activity that waits for it."""
        try:
            return await workflow.execute_local_activity_method(
                method,
                what,
                schedule_to_close_timeout=LOCAL_PATIENCE,
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(milliseconds=50), maximum_interval=timedelta(seconds=1)
                ),
                summary=summary,
            )
        except FailureError:  # an ActivityError; on replay, the bare time-out that was its cause
            workflow.logger.warning("the record is away, %s waits for it: %s", self.stream, summary)
            return await workflow.execute_activity_method(
                method,
                what,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)),
                summary=f"{summary} (the database was away)",
            )

    def wake_at(self, moment: datetime | None) -> None:
        """Makes sure the loop wakes at this moment or before. A timer that fires too early recomputes."""
        if moment is None or (self._wakes_at is not None and self._wakes_at <= moment):
            return
        self._wakes_at = moment
        timer = asyncio.create_task(self._sleep_until(moment))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _sleep_until(self, moment: datetime) -> None:
        wait = max(moment - self.now(), timedelta())
        await workflow.sleep(wait, summary=f"next due {moment:%Y-%m-%d %H:%M} UTC")
        if self._wakes_at == moment:
            self._wakes_at = None
        self._woken = True

    async def wait_for_something(self, also: Any) -> bool:
        """Waits until facts are pending, a timer has fired, or `also()` holds. True if a timer fired."""
        await workflow.wait_condition(
            lambda: bool(self.pending or self._hindrance) or self._woken or self._reconciled or also()
        )
        woken, self._woken = self._woken, False
        return woken

    def fitted(self, carried: C) -> C | None:
        """What is handed to the next run, with as many of the last answers as the engine takes.

        A request whose answer was left out is answered from the record. None if it is too large even without any: the
        run then stays and is quarantined, instead of failing at each task that tries to continue as new.
        """
        for most in (REMEMBERED, REMEMBERED // 4, 0):
            lighter = carried.replace(remembered=carried.remembered[-most:] if most else ())
            if len(to_json(lighter, inf_nan_mode="strings")) <= MAX_CARRIED:
                return lighter
        self._reconciled = False
        self.hinder(f"it takes more than {MAX_CARRIED:,} bytes, and the engine cannot go on with it in another run")
        return None

    @property
    def should_continue_as_new(self) -> bool:
        """True when the history is long and nothing is left to write."""
        info = workflow.info()
        long = info.is_continue_as_new_suggested() or info.get_current_history_length() >= MAX_HISTORY
        return long and not self.pending


@contextmanager
def refusals_rejected() -> Iterator[None]:
    """Turns a rule's refusal into a rejection of the update; a plain exception would fail the workflow task."""
    try:
        yield
    except Refusal as refusal:
        raise as_rejection(refusal) from None


def as_rejection(refusal: Refusal) -> ApplicationError:
    """A refusal as an ApplicationError: its class name as type, its fields as details; never retried."""
    return ApplicationError(
        str(refusal), refusal.refused.model_dump(mode="json"), type=refusal.refused.name, non_retryable=True
    )
