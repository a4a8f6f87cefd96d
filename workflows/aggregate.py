"""What the engagement and change order workflows share: command updates, inspection and the reconcile signal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from domain.shared.values import AskId

with workflow.unsafe.imports_passed_through():
    from domain.asks.eligibility import waiting_for
    from domain.shared.errors import Waiting
    from workflows.aggregate_runner import AggregateRunner, AnyDecision, refusals_rejected
    from workflows.data_errors import answers_unforeseen, carries_on
    from workflows.messages import ANSWER, INSPECT, RECONCILED, CommandRequest, OrderRequest, Receipt, StateQuestion
    from workflows.timekeeping import Timekeeping
    from workflows.updates import Handlers, unknown_update

AnyRequest = CommandRequest | OrderRequest
# At most this many people or roles are listed in a receipt's `waits_for`.
MAX_SHOWN = 5


class AggregateWorkflow:
    """A workflow of one aggregate: it takes commands, can be inspected, and can be told to resume from the record."""

    _runner: AggregateRunner[Any]
    _time: Timekeeping[Any]

    def __init_subclass__(cls, updates: Handlers) -> None:
        """Sets the update handlers on the class, so that an update that arrives before `run` begins finds its handler.

        On the class rather than by `@workflow.init`: they are then made once per process and not at each replay.
        """
        super().__init_subclass__()
        for name, handler in updates.items():
            setattr(cls, name, handler)

    def _decide(self, state: Any, request: Any, now: datetime) -> AnyDecision:
        """The domain's decision on a request. Raises its refusal."""
        raise NotImplementedError

    def _answer(self, decision: Any) -> Receipt:
        """The receipt for the sender of a command."""
        raise NotImplementedError

    def _carry_out(self, request: AnyRequest) -> Receipt:
        """Carries out a command. Nothing is awaited, so no other handler can interleave."""
        with answers_unforeseen(self._runner.stream, request.command.kind), refusals_rejected():
            self._runner.require_own(request.installation)
            earlier = self._runner.earlier_answer(request.id, request.body)
            if earlier is not None:
                return earlier
            self._runner.require_in_step(request.acknowledged)
            self._time.let_come()
            decision = self._runner.act(
                lambda state, now: self._runner.weighed(request, state, now) or self._decide(state, request, now),
                request.actor.replace(command=request.id),
            )
        receipt = self._answer(decision)
        self._runner.remember(request.id, request.body, receipt)
        return receipt

    def _refuse(self, request: AnyRequest) -> None:
        """The validator: decides without changing anything, so that a refusal leaves nothing in the history."""
        with answers_unforeseen(self._runner.stream, request.command.kind), refusals_rejected():
            self._runner.require_own(request.installation)
            if self._runner.earlier_answer(request.id, request.body) is None:
                self._runner.require_in_step(request.acknowledged)
                self._runner.require_not_done(request.done)
                now, state = self._runner.now(), self._time.state_by_now()
                self._runner.weigh(request, self._decide(state, request, now), state, now)

    def _receipt(
        self, decision: AnyDecision, stage: str, asks: tuple[AskId, ...], made: tuple[str, ...] = ()
    ) -> Receipt:
        state = self._runner.state
        waits: tuple[Waiting, ...] = ()
        with carries_on(self._runner, "whom it waits for"):
            waits = tuple(waiting for ask in state.open_asks() for waiting in waiting_for(state, ask))
        return Receipt(
            stream=self._runner.stream,
            sequence=state.seq,
            happened=tuple(type(event).__name__ for event in decision.events),
            said=tuple(sentence for event in decision.events for sentence in event.said),
            stage=stage,
            asks=asks,
            waits_for=waits[:MAX_SHOWN],
            made=made,
        )

    @workflow.update(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:  # noqa: ARG002 -- as the SDK hands it over
        """Catches any update whose name is not a command's. Never runs: the validator refuses it."""
        raise unknown_update()

    @unknown.validator
    def _refuse_unknown(self, name: str, args: Sequence[RawValue]) -> None:  # noqa: ARG002 -- as above
        """Raises for a client of another version, or for someone who sends updates by hand."""
        raise unknown_update()

    @workflow.signal(name=RECONCILED)
    def reconciled(self) -> None:
        """An operator has compared record and engine: resume from what the record holds."""
        self._runner.reconcile()

    @workflow.update(name=INSPECT)
    def inspect(self, question: StateQuestion) -> None:
        """Asks a running workflow a `StateQuestion`. The validator answers, so the handler never runs."""

    @inspect.validator
    def _answer_question(self, question: StateQuestion) -> None:
        """Answers by rejecting the update, which leaves nothing in the history."""
        raise ApplicationError("This is an answer.", self._runner.answer(question), type=ANSWER, non_retryable=True)

    @workflow.query(name=INSPECT)
    def inspect_afterwards(self, question: StateQuestion) -> Any:
        """Answers the same questions once the workflow has ended, when updates are no longer possible."""
        return self._runner.answer(question)
