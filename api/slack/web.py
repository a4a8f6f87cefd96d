"""Slack's Web API as we use it: paced by channel, with time-outs, and with errors that say what to do about them."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from application.telling import Gone, Patience, Unreachable

PACE = 1.05
"""Seconds between two messages in one channel: Slack lets about one a second pass."""
TIMEOUT = 10
MOST_CHANNELS = 10_000
AWAY = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited"}
)
"""Errors of Slack's own that pass by themselves."""
LONGEST_PATIENCE = 3600.0
"""Seconds: whoever asks for more is asked again after an hour."""
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
"""Errors of a message that stands no more, or never did."""
TOO_MANY = 429
BROKEN = 500


class Web:
    """Calls, each with what became of it: an answer, `Patience` or `Unreachable`."""

    def __init__(self, client: AsyncWebClient, pace: float = PACE, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._pace = pace
        self._clock = clock
        self._channels: OrderedDict[str, _Channel] = OrderedDict()

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        """One call that changes something. Raises Patience where Slack is away or asks to wait, Unreachable at a no."""
        return await self._called(method, json=given)

    async def read(self, method: str, **given: Any) -> dict[str, Any]:
        """One call that only reads; its arguments go as a form, which some methods insist on. Raises as `call`."""
        return await self._called(method, data=given)

    async def _called(self, method: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = await self.client.api_call(method, **arguments)
        except SlackApiError as error:
            raise _translated(error) from error
        except (ClientError, TimeoutError, OSError, SlackRequestError, SlackClientError) as away:
            raise Patience(f"no answer to {method} ({type(away).__name__})") from away
        return answer.data if isinstance(answer.data, dict) else {}

    async def in_channel(self, method: str, channel: str, **given: Any) -> dict[str, Any]:
        """A call that shows something in a channel, in its turn and at its pace."""
        async with self._channel(channel).lock:
            return await self._paced(method, channel, given)

    async def _paced(self, method: str, channel: str, given: dict[str, Any]) -> dict[str, Any]:
        of = self._channel(channel)
        await asyncio.sleep(max(0.0, of.next_at - self._clock()))
        try:
            return await self.call(method, channel=channel, **given)
        finally:
            of.next_at = self._clock() + self._pace

    def _channel(self, name: str) -> "_Channel":
        found = self._channels.setdefault(name, _Channel())
        self._channels.move_to_end(name)
        while len(self._channels) > MOST_CHANNELS and not next(iter(self._channels.values())).lock.locked():
            self._channels.popitem(last=False)
        return found


class _Channel:
    """Whose turn it is in a channel, and when the next may speak."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.next_at = 0.0


def _translated(error: SlackApiError) -> Patience | Unreachable:
    response = error.response
    status, headers = getattr(response, "status_code", 200), getattr(response, "headers", {}) or {}
    data = getattr(response, "data", response)  # a gateway's error page is text
    said = data.get("error") if isinstance(data, dict) else None
    if status == TOO_MANY or said in {"ratelimited", "rate_limited"}:
        after = str(headers.get("Retry-After") or headers.get("retry-after") or "")
        seconds = float(after) if after.isascii() and after.isdigit() else 1.0
        return Patience("Slack asks for patience", min(seconds, LONGEST_PATIENCE))
    if status >= BROKEN or said in AWAY:
        return Patience(f"Slack is away ({said or status})")
    return Gone(str(said)) if said in GONE else Unreachable(str(said or status))
