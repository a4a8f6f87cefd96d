"""What a chat service must be able to do so that people can be told by it: `adapters/slack` does it for Slack."""

from datetime import datetime
from typing import Protocol

from adapters.delivery import RenderedMessage
from domain.asks.card import Card
from domain.next_steps.card import StepCard


class Renderer(Protocol):
    """Renders messages in the service's format."""

    def message(self, card: Card, above: str = "") -> RenderedMessage: ...

    def thread_message(self, card: Card) -> RenderedMessage: ...

    def note(self, card: Card, text: str) -> RenderedMessage: ...

    def step_message(self, card: StepCard, above: str = "") -> RenderedMessage: ...

    def step_note(self, card: StepCard, text: str) -> RenderedMessage: ...

    def words(self, text: str) -> RenderedMessage: ...


class ChatGateway(Protocol):
    """Where messages are posted. All methods raise RetryLater while the service is away, Unreachable if it refuses."""

    name: str

    async def channel(self, named: str) -> str:
        """The channel of this name or id."""

    async def post(self, conversation: str, rendered: RenderedMessage, key: str, thread: str | None = None) -> str:
        """Posts a message there under its key; returns its place."""

    async def find(self, conversation: str, key: str, since: datetime, thread: str | None = None) -> str | None:
        """The place of a message with this key, if there is one."""

    async def change(self, conversation: str, where: str, rendered: RenderedMessage) -> None:
        """Replaces what is posted there."""
