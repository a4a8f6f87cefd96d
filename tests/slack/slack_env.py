"""The firm at work in Slack: the running stack with Slack before it, and people who read and press buttons.

Everything goes the way that it goes for real: what is sent leaves by the dispatcher, through a proxy that can
fail, to the emulator; what people do comes back as a signed request to the API's own address.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import delete

from adapters.db.database import writing
from adapters.db.leases import Leases
from adapters.db.outbox import State
from adapters.db.tables.messages import OutboxRow
from adapters.slack.settings import SlackSettings
from api.app import create_app
from api.slack.app import PATH, Slack
from application.notifications.chat import ChatChannel
from application.notifications.dispatcher import NotificationDispatcher
from application.notifications.slack import slack_channel
from demo.slack import requests as signed
from demo.slack.forms import filled_in
from demo.slack.requests import SlackPost
from demo.slack.shown import buttons_of, labels_of, text_of
from domain.shared.values import PersonId
from tests.clock import CLOCK, next_working_moment
from tests.slack.emulator import BOT_TOKEN, CHANNEL, SIGNING_SECRET, SlackEmulator
from tests.slack.faults import FaultProxy
from tests.slack.schema import problems_of_call, problems_of_view
from tests.stack import Json, Stack

__all__ = ["SlackEnv", "at_work", "labels_of", "text_of"]


@dataclass
class MovedClock:
    """What the notifier and the inbox take for now: the tests' time, moved on."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return CLOCK() + self.ahead

    def be(self, moment: datetime) -> None:
        """It is about this moment now."""
        self.ahead = moment - CLOCK()

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.ahead += timedelta(seconds=seconds)


@dataclass
class SlackEnv:
    """The front door, the dispatcher, and what people see of both."""

    stack: Stack
    slack: Slack
    channel: ChatChannel
    dispatcher: NotificationDispatcher
    emulator: SlackEmulator
    proxy: FaultProxy
    http: httpx.AsyncClient
    clock: MovedClock
    users: dict[str, str] = field(default_factory=dict)

    async def user(self, person: PersonId) -> str:
        if person not in self.users:
            self.users[person] = await self.emulator.user(person)
        return self.users[person]

    # -- what goes out

    async def tell(self, rounds: int = 40) -> None:
        """Everything that is due is told, and cards are brought up to date."""
        for _ in range(rounds):
            await self.dispatcher.dispatch_due()
            self.clock.wait(4)
            if not self.due():
                return
        raise AssertionError(f"still due: {[(row.key, row.because) for row in self.due()][:5]}")

    def due(self) -> tuple[Any, ...]:
        """What could be told now, and cards to be looked at."""
        return (*self.stack.app.outbox.due(self.clock()), *self.stack.app.cards.due(self.clock()))

    async def messages(self, person: PersonId) -> list[Json]:
        """What somebody was told in their own conversation, newest last."""
        return await self.emulator.direct_messages(person)

    async def cards(self, person: PersonId, ask: str) -> list[Json]:
        """The messages of an ask that somebody has, newest last."""
        return [message for message in await self.messages(person) if ask in json.dumps(message.get("blocks", []))]

    async def card(self, person: PersonId, ask: str) -> Json:
        """The newest of them; fails where there is none."""
        await self.tell()
        found = await self.cards(person, ask)
        assert found, f"{person} has no card of {ask}"
        return found[-1]

    async def heard(self, person: PersonId) -> list[str]:
        """What only this person was shown, as text, newest last."""
        shown = await self.emulator.ephemerals(await self.user(person))
        return [text_of(one) for one in shown]

    # -- what people do

    async def send(self, request: SlackPost, **signing: Any) -> httpx.Response:
        """A request as Slack sends it, answered and carried out."""
        answer = await self.give(request, **signing)
        while begun := {task for task in asyncio.all_tasks() if _is_handlers(task)}:  # Bolt's, after the answer
            _, left = await asyncio.wait(begun, timeout=10)
            assert not left, left
        await self.slack.context.reception.settle()
        return answer

    async def give(self, request: SlackPost, **signing: Any) -> httpx.Response:
        """A request as Slack sends it, answered; what is kept may still be on its way."""
        body, headers = request.signed(SIGNING_SECRET, **signing)
        answer = await self.http.post(PATH, content=body, headers=headers)
        if answer.is_success and "view" in (said := answer.json() if answer.text.startswith("{") else {}):
            assert problems_of_view(said["view"]) == []
        return answer

    async def pressing(self, person: PersonId, label: str, message: Json) -> SlackPost:
        """The press of a button of a message in somebody's own conversation, by what it says."""
        button = button_of(message["blocks"], label)
        user = await self.user(person)
        return signed.press(
            user=user,
            action_id=button["action_id"],
            value=button.get("value"),
            message=message,
            channel=await self.conversation(person),
            trigger=await self.emulator.trigger(user),
        )

    async def press(self, person: PersonId, label: str, message: Json) -> httpx.Response:
        """Somebody presses a button of a message of theirs."""
        return await self.send(await self.pressing(person, label, message))

    async def press_in_view(self, person: PersonId, label: str, view: Json) -> httpx.Response:
        """Somebody presses a button of a modal or of their home."""
        button, user = button_of(view["blocks"], label), await self.user(person)
        over = view["id"] if view["type"] == "modal" else None
        return await self.send(
            signed.press(
                user=user,
                action_id=button["action_id"],
                value=button.get("value"),
                view=view,
                trigger=await self.emulator.trigger(user, over),
            )
        )

    async def modal(self, person: PersonId) -> Json:
        """The modal that was opened last for somebody."""
        opened = await self.emulator.modals(await self.user(person))
        assert opened, f"no modal was opened for {person}"
        return await self.emulator.modal(opened[-1]["view_id"])

    async def fill(self, person: PersonId, values: Mapping[str, Json], view: Json | None = None) -> httpx.Response:
        """Somebody fills in the modal that was opened last, by the names of its fields, and sends it."""
        return await self.send(await self.filling(person, values, view))

    async def filling(self, person: PersonId, values: Mapping[str, Json], view: Json | None = None) -> SlackPost:
        """That request."""
        view = view or await self.modal(person)
        return signed.submit(user=await self.user(person), view=view, values=filled_in(view, values))

    async def conversation(self, person: PersonId) -> str:
        """The channel id of somebody's conversation with us."""
        client = self.emulator.client()
        return str((await client.conversations_open(users=await self.user(person)))["channel"]["id"])

    async def home(self, person: PersonId) -> Json:
        """Somebody opens App Home."""
        user = await self.user(person)
        await self.send(signed.home_opened(user=user))
        found = await self.emulator.home_of(user)
        assert found is not None
        return await self.emulator.modal(found["view_id"])

    def dead(self) -> list[tuple[str, str]]:
        """Dead letters: to whom, why."""
        return [(row.to, str(row.dead)) for row in self.stack.app.outbox.in_state(State.DEAD)]


