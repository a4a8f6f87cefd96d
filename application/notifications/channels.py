"""Channels: ways to reach people. The dispatcher tries each in turn, and knows nothing else of them."""

from typing import Protocol

from adapters.db.outbox import OutboxEntry
from domain.asks.card import Card
from domain.directory.people import Person


class Channel(Protocol):
    """A way to reach people. `follows`: what it showed of a step can be updated."""

    name: str
    follows: bool

    def serves(self, person: Person) -> bool:
        """False for people whom this channel is not for, whatever its service says."""

    async def tell(self, person: Person, message: OutboxEntry, *, again: bool, card: Card | None = None) -> str:
        """Sends a message and returns how; `again`: an earlier attempt may have succeeded unnoticed.

        Whether to send it is already decided; `card` is the ask that it is about, if that concerns this person.

        Raises: Unreachable, RetryLater.
        """

    async def left_out(self, message: OutboxEntry) -> None:
        """Cleans up after an attempt that may have succeeded unnoticed, for a message that should no longer be sent.

        Raises: RetryLater.
        """

    async def follow(self, step: str) -> bool:
        """Updates what it shows of a step; False if that must be retried later. Raises RetryLater."""
