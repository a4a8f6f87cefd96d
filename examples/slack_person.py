"""Somebody of the sample directory in the emulated Slack: they read their cards, press buttons and fill in forms.

For development: what they do goes to the API as a signed request, as Slack's own would.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from examples import slack_requests
from examples.slack_requests import Request

Json = Any
PATH = "/slack/events"
OPENS_WITHIN = 3.0
"""Seconds within which Slack's trigger is good, and a form has opened if one does."""
LOOK = 0.1


class NotThere(Exception):
    """There is no such person, card, button or form; the message says which, and what there is."""


def buttons_of(blocks: Iterable[Json]) -> Iterator[Json]:
    """Every button of a message or a view."""
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory") or {}):
            if element.get("type") == "button":
                yield element


def labels_of(shown: Json) -> list[str]:
    """What the buttons of a message or a view say."""
    return [button["text"]["text"] for button in buttons_of(shown["blocks"])]


def button_of(blocks: list[Json], label: str) -> Json:
    """The one button that says this; what opens a form says it with an ellipsis. Raises NotThere."""
    found = [button for button in buttons_of(blocks) if button["text"]["text"] in {label, f"{label}…"}]
    if len(found) != 1:
        there = ", ".join(button["text"]["text"] for button in buttons_of(blocks)) or "none: it has ended"
        raise NotThere(f"There is no button {label!r}; there are: {there}.")
    return found[0]


def text_of(shown: Json) -> str:
    """Every word of a message's or a view's blocks, a line a text."""
    found: list[str] = []

    def walk(part: Json) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("text"), str):
                found.append(part["text"])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(shown.get("blocks", []))
    return "\n".join(found)


def filled_in(view: Json, values: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """Values by the names of fields, as a submission has them. Raises NotThere."""
    elements = {block["block_id"]: block["element"]["action_id"] for block in view["blocks"] if "element" in block}
    unknown = sorted(set(values) - set(elements))
    if unknown:
        raise NotThere(f"No field is called {', '.join(unknown)}; there are {', '.join(elements)}.")
    return {name: {elements[name]: value} for name, value in values.items()}


def required_of(view: Json) -> list[str]:
    """Fields that Slack itself lets nobody leave empty."""
    inputs = [block for block in view["blocks"] if block["type"] == "input" and not block.get("optional")]
    return [block["block_id"] for block in inputs if not any(name.startswith("initial") for name in block["element"])]


class SlackPerson:
    """A person of the emulated workspace."""

    def __init__(self, name: str, slack: str, api: str, secret: str) -> None:
        """`name`: their id in the directory. `slack`, `api`: addresses. `secret`: what requests are signed with."""
        self._name = name
        self._slack = slack
        self._api = api
        self._secret = secret

    async def cards(self) -> list[Json]:
        """What stands in their conversation with the app, oldest first. Raises NotThere."""
        user = await self._user()
        conversations = await self._kept("channels")
        own = [one["channel_id"] for one in conversations if one.get("is_im") and user in one["members"]]
        return [message for message in await self._kept("messages") if message["channel_id"] in own]

    async def press(self, ask: str, label: str, values: Mapping[str, Json]) -> str:
        """Presses a button of the newest card of an ask, and fills in the form that it opens; gives what came of it.

        Raises: NotThere.
        """
        standing = [card for card in await self.cards() if ask in json.dumps(card.get("blocks", []))]
        if not standing:
            raise NotThere(f"{self._name} has no card of {ask}.")
        card, user = standing[-1], await self._user()
        button = button_of(card["blocks"], label)
        shown, opened = len(await self._shown(user)), len(await self._modals(user))
        await self._send(
            slack_requests.press(
                user=user,
                action_id=button["action_id"],
                value=button.get("value"),
                message=card,
                channel=card["channel_id"],
                trigger=await self._trigger(user),
            )
        )
        if button["text"]["text"].endswith("…"):
            wrong = await self._fill(user, opened, values)
            if wrong:
                return wrong
        return await self._came_of_it(user, shown)

    async def _fill(self, user: str, opened: int, values: Mapping[str, Json]) -> str:
        """Sends the form; gives what is wrong in it, if anything is."""
        for _ in range(int(OPENS_WITHIN / LOOK)):
            views = await self._modals(user)
            if len(views) > opened:
                view = {**views[-1], "id": views[-1]["view_id"]}
                lacking = [name for name in required_of(view) if name not in values]
                if lacking:
                    return f"The form wants {', '.join(lacking)}: give each by --fill FIELD=VALUE."
                request = slack_requests.submit(user=user, view=view, values=filled_in(view, values))
                answer = await self._send(request)
                errors = json.loads(answer).get("errors", {}) if answer else {}
                return "; ".join(f"{name}: {what}" for name, what in errors.items())
            await asyncio.sleep(LOOK)
        return ""

    async def _came_of_it(self, user: str, before: int) -> str:
        """What they are shown for it alone, which is a refusal; nothing where it was taken."""
        for _ in range(int(OPENS_WITHIN / LOOK)):
            shown = await self._shown(user)
            if len(shown) > before:
                return text_of(shown[-1])
            await asyncio.sleep(LOOK)
        return ""

    async def _user(self) -> str:
        users = {one["name"]: one["user_id"] for one in await self._kept("users")}
        if self._name not in users:
            raise NotThere(f"{self._name} is not in this Slack.")
        return str(users[self._name])

    async def _modals(self, user: str) -> list[Json]:
        return [one for one in await self._kept("views") if one["type"] == "modal" and one["user_id"] == user]

    async def _shown(self, user: str) -> list[Json]:
        return [one for one in await self._kept("ephemeralMessages") if one["target_user"] == user]

    async def _trigger(self, user: str) -> str:
        async with httpx.AsyncClient() as http:
            asked = {"user_id": user}
            headers = {"Authorization": f"Bearer {await self._token()}"}
            answer = await http.post(f"{self._slack}/api/views.generateTriggerId", json=asked, headers=headers)
        return str(answer.json()["trigger_id"])

    async def _token(self) -> str:
        return str((await self._kept("tokens"))[0]["token"])

    async def _kept(self, collection: str) -> list[Json]:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{self._slack}/store/{collection}")
        found: list[Json] = answer.raise_for_status().json()
        return found

    async def _send(self, request: Request) -> str:
        body, headers = request.signed(self._secret)
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(f"{self._api}{PATH}", content=body, headers=headers)
        return answer.raise_for_status().text
