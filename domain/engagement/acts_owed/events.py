"""The events of an act owed: who owes it since when, how it escalates, how it ends."""

from typing import Annotated, Literal

from pydantic import Field

from domain.engagement.aggregate import Engagement
from domain.next_steps.acts_owed import ActOwed
from domain.shared.calendar import WorkingClock
from domain.shared.transaction import Event
from domain.shared.values import Moment, PersonId


class ActOpened(Event):
    """Somebody owes an act from now on; recorded again when it passes to the role's next holder or its day changes."""

    kind: Literal["ActOpened"] = "ActOpened"
    act: ActOwed

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(acts={**state.acts, self.act.id: self.act})


class ActReminded(Event):
    kind: Literal["ActReminded"] = "ActReminded"
    act: str

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(reminded=True))


class ActEscalated(Event):
    """The act is one rung higher on its ladder; `told` is everybody reached above its owner, the highest last."""

    kind: Literal["ActEscalated"] = "ActEscalated"
    act: str
    rung: int
    name: str
    told: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(rung=self.rung, told=self.told))


class ActCovered(Event):
    """The people who may do it for its owner now, replacing those before."""

    kind: Literal["ActCovered"] = "ActCovered"
    act: str
    stand_ins: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(stand_ins=self.stand_ins))


class ActClockSet(Event):
    """Its working minutes stop while the engagement is on hold, and continue afterwards."""

    kind: Literal["ActClockSet"] = "ActClockSet"
    act: str
    clock: WorkingClock
    due_at: Moment | None

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(clock=self.clock, due_at=self.due_at))


class ActEnded(Event):
    """It is no longer owed: it was done, by whom and for whom, or nothing calls for it now."""

    kind: Literal["ActEnded"] = "ActEnded"
    act: str
    by: PersonId | None = None
    """Who did it; None if it is simply not called for any more."""
    for_whom: PersonId | None = None
    """Its owner, if somebody else did it for them."""

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(acts={name: act for name, act in state.acts.items() if name != self.act})


def _with(state: Engagement, act: ActOwed) -> Engagement:
    return state.replace(acts={**state.acts, act.id: act})


AnyActEvent = Annotated[
    ActOpened | ActReminded | ActEscalated | ActCovered | ActClockSet | ActEnded, Field(discriminator="kind")
]
