"""A channel: a way to reach people. The dispatcher tries each in turn, and knows nothing else of them."""

from typing import Protocol

from adapters.db.outbox import OutboxEntry
from domain.asks.card import Card
from domain.directory.people import Person


class Channel(Protocol):
    """A way to reach people. `follows`: what it told of a step can be brought up to date."""

    name: str
    follows: bool

    def serves(self, person: Person) -> bool:
        """False for whom this channel is not for, whatever its service says."""

    async def tell(self, person: Person, message: OutboxEntry, *, again: bool, card: Card | None = None) -> str:
        """Tells a message and says how; `again`: an earlier attempt may have come through unseen.

        That it is to be told is decided; `card` is the ask that it is about, where that concerns this person.

        Raises: Unreachable, RetryLater.
        """

    async def left_out(self, message: OutboxEntry) -> None:
        """Takes care of what an attempt may have told unseen of a message that is not to be told any more.

        Raises: RetryLater.
        """

    async def follow(self, step: str) -> bool:
        """Brings what it shows of a step up to date; False where that is to be tried later. Raises RetryLater."""
