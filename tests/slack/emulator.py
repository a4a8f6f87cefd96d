"""The emulator of Slack, for tests; what a test asks it: who somebody is, what they were told, what they see.

Messages are read by the Web API, as the bot. Ephemeral messages, homes and modals cannot be read there (nor in Slack):
they come from what the emulator keeps, which it shows beside (`demo/slack/emulator_store.mjs`).
"""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from adapters.processes.ports import listens
from demo.slack.emulator import BOT_SCOPES, BOT_USER_ID, bot_token_seed, emulator_command, seed_of
from domain.directory.directory import Directory
from domain.shared.values import PersonId
from tests.ports import free_ports
from tests.process_env import NO_TLS
from tests.samples import sample_directory
from tests.stack import PATIENCE_SECONDS

BOT_TOKEN = "xoxb-interlock"
SIGNING_SECRET = "the signing secret of the tests"
CHANNEL = "deals"
READER_TOKEN, ADMINISTRATOR_TOKEN = "xoxb-what-tests-read", "xoxp-the-administrator"
ADMINISTRATOR = "U000000001"
MAY_ARCHIVE = ("channels:manage", "channels:write")
MAX_MESSAGES = 999
YEAR = 2026
Json = Any


class SlackEmulator:
    """A running emulator. `url` is its root; clients take `api_url`."""

    def __init__(self, url: str, directory: Directory) -> None:
        self.url = url
        self.api_url = f"{url}/api/"
        self.directory = directory
        self._reader = self.client(READER_TOKEN)

    def client(self, token: str = BOT_TOKEN) -> AsyncWebClient:
        """A client of the Web API, as our bot unless told otherwise."""
        return AsyncWebClient(token=token, base_url=self.api_url)

    async def user(self, person: PersonId) -> str:
        """The Slack id of somebody of the directory. It is another one each time the emulator starts."""
        found = self.directory.person(person)
        assert found is not None, f"{person} is not in the directory"
        answer = await self._reader.users_lookupByEmail(email=found.email)
        return str(answer["user"]["id"])

    async def channel(self, name: str = CHANNEL) -> str:
        """The id of a channel."""
        return str(next(found["channel_id"] for found in await self.kept("channels") if found["name"] == name))

    async def direct_messages(self, person: PersonId) -> list[Json]:
        """What the bot and somebody of the directory have in their direct messages, without threads, newest last."""
        user = await self.user(person)
        for channel in await self.kept("channels"):
            if channel.get("is_im") and set(channel["members"]) == {user, BOT_USER_ID}:
                return await self.messages(channel["channel_id"])
        return []

    async def messages(self, channel: str) -> list[Json]:
        """The messages of a conversation that the bot may read, without threads, newest last."""
        answer = await self._reader.conversations_history(channel=channel, limit=MAX_MESSAGES)
        return list(reversed(answer["messages"]))

    async def thread(self, channel: str, ts: str) -> list[Json]:
        """A message and the replies to it, newest last."""
        return list((await self._reader.conversations_replies(channel=channel, ts=ts))["messages"])

    async def ephemerals(self, user: str) -> list[Json]:
        """What only this user was shown, newest last: `channel_id`, `text`, `blocks`, `thread_ts`, …"""
        return [shown for shown in await self.kept("ephemeralMessages") if shown["target_user"] == user]

    async def home_of(self, user: str) -> Json | None:
        """The view of our app's home that this user sees; None where none was published."""
        views = await self.kept("views")
        return next((view for view in views if view["type"] == "home" and view["user_id"] == user), None)

    async def modals(self, user: str) -> list[Json]:
        """Every modal that was opened for a user, newest last. The emulator never closes one."""
        return [view for view in await self.kept("views") if view["type"] == "modal" and view["user_id"] == user]

    async def modal(self, view_id: str) -> Json:
        """One view as it is now, with `id` as Slack gives it in payloads."""
        return _as_sent(next(view for view in await self.kept("views") if view["view_id"] == view_id))

    async def trigger(self, user: str, view_id: str | None = None) -> str:
        """A trigger id as a click of this user's gives, good for one view within three seconds.

        One for `views.push` comes from a click within a modal: `view_id` is that modal.
        """
        asked = {"user_id": user, **({"view_id": view_id} if view_id else {})}
        return str((await self._reader.api_call("views.generateTriggerId", json=asked))["trigger_id"])

    async def archive(self, channel: str) -> None:
        """Archives a channel of the seed: posting into it is then refused with `is_archived`."""
        await self.client(ADMINISTRATOR_TOKEN).conversations_archive(channel=channel)

    async def unarchive(self, channel: str) -> None:
        """Opens an archived channel again."""
        await self.client(ADMINISTRATOR_TOKEN).conversations_unarchive(channel=channel)

    async def deactivate(self, user: str, *, deleted: bool = True) -> None:
        """Somebody's account is closed, or opened again."""
        await self._set("users", "user_id", user, {"deleted": deleted})

    async def kept(self, collection: str) -> list[Json]:
        """A collection, oldest first: `users`, `channels`, `messages`, `ephemeralMessages`, `views`, …"""
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            answer = await http.get(f"{self.url}/store/{collection}")
        found: list[Json] = answer.raise_for_status().json()
        return found

    async def _set(self, collection: str, key: str, value: str, fields: Mapping[str, Json]) -> None:
        item = next(found for found in await self.kept(collection) if found[key] == value)
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            answer = await http.post(f"{self.url}/store/{collection}/{item['id']}", json=dict(fields))
        answer.raise_for_status()


def _as_sent(view: Json) -> Json:
    kept = {key: value for key, value in view.items() if key not in {"view_id", "user_id", "created", "updated"}}
    return {**kept, "id": view["view_id"]}


@contextmanager
def running_emulator(folder: Path) -> Iterator[SlackEmulator]:
    """An emulator with the sample directory's people, on a free port, ended by its own process id."""
    directory = sample_directory(YEAR)
    seed = folder / "slack.json"
    seed.write_text(json.dumps(_seed(directory)))
    (port,) = free_ports(1)
    command = emulator_command(port, seed)
    with (folder / "slack.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not listens(port):
                assert process.poll() is None, (folder / "slack.log").read_text()
                assert time.monotonic() < until, "the emulator of Slack is not ready"
                time.sleep(0.05)
            yield SlackEmulator(f"http://127.0.0.1:{port}", directory)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _seed(directory: Directory) -> dict[str, Any]:
    """The product's own seed, and tokens for what only tests do: the bot's keeps the product's scopes."""
    seed = seed_of(directory, BOT_TOKEN, SIGNING_SECRET, CHANNEL)
    administrator = {"token": ADMINISTRATOR_TOKEN, "user_id": ADMINISTRATOR, "scopes": list(MAY_ARCHIVE)}
    seed["slack"]["tokens"] += [bot_token_seed(READER_TOKEN, BOT_SCOPES), administrator]
    return seed
