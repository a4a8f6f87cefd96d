"""Somebody of the sample directory in the emulated Slack: they read cards and home, press, command, fill in forms.

For development: what they do goes to the API as a signed request, as Slack's own would.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import httpx

from adapters.clock import SYSTEM_CLOCK
from application.reception import KEPT
from domain.words import sentence
from examples import slack_requests
from examples.slack_requests import Request

Json = Any
PATH = "/slack/events"
OPENS_WITHIN = 8.0
"""Seconds within which a form has opened if one does, and somebody was told what came of what they did."""
LOOK = 0.25
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""An empty one, made once: all of it is on this machine, by plain HTTP."""


MOST_OPTIONS = 6
MORE = " | … (any words of it will do)"


class NotThere(Exception):
    """There is no such person, card, button or form; the message says which, and what there is."""


def buttons_of(blocks: Iterable[Json]) -> Iterator[Json]:
    """Every button of a message or a view."""
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory") or {}):
            if element.get("type") == "button":
                yield element


def lines_of(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Every button of a view, with the words of the line that it belongs to."""
    line = ""
    for block in blocks:
        if block.get("type") == "section":
            line = block["text"]["text"]
        for button in buttons_of([block]):
            yield line, button


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


def shown(view: Json) -> str:
    """A message, a home or a form as a person reads it: buttons in brackets, fields by their names."""
    return "\n".join(line for block in view["blocks"] for line in _shown_block(block))


def _shown_block(block: Json) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield f"\n== {block['text']['text']} =="
        case "section":
            button = block.get("accessory")
            yield _read(block["text"]) + (f"\n  [{button['text']['text']}]" if button else "")
        case "context":
            yield from map(_read, block["elements"])
        case "actions":
            yield f"  [{'] ['.join(element['text']['text'] for element in block['elements'])}]"
        case "input":
            yield _shown_field(block)


def _read(text: Json) -> str:
    """What stands there, without what makes it bold or keeps it from being so."""
    said = str(text["text"]).replace("\u200b", "")
    return said.replace("*", "") if text["type"] == "mrkdwn" else said


def _shown_field(block: Json) -> str:
    element, needed = block["element"], "" if block.get("optional") else " (needed)"
    starts = element.get("initial_value") or element.get("initial_date")
    options = [option["text"]["text"] for option in element.get("options", [])]
    parts = [f"  {block['block_id']}: {block['label']['text']}{needed}"]
    parts += [f"now {starts}"] if starts else []
    parts += (
        [f"one of: {' | '.join(options[:MOST_OPTIONS])}{MORE if len(options) > MOST_OPTIONS else ''}"]
        if options
        else []
    )
    parts += ["searched while you type"] if element["type"] == "external_select" else []
    return "; ".join(parts)


class Came(NamedTuple):
    """What came of what somebody did: what they were shown, and whether it was not done."""

    told: str
    is_refused: bool


class Heard(NamedTuple):
    """What somebody was told because of what they did: to them alone where they did it, and in their conversation."""

    alone: list[Json]
    own: list[Json]


TAKEN = Came("Taken: its cards follow.", is_refused=False)


def required_of(view: Json) -> list[str]:
    """Fields that Slack itself lets nobody leave empty."""
    inputs = [block for block in view["blocks"] if block["type"] == "input" and not block.get("optional")]
    return [block["block_id"] for block in inputs if not any(name.startswith("initial") for name in block["element"])]


class SlackPerson:
    """A person of the emulated workspace."""

    def __init__(
        self, name: str, slack: str, api: str, secret: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`name`: their id in the directory. `slack`, `api`: addresses. `secret`: what requests are signed with.

        `transport`: how the API is reached, where it listens on no address.
        """
        self._name = name
        self._slack = slack
        self._api = api
        self._secret = secret
        self._transport = transport
        self._account = ""
        self._own = ""

    async def cards(self) -> list[Json]:
        """What stands in their conversation with the app, oldest first. Raises NotThere."""
        own = await self._conversation()
        return [message for message in await self._kept("messages") if message["channel_id"] == own]

    async def home(self) -> Json:
        """What they see when they open the app's home. Raises NotThere."""
        user = await self._user()
        before = await self._home_of(user)
        await self._send(slack_requests.home_opened(user=user))
        for _ in range(int(OPENS_WITHIN / LOOK)):
            home = await self._home_of(user)
            if home is not None and home != before:
                return {**home, "id": home["view_id"]}
            await asyncio.sleep(LOOK)
        raise NotThere("The home did not open.")

    async def _home_of(self, user: str) -> Json | None:
        homes = [one for one in await self._kept("views") if one["type"] == "home" and one["user_id"] == user]
        return homes[-1] if homes else None

    async def press(self, what: str, label: str, values: Mapping[str, str], *, go_on: bool = False) -> Came:
        """Presses a button of the newest card that names `what` and has it, else of their home; fills in its form.

        `what`: an ask, an engagement, any part of what the card says. `go_on`: confirms what is shown for it first.
        Raises NotThere.
        """
        user = await self._user()
        button, where = await self._button(what, label)

        async def pressing() -> Request:
            used = {"action_id": button["action_id"], "value": button.get("value")}
            return slack_requests.press(user=user, trigger=await self._trigger(user), **used, **where)

        opens = button["text"]["text"].endswith("…")
        return await self._done(user, pressing, values, opens=opens, go_on=go_on, card=where.get("message"))

    async def command(self, name: str, values: Mapping[str, str], *, go_on: bool = False) -> Came:
        """Gives a slash command, as `/deal`, and fills in the form that it opens. Raises NotThere."""
        user = await self._user()
        own = await self._conversation()

        async def giving() -> Request:
            return slack_requests.command(user=user, channel=own, name=name, trigger=await self._trigger(user))

        return await self._done(user, giving, values, opens=True, go_on=go_on)

    async def shortcut(self, name: str, text: str, values: Mapping[str, str]) -> Came:
        """Uses a shortcut of the menu of a message of theirs that says this, and fills in its form. Raises NotThere."""
        user, channels = await self._user(), await self._kept("channels")
        channel = next((one["channel_id"] for one in channels if not one.get("is_im")), "C0")
        message = {"ts": f"{SYSTEM_CLOCK().timestamp():.6f}", "text": text, "user": user}

        async def using() -> Request:
            return slack_requests.shortcut(
                user=user, callback_id=name, channel=channel, message=message, trigger=await self._trigger(user)
            )

        return await self._done(user, using, values, opens=True, go_on=False)

    async def _button(self, what: str, label: str) -> tuple[Json, Json]:
        """The button that says this, and where it stands, as a press says it. Raises NotThere."""
        named = [card for card in await self.cards() if what in json.dumps(card.get("blocks", []), ensure_ascii=False)]
        for card in reversed(named):
            if any(_says(button, label) for button in buttons_of(card["blocks"])):
                return button_of(card["blocks"], label), {"message": card, "channel": card["channel_id"]}
        home = await self.home()
        lines = [(line, one) for line, one in lines_of(home["blocks"]) if _says(one, label)]
        found = [(line, one) for line, one in lines if what in line or what in one.get("value", "")]
        found = found or (lines if len(lines) == 1 else [])
        if not found:
            there = {one["text"]["text"] for card in named for one in buttons_of(card["blocks"])}
            raise NotThere(f"No card of {what}, and no line at home, has a button {label!r}. Cards: {_listed(there)}.")
        if len(found) > 1:
            several = _listed({line.partition("\n")[0] for line, _ in found})
            raise NotThere(f"Several lines at home with {what} have a button {label!r}; name one of them: {several}.")
        return found[0][1], {"view": home}

    async def _done(
        self,
        user: str,
        request: Callable[[], Awaitable[Request]],
        values: Mapping[str, str],
        *,
        opens: bool,
        go_on: bool,
        card: Json | None = None,
    ) -> Came:
        """`request` makes it: what triggers a form is good for three seconds. `card`: on which a button was pressed."""
        heard, opened = await self._heard(user), len(await self._modals(user))
        await self._send(await request())
        if opens:
            view = await self._opened(user, opened, heard)
            came = await self._fill(user, view, values, go_on=go_on) if view is not None else None
            if came is not None:
                return came
        return await self._came_of_it(user, heard, card)

    async def _fill(self, user: str, view: Json, values: Mapping[str, str], *, go_on: bool) -> Came | None:
        """Fills in the form that opened, page by page; None once it is sent. Raises NotThere."""
        left = dict(values)
        while True:
            fields = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
            mine = {name: left.pop(name) for name in list(left) if name in fields}
            is_last = " of " not in view["submit"]["text"]
            lacking = [name for name in required_of(view) if name not in mine]
            if lacking or (left and is_last and fields):
                raise NotThere(f"The form wants {', '.join(lacking) or 'no ' + ', '.join(left)}:\n{shown(view)}")
            if not (mine or go_on):
                how = "Fill it in with --fill, or send it as it is with --yes" if fields else "With --yes"
                told = f"{shown(view)}\nNothing is done yet. {how}: {view['submit']['text']}."
                return Came(told, is_refused=False)
            answer = await self._sent(user, view, mine)
            if answer.get("errors"):
                return Came("; ".join(f"{name}: {what}" for name, what in answer["errors"].items()), is_refused=True)
            if answer.get("response_action") != "update":
                return None
            view = {**answer["view"], "id": view["id"]}

    async def _opened(self, user: str, opened: int, before: Heard) -> Json | None:
        """The form that opens; None where they are told why none does."""
        for _ in range(int(OPENS_WITHIN / LOOK)):
            views = await self._modals(user)
            if len(views) > opened:
                return {**views[-1], "id": views[-1]["view_id"]}
            if any(len(now) > len(then) for now, then in zip(await self._heard(user), before, strict=True)):
                return None
            await asyncio.sleep(LOOK)
        return None

    async def _sent(self, user: str, view: Json, values: Mapping[str, str]) -> Json:
        chosen = {name: await self._chosen(user, view, name, typed) for name, typed in values.items()}
        text = await self._send(slack_requests.submit(user=user, view=view, values=filled_in(view, chosen)))
        return json.loads(text) if text else {}

    async def _chosen(self, user: str, view: Json, name: str, typed: str) -> Json:
        """What was typed as its field holds it: of a list, the option that it names. Raises NotThere."""
        element = next(block["element"] for block in view["blocks"] if block.get("block_id") == name)
        if element["type"] == "external_select":
            request = slack_requests.suggestion(
                user=user, view=view, block_id=name, action_id=element["action_id"], typed=typed
            )
            return _named(json.loads(await self._send(request))["options"], name, typed)
        if element["type"] in {"checkboxes", "multi_static_select"}:
            return [_named(element["options"], name, part.strip()) for part in typed.split(",") if part.strip()]
        return _named(element["options"], name, typed) if element["type"] == "static_select" else typed

    async def _came_of_it(self, user: str, before: Heard, card: Json | None) -> Came:
        """What they are told because of it; an answer that is taken at once shows on its card alone."""
        for _ in range(int(OPENS_WITHIN / LOOK)):
            alone, cards = await self._alone(user), await self.cards()
            for heard, then in zip(Heard(alone, _unasked(cards)), before, strict=True):
                said = shown(heard[-1]) if len(heard) > len(then) else KEPT
                if said != KEPT:
                    return Came(said, is_refused="(rule: " in said or "out of date" in said)
            now = next((one for one in cards if card and one["ts"] == card["ts"]), None)
            if card and now and now["blocks"] != card["blocks"] and len(labels_of(now)) < len(labels_of(card)):
                return Came(_stands(now), is_refused=False)
            await asyncio.sleep(LOOK)
        return TAKEN

    async def _heard(self, user: str) -> Heard:
        """What they were told because of what they did."""
        return Heard(await self._alone(user), _unasked(await self.cards()))

    async def _alone(self, user: str) -> list[Json]:
        return [one for one in await self._kept("ephemeralMessages") if one["target_user"] == user]

    async def _user(self) -> str:
        if not self._account:
            users = {one["name"]: one["user_id"] for one in await self._kept("users")}
            if self._name not in users:
                raise NotThere(f"{self._name} is not in this Slack.")
            self._account = str(users[self._name])
        return self._account

    async def _conversation(self) -> str:
        """Their conversation with the app; none before they were told anything."""
        if not self._own:
            user = await self._user()
            found = (one for one in await self._kept("channels") if one.get("is_im") and user in one["members"])
            self._own = str(next(found, {"channel_id": ""})["channel_id"])
        return self._own

    async def _modals(self, user: str) -> list[Json]:
        return [one for one in await self._kept("views") if one["type"] == "modal" and one["user_id"] == user]

    async def _trigger(self, user: str) -> str:
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            asked = {"user_id": user}
            headers = {"Authorization": f"Bearer {await self._token()}"}
            answer = await http.post(f"{self._slack}/api/views.generateTriggerId", json=asked, headers=headers)
        return str(answer.json()["trigger_id"])

    async def _token(self) -> str:
        return str((await self._kept("tokens"))[0]["token"])

    async def _kept(self, collection: str) -> list[Json]:
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            answer = await http.get(f"{self._slack}/store/{collection}")
        found: list[Json] = answer.raise_for_status().json()
        return found

    async def _send(self, request: Request) -> str:
        body, headers = request.signed(self._secret)
        async with httpx.AsyncClient(timeout=30, transport=self._transport, verify=NO_TLS) as http:
            answer = await http.post(f"{self._api}{PATH}", content=body, headers=headers)
        return answer.raise_for_status().text


def _unasked(cards: list[Json]) -> list[Json]:
    """What was said to them and follows no ask."""
    return [card for card in cards if not card.get("metadata")]


def _stands(card: Json) -> str:
    """What a card is about and how it stands, as an answer to whoever has just decided it."""
    sections = [_read(block["text"]) for block in card["blocks"] if block["type"] == "section"]
    contexts = [_read(text) for block in card["blocks"] if block["type"] == "context" for text in block["elements"]]
    ended = sections[-1] if len(sections) > 1 and not labels_of(card) else ""
    answers = next((text for text in reversed(contexts) if ": " in text and not text.startswith("Due ")), "")
    return f"Done: {sentence(sections[0])} {ended or answers}".strip()


def _says(button: Json, label: str) -> bool:
    return button["text"]["text"] in {label, f"{label}…"}


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(sorted(labels)) or "none"


def _named(options: list[Json], field: str, typed: str) -> Json:
    """The value of the one option that is, or says, what was typed. Raises NotThere."""
    exact = [one["value"] for one in options if typed in {one["value"], one["text"]["text"]}]
    found = exact or [one["value"] for one in options if typed.casefold() in one["text"]["text"].casefold()]
    if len(found) != 1:
        there = ", ".join(one["text"]["text"] for one in options) or "none"
        raise NotThere(f"{field}: {typed!r} is {'none' if not found else 'several'} of: {there}.")
    return found[0]
