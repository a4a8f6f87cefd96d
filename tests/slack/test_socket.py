"""Without a public address: the same requests come by a socket that we open, and have the same effects."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest_asyncio
from aiohttp import WSMsgType, web
from pydantic import SecretStr

from adapters.slack.settings import SlackSettings
from api.slack.app import Slack
from demo.slack.requests import SlackPost
from tests.slack.emulator import BOT_TOKEN, SIGNING_SECRET
from tests.slack.slack_env import SlackEnv
from tests.slack.test_receiving import MANAGER, manager_asked, plain_click
from tests.stack import Json


class Socket:
    """Slack's end of the socket, as small as it can be: it says hello, sends envelopes and hears their answers."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[Json] = asyncio.Queue()
        self.opened = asyncio.Event()
        self.tokens: list[str] = []
        self._link: web.WebSocketResponse | None = None
        self.url = ""

    async def open(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers["Authorization"])
        return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws')}/link"})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        self._link = web.WebSocketResponse()
        await self._link.prepare(request)
        await self._link.send_json({"type": "hello", "num_connections": 1})
        self.opened.set()
        async for message in self._link:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                await self.answers.put(json.loads(message.data))
        return self._link

    async def send(self, envelope: str, request: SlackPost) -> Json:
        """Sends what a signed request carries; gives the answer to it."""
        assert self._link is not None
        body = request.body if isinstance(request.body, str) else request.body.decode()
        payload = json.loads(parse_qs(body)["payload"][0])
        await self._link.send_json(
            {"type": "interactive", "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        )
        return await asyncio.wait_for(self.answers.get(), 5)


@pytest_asyncio.fixture
async def socket() -> AsyncIterator[Socket]:
    found = Socket()
    app = web.Application()
    app.add_routes([web.post("/api/apps.connections.open", found.open), web.get("/link", found.link)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


async def test_a_click_by_the_socket_is_answered_and_decides_once(env: SlackEnv, socket: Socket) -> None:
    deal, ask = await manager_asked(env, "By the socket")
    settings = SlackSettings(
        bot_token=SecretStr(BOT_TOKEN),
        signing_secret=SecretStr(SIGNING_SECRET),
        app_token=SecretStr("xapp-the-tests"),
        api_url=f"{socket.url}/api/",
    )
    slack = Slack(env.stack.app, settings, now=env.clock)
    slack.context.accounts = env.slack.context.accounts
    async with slack.socket():
        await asyncio.wait_for(socket.opened.wait(), 5)
        request = await plain_click(env, ask, MANAGER)
        for envelope in ("one", "two"):
            assert (await socket.send(envelope, request))["envelope_id"] == envelope
        await slack.context.reception.settle()
    assert socket.tokens == ["Bearer xapp-the-tests"]
    assert await deal.holder("engagement_manager") == MANAGER
    facts = [entry.fact for entry in env.stack.app.read.ledger(deal.engagement, None, 200).items]
    assert [f.channel for f in facts if f.event.kind == "VoteCast" and f.event.ask_id == ask["id"]] == ["slack"]
