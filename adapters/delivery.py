"""What a delivery service is given to send and how it can fail, in the same terms for Slack and for mail."""

from typing import Any, NamedTuple


class RenderedMessage(NamedTuple):
    """A message in the chat's own format, its plain-text fallback, and the hash of both."""

    blocks: list[dict[str, Any]]
    text: str
    hash: str


class Unreachable(Exception):
    """This service cannot reach this person or cannot deliver this message; another service may."""


class MessageDeleted(Unreachable):
    """The message to be changed no longer exists."""


class RetryLater(Exception):
    """The service is unavailable or asks us to wait. Carries the delay in seconds, if it gave one, and the reason."""

    def __init__(self, because: str, seconds: float | None = None) -> None:
        super().__init__(because)
        self.seconds = seconds
