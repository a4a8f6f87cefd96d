"""One transaction: a state, who acts, and when; facts recorded on it change the state at once."""

from datetime import datetime
from typing import Annotated, Generic, Protocol, Self, TypeVar

from pydantic import Field

from domain.asks.holder import AskHolder
from domain.shared.values import Name, PersonId, Value

S = TypeVar("S", bound=AskHolder)

# The actor of what happens because time passed.
CLOCK = PersonId("clock")


class Actor(Value):
    """Who acts, by which channel, and their installation-wide roles (administrator, process owner)."""

    person_id: PersonId
    channel: Name = "api"
    house_roles: tuple[Name, ...] = ()
    for_whom: PersonId | None = None
    """The person they act for, if they stand in for whoever owes it."""
    command: Annotated[str, Field(max_length=128)] = ""
    """The id of the update that carried the command, kept in the record."""

    @property
    def people(self) -> tuple[PersonId, ...]:
        """The actor, then whom they act for: what either may not judge or do, neither may do now."""
        return (self.person_id,) if self.for_whom is None else (self.person_id, self.for_whom)


class Event(Value):
    """A fact in the past tense. Each knows what it does to the state: its `evolve`."""

    @property
    def said(self) -> tuple[str, ...]:
        """What its author reads beside its kind: sentences with the figures it produced."""
        return ()


class Evolves(Protocol[S]):
    """An event that changes a state of this kind."""

    @property
    def said(self) -> tuple[str, ...]:
        """What its author reads beside its kind."""

    def evolve(self, state: S) -> S:
        """The state after the fact."""


class Transaction(Generic[S]):
    """The state before it and so far, and this transaction's facts in order."""

    def __init__(self, state: S, actor: Actor, now: datetime) -> None:
        self.before = state
        self.state = state
        self.actor = actor
        self.now = now
        self.events: list[Evolves[S]] = []

    def record(self, event: Evolves[S]) -> Self:
        """Adds a fact and applies it to the state at once."""
        after = event.evolve(self.state)
        self.state = after.replace(seq=after.seq + 1)
        self.events.append(event)
        return self
