"""Slack's Web API as we use it: paced per channel, with time-outs, and with errors that say whether to retry."""

import asyncio
from typing import Any, NamedTuple

from aiohttp import ClientError
from aiolimiter import AsyncLimiter
from cachetools import LRUCache
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.delivery import MessageDeleted, RetryLater, Unreachable
from adapters.slack.settings import SlackSettings

# Seconds between two messages in one channel: Slack's limit is about one per second.
PACE = 1.05
TIMEOUT = 10
MAX_CHANNELS = 10_000
# Errors on Slack's side that pass by themselves.
AWAY = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited"}
)
# Seconds: if Slack asks for a longer wait, we still retry after an hour.
MAX_PATIENCE = 3600.0
# Errors for a message that no longer exists, or never did.
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
TOO_MANY = 429
BROKEN = 500


class SlackClient:
    """Calls Slack's methods. Each returns an answer or raises `RetryLater` or `Unreachable`."""

    def __init__(self, web: AsyncWebClient, pace: float = PACE) -> None:
        """`pace`: seconds between two messages in one channel."""
        self._web = web
        self._pace = pace
        self._paces: LRUCache[str, _Pace] = LRUCache(MAX_CHANNELS)

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Calls a method that changes something. Raises RetryLater (unavailable or rate limited) or Unreachable."""
        return await self._called(method, json=given)

    async def read(self, method: str, **given: Any) -> dict[str, Any]:
        """Calls a method that only reads, with form-encoded arguments as some methods insist. Raises as `call` does."""
        return await self._called(method, data=given)

    async def _called(self, method: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = await self._web.api_call(method, **arguments)
        except SlackApiError as error:
            raise _translated(error) from error
        except (ClientError, TimeoutError, OSError, SlackRequestError, SlackClientError) as away:
            raise RetryLater(f"no answer to {method} ({type(away).__name__})") from away
        return answer.data if isinstance(answer.data, dict) else {}

    async def in_channel(self, method: str, channel: str, **given: Any) -> dict[str, Any]:
        """Calls a method that shows something in a channel, in order and at the channel's pace."""
        of = self._pace_of(channel)
        async with of.turn, of.limit:
            return await self.call(method, channel=channel, **given)

    def _pace_of(self, name: str) -> "_Pace":
        known = self._paces.get(name)
        if known is None:
            known = self._paces[name] = _Pace(asyncio.Lock(), AsyncLimiter(1, self._pace))
        return known


def connected(settings: SlackSettings, *, pace: float = PACE, timeout: int = TIMEOUT) -> SlackClient:
    """Returns a client for the workspace in these settings. `timeout`: seconds that one call may take."""
    token = settings.bot_token.get_secret_value()
    # The SDK's own retries would post twice if the connection broke after Slack accepted the message.
    web = AsyncWebClient(token=token, base_url=settings.api_url, timeout=timeout, retry_handlers=[])
    return SlackClient(web, pace)


class _Pace(NamedTuple):
    """Keeps the messages of one channel in order, and apart by the pace."""

    turn: asyncio.Lock
    limit: AsyncLimiter


def _translated(error: SlackApiError) -> RetryLater | Unreachable:
    response = error.response
    status, headers = getattr(response, "status_code", 200), getattr(response, "headers", {}) or {}
    data = getattr(response, "data", response)  # a gateway's error page is text
    said = data.get("error") if isinstance(data, dict) else None
    if status == TOO_MANY or said in {"ratelimited", "rate_limited"}:
        after = str(headers.get("Retry-After") or headers.get("retry-after") or "")
        seconds = float(after) if after.isascii() and after.isdigit() else 1.0
        return RetryLater("Slack is rate limiting us", min(seconds, MAX_PATIENCE))
    if status >= BROKEN or said in AWAY:
        return RetryLater(f"Slack is unavailable ({said or status})")
    return MessageDeleted(str(said)) if said in GONE else Unreachable(str(said or status))
