"""The facts in the life of an act owed: who owes what since when, how its ladder climbs, how it ends."""

from typing import Annotated, Literal

from pydantic import Field

from domain.engagement.aggregate import Engagement
from domain.next_steps.acts_owed import ActOwed
from domain.shared.calendar import WorkingClock
from domain.shared.transaction import Event
from domain.shared.values import Moment, PersonId


class ActOpened(Event):
    """Somebody owes an act from now on; or another owes it than did, by the role that they took over."""

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
    """Its ladder stands one rung higher; `told` is everybody above whom it has reached, the highest last."""

    kind: Literal["ActEscalated"] = "ActEscalated"
    act: str
    rung: int
    name: str
    told: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(rung=self.rung, told=self.told))


class ActCovered(Event):
    """These, and nobody else, may do it in its owner's place now."""

    kind: Literal["ActCovered"] = "ActCovered"
    act: str
    stand_ins: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(stand_ins=self.stand_ins))


class ActClockSet(Event):
    """Its working minutes stand still while the engagement is on hold, and run on with it."""

    kind: Literal["ActClockSet"] = "ActClockSet"
    act: str
    clock: WorkingClock
    due_at: Moment | None

    def evolve(self, state: Engagement) -> Engagement:
        return _with(state, state.acts[self.act].replace(clock=self.clock, due_at=self.due_at))


class ActEnded(Event):
    """It is owed no more: it was done, by whom and for whom, or nothing calls for it now."""

    kind: Literal["ActEnded"] = "ActEnded"
    act: str
    by: PersonId | None = None
    """Who did it; nobody where it is not called for any more."""
    for_whom: PersonId | None = None
    """Its owner, where another did it in their place."""

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(acts={name: act for name, act in state.acts.items() if name != self.act})


def _with(state: Engagement, act: ActOwed) -> Engagement:
    return state.replace(acts={**state.acts, act.id: act})


AnyActEvent = Annotated[
    ActOpened | ActReminded | ActEscalated | ActCovered | ActClockSet | ActEnded, Field(discriminator="kind")
]
