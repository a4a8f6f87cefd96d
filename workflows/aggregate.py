"""What the workflows of engagements and of change orders have alike: their commands, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.asks.eligibility import waiting_for
    from domain.shared.errors import Waiting
    from workflows.aggregate_runner import AggregateRunner, AnyDecision, refusals_rejected
    from workflows.data_errors import answers_unforeseen, carries_on
    from workflows.messages import ANSWER, INSPECT, RECONCILED, CommandRequest, OrderRequest, Receipt, StateQuestion
    from workflows.timekeeping import Timekeeping
    from workflows.updates import Handlers, unknown_update

AnyRequest = CommandRequest | OrderRequest
# Whom a receipt says that it waits for.
MAX_SHOWN = 5


class AggregateWorkflow:
    """A workflow of one aggregate: it takes commands, can be inspected, and be told to go on from the record."""

    _runner: AggregateRunner[Any]
    _time: Timekeeping[Any]

    def __init_subclass__(cls, updates: Handlers) -> None:
        """Gives the class its updates, so that one that comes before `run` begins is found.

        On the class, and not set by `@workflow.init`: they are made once a process, and not at each replay.
        """
        super().__init_subclass__()
        for name, handler in updates.items():
            setattr(cls, name, handler)

    def _decide(self, state: Any, request: Any, now: datetime) -> AnyDecision:
        """What the domain decides of a request. Raises its refusal."""
        raise NotImplementedError

    def _answer(self, decision: Any) -> Receipt:
        """What whoever gave the command is told of it."""
        raise NotImplementedError

    def _carry_out(self, request: AnyRequest) -> Receipt:
        """Carries out a command; nothing is awaited, so no rival comes between."""
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
        """Decides, and changes nothing: what is refused here leaves nothing in the history."""
        with answers_unforeseen(self._runner.stream, request.command.kind), refusals_rejected():
            self._runner.require_own(request.installation)
            if self._runner.earlier_answer(request.id, request.body) is None:
                self._runner.require_in_step(request.acknowledged)
                self._runner.require_not_done(request.done)
                now, state = self._runner.now(), self._time.state_by_now()
                self._runner.weigh(request, self._decide(state, request, now), state, now)

    def _receipt(self, decision: AnyDecision, stage: str, asks: tuple[str, ...], made: tuple[str, ...] = ()) -> Receipt:
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
        """What no command is called. Nothing comes here: the validator refuses it."""
        raise unknown_update()

    @unknown.validator
    def _refuse_unknown(self, name: str, args: Sequence[RawValue]) -> None:  # noqa: ARG002 -- as above
        """A front door of another version, or somebody at a terminal."""
        raise unknown_update()

    @workflow.signal(name=RECONCILED)
    def reconciled(self) -> None:
        """An operator has compared record and engine: go on from what the record holds."""
        self._runner.reconcile()

    @workflow.update(name=INSPECT)
    def inspect(self, question: StateQuestion) -> None:
        """Something that is asked of it while it runs; the validator answers, and nothing comes here."""

    @inspect.validator
    def _answer_question(self, question: StateQuestion) -> None:
        """Answers by a refusal, which leaves nothing in the history."""
        raise ApplicationError("This is an answer.", self._runner.answer(question), type=ANSWER, non_retryable=True)

    @workflow.query(name=INSPECT)
    def inspect_afterwards(self, question: StateQuestion) -> Any:
        """The same of one that has ended."""
        return self._runner.answer(question)
