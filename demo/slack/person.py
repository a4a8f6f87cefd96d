"""A person of the sample directory in the emulated Slack: reads cards and home, presses buttons, sends forms.

For development: their actions reach the API as signed requests, as from Slack itself.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import httpx

from adapters.clock import SYSTEM_CLOCK
from adapters.slack.cards import READ
from api.slack.asks import ENDED
from api.slack.context import STALE
from application.inbox.processor import KEPT
from demo.slack import requests
from demo.slack.buttons import ButtonPlace, places_of, the_label, the_place, to_be_read
from demo.slack.forms import CHOSEN, SEVERAL, NotThere, chosen, fields_of, filled_in, required_of, unfit
from demo.slack.requests import SlackPost
from demo.slack.shown import confirmation, labels_of, opens_something, shown, text_of, what_became

Json = Any
PATH = "/slack/events"
# Seconds within which a view opens, if any does, and within which the person has been told the outcome.
OPENS_WITHIN = 8.0
POLL_INTERVAL = 0.25
# An empty context, created once: everything is on this machine, over plain HTTP.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
NOT_YET, KEPT_SO_FAR = "Nothing has been done yet.", "The pages before are sent and kept; this one is not."


class ActionResult(NamedTuple):
    """The outcome of an action: what the person was shown, and whether it was not done."""

    told: str
    is_refused: bool


class Seen(NamedTuple):
    """What someone sees: ephemeral and direct messages, and their cards and modals by id."""

    alone: list[Json]
    own: list[Json]
    cards: dict[str, Json]
    modals: dict[str, Json]

    def said_since(self, before: "Seen") -> list[Json]:
        """What they have been told since then about their action."""
        return [*self.alone[len(before.alone) :], *self.own[len(before.own) :]]

    def opened_since(self, before: "Seen") -> Json | None:
        """The modal that has opened since then."""
        found = [view for view_id, view in self.modals.items() if view_id not in before.modals]
        return found[-1] if found else None

    def changed_since(self, before: "Seen", about: str) -> tuple[Json, Json] | None:
        """The card or modal about this ask or step that has been updated since then: before, and now."""
        named = re.compile(rf"(?<![\w.]){re.escape(about)}(?!\w)")
        for earlier, now in ((before.cards, self.cards), (before.modals, self.modals)):
            for where, view in now.items():
                old = earlier.get(where)
                if old is not None and old["blocks"] != view["blocks"] and named.search(json.dumps(old)):
                    return old, view
        return None


class SlackPerson:
    """A person in the emulated workspace."""

    def __init__(
        self, name: str, slack: str, api: str, secret: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`name`: their id in the directory. `slack`, `api`: addresses. `secret`: signs the requests.

        `transport`: how to reach an API that listens on no address.
        """
        self._name = name
        self._slack = slack
        self._api = api
        self._secret = secret
        self._transport = transport
        self._account = ""
        self._own = ""

    async def cards(self) -> list[Json]:
        """Their conversation with the app, oldest first. Raises NotThere."""
        own = await self._conversation()
        return [message for message in await self._kept("messages") if message["channel_id"] == own]

    async def home(self) -> Json:
        """What they see when they open the app's home. Raises NotThere."""
        user = await self._user()
        before = await self._home_of(user)
        await self._send(requests.home_opened(user=user))
        for _ in range(int(OPENS_WITHIN / POLL_INTERVAL)):
            home = await self._home_of(user)
            if home is not None and home != before:
                return {**home, "id": home["view_id"]}
            await asyncio.sleep(POLL_INTERVAL)
        raise NotThere("The home did not open.")

    async def _home_of(self, user: str) -> Json | None:
        homes = [one for one in await self._kept("views") if one["type"] == "home" and one["user_id"] == user]
        return homes[-1] if homes else None

    # -- actions

    async def press(self, what: str, label: str, values: Mapping[str, str], *, go_on: bool = False) -> ActionResult:
        """Presses a button on the only card that `what` names, else on their home; fills in the form that it opens.

        `what`: see `the_place`. A button that exists only where something is read in full is pressed at its end.
        `go_on` confirms what is shown first. Raises NotThere if none or several are meant.
        """
        places = places_of(await self.cards(), await self.home())
        try:
            place = the_place(places, what, label)
        except NotThere:
            reading = to_be_read(places, what)
            page = await self._read_to_its_end(reading) if reading is not None else None
            if reading is None or page is None or the_label(labels_of(page), label) is None:
                raise
            place = reading.at_its_end(page)
        button: Json = place.button(label)
        if "confirm" in button and not go_on:
            return ActionResult(
                f"{confirmation(button)}\n{NOT_YET} With --yes: {button['confirm']['confirm']['text']}.",
                is_refused=False,
            )
        return await self._press(place, button, values, go_on=go_on)

    async def _press(self, place: ButtonPlace, button: Json, values: Mapping[str, str], *, go_on: bool) -> ActionResult:
        user, over = await self._user(), place.where.get("view", {})

        async def pressing() -> SlackPost:
            used = {"action_id": button["action_id"], "value": button.get("value")}
            trigger = await self._trigger(user, over["id"] if over.get("type") == "modal" else None)
            return requests.press(user=user, trigger=trigger, **used, **place.where)

        return await self._done(pressing, values, opens=opens_something(button), go_on=go_on, about=place.about)

    async def _read_to_its_end(self, place: ButtonPlace) -> Json | None:
        """The last page of a place's reading modal; None if it does not open."""
        button: Json = place.reader
        user, before = await self._user(), await self._seen()
        used = {"action_id": button["action_id"], "value": button.get("value")}
        await self._send(requests.press(user=user, trigger=await self._trigger(user), **used, **place.where))
        view = await self._opened(before)
        return (await self._pages(view))[-1] if isinstance(view, dict) else None

    async def command(self, name: str, values: Mapping[str, str], *, go_on: bool = False) -> ActionResult:
        """Sends a slash command, such as `/deal`, and fills in the form that it opens. Raises NotThere."""
        user = await self._user()
        own = await self._conversation()

        async def giving() -> SlackPost:
            return requests.command(user=user, channel=own, name=name, trigger=await self._trigger(user))

        return await self._done(giving, values, opens=True, go_on=go_on)

    async def shortcut(self, name: str, text: str, values: Mapping[str, str]) -> ActionResult:
        """Uses a message shortcut on a message of theirs with this text, and fills in its form. Raises NotThere."""
        user, channels = await self._user(), await self._kept("channels")
        channel = next((one["channel_id"] for one in channels if not one.get("is_im")), "C0")
        message = {"ts": f"{SYSTEM_CLOCK().timestamp():.6f}", "text": text, "user": user}

        async def using() -> SlackPost:
            return requests.shortcut(
                user=user, callback_id=name, channel=channel, message=message, trigger=await self._trigger(user)
            )

        return await self._done(using, values, opens=True, go_on=False)

    async def _done(
        self,
        request: Callable[[], Awaitable[SlackPost]],
        values: Mapping[str, str],
        *,
        opens: bool,
        go_on: bool,
        about: str = "",
    ) -> ActionResult:
        """`request` creates the request: its trigger lasts only three seconds. `about`: the ask or step concerned."""
        before = await self._seen()
        await self._send(await request())
        if not opens:
            return await self._came_of_it(before, about)
        view = await self._opened(before)
        if isinstance(view, ActionResult):
            return view
        if not fields_of(view) and view.get("callback_id") == READ:
            return await self._shown_whole(view, values)
        came = await self._fill(view, values, go_on=go_on)
        return came or await self._came_of_it(before, about)

    # -- what opens

    async def _opened(self, before: Seen) -> "Json | ActionResult":
        """The view that opens, or what they are told if none does."""
        for _ in range(int(OPENS_WITHIN / POLL_INTERVAL)):
            now = await self._seen()
            if (view := now.opened_since(before)) is not None:
                return view
            if said := now.said_since(before):
                return _told(said[-1])
            await asyncio.sleep(POLL_INTERVAL)
        return ActionResult(
            f"Nothing opened within {OPENS_WITHIN:.0f} seconds. Is the stack busy, or not running?", is_refused=True
        )

    async def _shown_whole(self, view: Json, values: Mapping[str, str]) -> ActionResult:
        """What is to be read, from the first page to the last, with the buttons at its end."""
        pages = await self._pages(view)
        told = "\n".join([f"== {view['title']['text']} ==", *(shown({**page, "title": None}) for page in pages)])
        if values:
            raise NotThere(f"{told}\nNothing is filled in here: {', '.join(values)} is not sent.")
        return ActionResult(f"{told}\n{NOT_YET}" if labels_of(pages[-1]) else told, is_refused=False)

    async def _pages(self, view: Json) -> list[Json]:
        """Every page of a reading modal; Slack shows each in place of the one before."""
        pages = [view]
        while pages[-1].get("submit"):
            answer = await self._submit(pages[-1], {})
            if answer.get("response_action") != "update":
                break
            pages.append({**answer["view"], "id": view["id"]})
        return pages

    async def _fill(self, view: Json, values: Mapping[str, str], *, go_on: bool) -> ActionResult | None:
        """Fills in the form that opened, page by page; None once it is sent. Raises NotThere."""
        left, so_far = dict(values), NOT_YET
        while view.get("submit"):
            fields, submit = fields_of(view), view["submit"]["text"]
            mine = {name: left.pop(name) for name in list(left) if name in fields}
            if left and fields and not _goes_on(submit):
                raise NotThere(f"{await self._form(view)}\n{so_far} It has no field {', '.join(left)}.")
            if not (mine or go_on):
                return ActionResult(f"{await self._form(view)}\n{so_far} {_how_sent(view, submit)}", is_refused=False)
            if errors := unfit(view, mine):  # Slack's own errors: it does not send such a form
                return ActionResult(f"{await self._form(view)}\n{so_far} {_errors(view, errors)}", is_refused=True)
            answer = await self._submit(view, {name: await self._typed(view, name, mine[name]) for name in mine})
            if answer.get("errors"):
                return ActionResult(f"{so_far} {_errors(view, answer['errors'])}", is_refused=True)
            if answer.get("response_action") != "update":
                return None
            view, so_far = {**answer["view"], "id": view["id"]}, KEPT_SO_FAR if _goes_on(submit) else so_far
        return ActionResult(shown(view), is_refused=True)  # the view in its place says why it was not accepted

    async def _form(self, view: Json) -> str:
        """A form as it is read, with the options of its searched lists."""
        searched = [name for name, block in fields_of(view).items() if block["element"]["type"] == "external_select"]
        offers = {name: [one["text"]["text"] for one in await self._options(view, name, "")] for name in searched}
        return shown(view, offers)

    async def _submit(self, view: Json, values: Mapping[str, Json]) -> Json:
        user = await self._user()
        text = await self._send(requests.submit(user=user, view=view, values=filled_in(view, values)))
        return json.loads(text) if text else {}

    async def _typed(self, view: Json, name: str, typed: str) -> Json:
        """Input as its field holds it: for a list, the option that it names. Raises NotThere."""
        element = fields_of(view)[name]["element"]
        if element["type"] not in CHOSEN or not typed:
            return typed
        if element["type"] in SEVERAL:
            return [chosen(element["options"], name, part.strip()) for part in typed.split(",") if part.strip()]
        if element["type"] == "external_select":
            return chosen(await self._options(view, name, typed) or await self._options(view, name, ""), name, typed)
        return chosen(element["options"], name, typed)

    async def _options(self, view: Json, name: str, typed: str) -> list[Json]:
        """The options of a searched list for what was typed."""
        action, user = fields_of(view)[name]["element"]["action_id"], await self._user()
        request = requests.suggestion(user=user, view=view, block_id=name, action_id=action, typed=typed)
        return list(json.loads(await self._send(request))["options"])

    # -- the outcome

    async def _came_of_it(self, before: Seen, about: str) -> ActionResult:
        """What they are told as a result; an answer that is applied at once shows only on its card."""
        told = ActionResult(f"It is sent. There was no answer within {OPENS_WITHIN:.0f} seconds.", is_refused=False)
        for _ in range(int(OPENS_WITHIN / POLL_INTERVAL)):
            now = await self._seen()
            said = [one for one in now.said_since(before) if text_of(one) != KEPT]
            if said:
                return _told(said[-1])
            if about and (changed := now.changed_since(before, about)) is not None:
                return ActionResult(what_became(*changed), is_refused=False)
            if now.said_since(before):
                told = ActionResult(KEPT, is_refused=False)
            await asyncio.sleep(POLL_INTERVAL)
        return told

    async def _seen(self) -> Seen:
        user, cards = await self._user(), await self.cards()
        alone = [one for one in await self._kept("ephemeralMessages") if one["target_user"] == user]
        modals = [one for one in await self._kept("views") if one["type"] == "modal" and one["user_id"] == user]
        return Seen(
            alone=alone,
            own=[card for card in cards if not card.get("metadata")],  # messages to them that follow no ask
            cards={card["ts"]: card for card in cards},
            modals={one["view_id"]: {**one, "id": one["view_id"]} for one in modals},
        )

    # -- the emulator, and the API

    async def _user(self) -> str:
        if not self._account:
            users = {one["name"]: one["user_id"] for one in await self._kept("users")}
            if self._name not in users:
                raise NotThere(f"{self._name} is not in this Slack.")
            self._account = str(users[self._name])
        return self._account

    async def _conversation(self) -> str:
        """Their conversation with the app; none before they have been told anything."""
        if not self._own:
            user = await self._user()
            found = (one for one in await self._kept("channels") if one.get("is_im") and user in one["members"])
            self._own = str(next(found, {"channel_id": ""})["channel_id"])
        return self._own

    async def _trigger(self, user: str, view_id: str | None = None) -> str:
        """Creates a trigger as a click would, good for one view for three seconds; over a modal if its id is given."""
        asked = {"user_id": user, **({"view_id": view_id} if view_id else {})}
        async with httpx.AsyncClient(verify=NO_TLS) as http:
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

    async def _send(self, request: SlackPost) -> str:
        body, headers = request.signed(self._secret)
        async with httpx.AsyncClient(timeout=30, transport=self._transport, verify=NO_TLS) as http:
            answer = await http.post(f"{self._api}{PATH}", content=body, headers=headers)
        return answer.raise_for_status().text


def _told(said: Json) -> ActionResult:
    """What someone was told about their action; a refusal names its rule, or says that the card is outdated."""
    told = shown(said)
    return ActionResult(told, is_refused="(rule: " in told or told.startswith((STALE, ENDED)))


def _goes_on(submit: str) -> bool:
    """True for a page that is stored when it is sent, and followed by the next."""
    return " of " in submit


def _how_sent(view: Json, submit: str) -> str:
    """How to send a form that is shown: what must be filled in, or that it can be sent as it is."""
    if not fields_of(view):
        return f"With --yes: {submit}."
    again = f"To press [{submit}], give the command again with --fill for"
    if lacking := required_of(view):
        return f"{again} what is needed ({', '.join(lacking)}) and for what else you want."
    return f"{again} what you want otherwise, or with --yes as it stands."


def _errors(view: Json, errors: Mapping[str, str]) -> str:
    """Slack's messages at the fields of a form that stays open."""
    labels = {name: block["label"]["text"] for name, block in fields_of(view).items()}
    lines = (f"  {name} ({labels[name]}): {why}" if name in labels else f"  {why}" for name, why in errors.items())
    return "\n".join(["The form stays open:", *lines])
