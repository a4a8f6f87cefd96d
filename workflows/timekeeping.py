"""Timed changes in a long-running workflow: one timer to the earliest moment, and nothing retried without end."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.asks.holder import AskHolder
    from domain.shared.transaction import CLOCK, Actor
    from workflows.aggregate_runner import AggregateRunner, AnyDecision
    from workflows.data_errors import PAUSE, carries_on

S = TypeVar("S", bound=AskHolder)
BY_THE_CLOCK = Actor(person_id=CLOCK, channel=CLOCK)


class _NextMoment(NamedTuple):
    """A state, and when the next thing is due in it."""

    state: AskHolder
    moment: datetime | None


class Timekeeping(Generic[S]):
    """The clock of one aggregate: `due` decides what has fallen due, `next_moment` says when the next thing will."""

    def __init__(
        self,
        it: AggregateRunner[S],
        due: Callable[[S, datetime], AnyDecision],
        next_moment: Callable[[S], datetime | None],
    ) -> None:
        self._runner, self._due, self._next_moment = it, due, next_moment
        self._known: _NextMoment | None = None
        self._stands = False

    @property
    def next_moment(self) -> datetime | None:
        """When something is next due. Computed once per state: a state is never changed in place."""
        state = self._runner.state
        if self._known is None or self._known.state is not state:
            self._known = _NextMoment(state, self._next_moment(state))
        return self._known.moment

    @property
    def _has_come(self) -> bool:
        moment = self.next_moment
        return moment is not None and moment <= self._runner.now()

    def state_by_now(self) -> S:
        """The state with everything applied that is due by now, for a decision made before its timer has fired."""
        state: S = self._due(self._runner.state, self._runner.now()).state if self._has_come else self._runner.state
        return state

    def let_pass(self) -> None:
        """Carries out what is due. What fails is not retried at once (`wake`)."""
        self._stands = True
        with carries_on(self._runner, "what time brings about"):
            self._runner.act(self._due, BY_THE_CLOCK)
            self._stands = False

    def let_come(self) -> None:
        """Carries out what is due, such as the end of a role, without waiting for the timer, which an outage delays."""
        if self._has_come:
            self._runner.act(self._due, BY_THE_CLOCK)

    def wake(self) -> None:
        """Sets the timer to what is due next. What failed is still due, and waits for `PAUSE`."""
        with carries_on(self._runner, "the timer of what is due next"):
            moment = self.next_moment
            if moment is not None and self._stands:
                moment = max(moment, self._runner.now() + PAUSE)
            self._runner.wake_at(moment)
