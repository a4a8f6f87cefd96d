"""Posts messages to Slack, finds them again by their key, and changes them."""

import re
from datetime import datetime
from typing import Any

from adapters.delivery import RenderedMessage, Unreachable
from adapters.slack.client import SlackClient

# The type of our messages' metadata, which carries their key.
EVENT = "interlock"
CHANNEL_ID = re.compile(r"^[CG][A-Z0-9]{8,}$")
PAGE = 100
MAX_PAGES = 10


class SlackGateway:
    """Posts, finds and changes messages."""

    name = "slack"

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._channels: dict[str, str] = {}

    async def channel(self, named: str) -> str:
        """Returns the id of a public channel given by name, with or without `#`; other channels must be given by id."""
        if CHANNEL_ID.match(named):
            return named
        if named not in self._channels:
            self._channels[named] = await self._found(named.removeprefix("#"))
        return self._channels[named]

    async def _found(self, name: str) -> str:
        given: dict[str, Any] = {"limit": 200, "exclude_archived": "true", "types": "public_channel"}
        for _ in range(MAX_PAGES):
            answer = await self._client.read("conversations.list", **given)
            found = (channel for channel in answer["channels"] if channel["name"] == name)
            if (channel := next(found, None)) is not None:
                return str(channel["id"])
            given["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
            if not given["cursor"]:
                break
        raise Unreachable(f"there is no channel {name}")

    async def post(self, conversation: str, rendered: RenderedMessage, key: str, thread: str | None = None) -> str:
        """Posts a message and returns its `ts`."""
        given: dict[str, Any] = {"blocks": rendered.blocks, "text": rendered.text, "unfurl_links": False}
        given["metadata"] = {"event_type": EVENT, "event_payload": {"key": key}}
        given |= {"thread_ts": thread} if thread else {}
        answer = await self._client.in_channel("chat.postMessage", conversation, **given)
        return str(answer["ts"])

    async def find(self, conversation: str, key: str, since: datetime, thread: str | None = None) -> str | None:
        """Returns the `ts` of the message with this key among those posted since then, or None."""
        method = "conversations.replies" if thread else "conversations.history"
        given: dict[str, Any] = {"channel": conversation, "include_all_metadata": "true", "limit": PAGE}
        given |= {"ts": thread} if thread else {"oldest": f"{since.timestamp():.6f}"}
        for _ in range(MAX_PAGES):
            answer = await self._client.read(method, **given)
            for message in answer.get("messages", []):
                if _key_of(message) == key:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            given["cursor"] = cursor
        return None

    async def change(self, conversation: str, where: str, rendered: RenderedMessage) -> None:
        """Replaces a message."""
        await self._client.in_channel("chat.update", conversation, ts=where, blocks=rendered.blocks, text=rendered.text)


def _key_of(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT else None
