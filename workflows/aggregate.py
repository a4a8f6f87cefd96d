"""What the workflows of engagements and of change orders hear alike, beside their commands."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.durable import Durable
    from workflows.messages import ANSWER, ASKED, Question


class AggregateWorkflow:
    """A workflow of one aggregate: it can be asked, and be told to go on from the record."""

    _it: Durable[Any]

    @workflow.signal(name="reconciled")
    def reconciled(self) -> None:
        """An operator has compared record and engine: go on from what the record holds."""
        self._it.reconcile()

    @workflow.update(name=ASKED)
    def asked(self, question: Question) -> None:
        """Something that is asked of it while it runs; `_answer` answers, and nothing comes here."""

    @asked.validator
    def _answer(self, question: Question) -> None:
        """Answers by a refusal, which leaves nothing in the history."""
        raise ApplicationError("This is an answer.", self._it.answer(question), type=ANSWER, non_retryable=True)

    @workflow.query(name=ASKED)
    def asked_afterwards(self, question: Question) -> Any:
        """The same of one that has ended."""
        return self._it.answer(question)
