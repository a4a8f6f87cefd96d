"""What a service that delivers messages is handed, and what it can answer: the same words for Slack and for mail."""

from typing import Any, NamedTuple


class RenderedMessage(NamedTuple):
    """A message as a chat takes it, the text for who sees no more, and the hash of both."""

    blocks: list[dict[str, Any]]
    text: str
    hash: str


class Unreachable(Exception):
    """This service cannot reach this person, or cannot deliver this message; another may."""


class MessageDeleted(Unreachable):
    """What was to be changed stands no more."""


class RetryLater(Exception):
    """The service is away or asks to wait: seconds, where it says how long, and what it said."""

    def __init__(self, because: str, seconds: float | None = None) -> None:
        super().__init__(because)
        self.seconds = seconds
