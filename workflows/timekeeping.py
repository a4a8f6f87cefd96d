"""What time brings about in a long workflow: one timer to the earliest moment, and nothing tried without end."""

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
    """When the next thing is due in a state."""

    state: AskHolder
    moment: datetime | None


class Timekeeping(Generic[S]):
    """The clock of one aggregate: `due` is its decision of what time brings about, `next_moment` when that is."""

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
        """When time brings something about. Reckoned once of each state: no state is ever changed in place."""
        state = self._runner.state
        if self._known is None or self._known.state is not state:
            self._known = _NextMoment(state, self._next_moment(state))
        return self._known.moment

    @property
    def _has_come(self) -> bool:
        moment = self.next_moment
        return moment is not None and moment <= self._runner.now()

    def state_by_now(self) -> S:
        """The state with everything that time has brought about, for whoever decides before its timer has come."""
        state: S = self._due(self._runner.state, self._runner.now()).state if self._has_come else self._runner.state
        return state

    def let_pass(self) -> None:
        """Carries out what is due. What cannot be is not tried again at once (`wake`)."""
        self._stands = True
        with carries_on(self._runner, "what time brings about"):
            self._runner.act(self._due, BY_THE_CLOCK)
            self._stands = False

    def let_come(self) -> None:
        """A role that has ended, or a stand-in's last day, does not wait for its timer: an outage makes it late."""
        if self._has_come:
            self._runner.act(self._due, BY_THE_CLOCK)

    def wake(self) -> None:
        """Sets the timer to what is due next. What time could not bring about is due still, and waits for a while."""
        with carries_on(self._runner, "the timer of what is due next"):
            moment = self.next_moment
            if moment is not None and self._stands:
                moment = max(moment, self._runner.now() + PAUSE)
            self._runner.wake_at(moment)