def button_of(blocks: list[Json], label: str) -> Json:
    """The one button that says this; what opens a form says it with an ellipsis."""
    found = [button for button in buttons_of(blocks) if button["text"]["text"] in {label, f"{label}…"}]
    assert len(found) == 1, f"no button {label!r} among {[one['text']['text'] for one in buttons_of(blocks)]}"
    return found[0]


def _is_handlers(task: asyncio.Task[Any]) -> bool:
    return "AsyncioListenerRunner" in getattr(task.get_coro(), "__qualname__", "")


@asynccontextmanager
async def at_work(stack: Stack, emulator: SlackEmulator, proxy: FaultProxy) -> AsyncIterator[SlackEnv]:
    """Slack on this stack. What it sent is held to Slack's types and limits when it closes."""
    clock = MovedClock()
    clock.be(next_working_moment(stack.directory))
    settings = SlackSettings(
        bot_token=SecretStr(BOT_TOKEN),
        signing_secret=SecretStr(SIGNING_SECRET),
        api_url=proxy.api_url,
        channel=CHANNEL,
    )
    slack = Slack(stack.app, settings, timeout=2, now=clock)
    channel = slack_channel(stack.app, settings, pace=0.001, timeout=2, now=clock)
    dispatcher = NotificationDispatcher(stack.app, Leases(stack.database), [channel], clock)
    api = create_app(stack.app, slack.router)
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    stack.app.cards.forget_all()
    with writing(stack.database) as connection:
        connection.execute(delete(OutboxRow))  # what other tests' deals had to tell
    async with httpx.AsyncClient(transport=transport, base_url="http://tests", timeout=30) as http:
        yield SlackEnv(stack, slack, channel, dispatcher, emulator, proxy, http, clock)
        await slack.context.reception.settle()
        await dispatcher.settle()
    problems = [problem for call in proxy.sent for problem in problems_of_call(call.method, call.arguments)]
    assert problems == []
