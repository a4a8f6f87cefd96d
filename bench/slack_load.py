"""Signed clicks as Slack sends them, a third of them duplicated, and the answers to them."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.clock import SYSTEM_CLOCK
from adapters.processes.part import freeze_gc
from adapters.slack.cards import CHOICE, Pressed
from api.slack.app import PATH
from bench.cases import samples
from demo.slack.emulator import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    EMULATED_SECRET,
    EMULATED_TOKEN,
    TEAM_ID,
)
from domain.asks.model import Verdict
from domain.shared.values import AskId, PersonId
from settings import Settings

# Seconds after which each part gives up.
PREPARED_SECONDS, CLICKED_SECONDS, CARRIED_SECONDS = 1800.0, 1800.0, 1800.0
SEED = 7


# -- what is to be decided


class Asked(NamedTuple):
    """An open ask, and the value of its card's button."""

    ask_id: AskId
    subject_hash: str
    person_id: PersonId


# -- the clicks


class Shot(NamedTuple):
    """One request: its body, and which of Slack's retries it is (0 for none)."""

    body: str
    retry: int


def shots_of(asks: Sequence[Asked], users: Mapping[str, str], clicks: int) -> list[Shot]:
    """The requests in sending order: each ask's first click, followed later by its duplicates."""
    dice = random.Random(SEED)  # noqa: S311 -- the same clicks each time
    asks = list(asks)
    dice.shuffle(asks)
    timed: list[tuple[float, Shot]] = []
    for place, asked in enumerate(asks):
        timed.append((place, Shot(body_of(asked, users[asked.person_id], press=0), 0)))
    for number in range(clicks - len(asks)):
        place = dice.randrange(len(asks))
        asked = asks[place]
        later = dice.choice((0.1, 0.5, dice.uniform(1, 20), dice.uniform(20, len(asks) / 4 + 20)))
        retried = number % 2 == 0
        body = body_of(asked, users[asked.person_id], press=0 if retried else 1 + number)
        timed.append((place + later, Shot(body, 1 + number // 2 % 3 if retried else 0)))
    return [shot for _, shot in sorted(timed, key=lambda one: one[0])]


def body_of(asked: Asked, user: str, press: int) -> str:
    """What Slack posts when someone accepts a role on its card; `press` distinguishes presses of the same card."""
    pressed = Pressed(ask_id=asked.ask_id, subject_hash=asked.subject_hash, verdict=Verdict.APPROVE, is_plain=True)
    text = {"type": "plain_text", "text": "Accept the role", "emoji": True}
    button = {"type": "button", "action_id": f"{CHOICE}:approve", "block_id": "choices", "text": text}
    section = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": f"*Will you accept this role?* {asked.ask_id} " * 12},
    }
    card = [section] * 4 + [{"type": "actions", "block_id": "choices", "elements": [button | {"value": pressed.value}]}]
    message = {"type": "message", "ts": "1790000000.000100", "user": BOT_USER_ID, "bot_id": BOT_ID, "blocks": card}
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": "verification-token",
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": f"D{user[1:]}"},
        "trigger_id": f"{user}.{asked.ask_id}.{press}",
        "team": {"id": TEAM_ID, "domain": "interlock"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": f"D{user[1:]}", "name": "directmessage"},
        "message": message | {"text": asked.ask_id, "team": TEAM_ID, "app_id": APP_ID},
        "state": {"values": {}},
        "response_url": "http://127.0.0.1:9/respond",
        "actions": [button | {"value": pressed.value, "action_ts": f"1790000001.{press:06d}"}],
    }
    return urlencode({"payload": json.dumps(payload)})


def signed(shot: Shot) -> dict[str, str]:
    """The headers of a request that is sent now."""
    now = str(int(SYSTEM_CLOCK().timestamp()))
    signature = SignatureVerifier(EMULATED_SECRET).generate_signature(timestamp=now, body=shot.body) or ""
    again = {"X-Slack-Retry-Num": str(shot.retry), "X-Slack-Retry-Reason": "http_timeout"} if shot.retry else {}
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": signature,
        **again,
    }


async def users_of(chosen: Settings, people: Sequence[PersonId]) -> dict[str, str]:
    """Their accounts in the emulator, which differ each time it starts."""
    directory = samples()[0]
    client = AsyncWebClient(token=EMULATED_TOKEN, base_url=f"http://127.0.0.1:{chosen.slack_emulator_port}/api/")
    known = {person.id: person.email for person in directory.people}
    return {id_: str((await client.users_lookupByEmail(email=known[id_]))["user"]["id"]) for id_ in people}


class Answers(NamedTuple):
    """How the clicks were answered: the seconds of each, the count of each status, and the total time."""

    seconds: list[float]
    statuses: Counter[str]
    took: float


async def click(
    url: str, shots: Sequence[Shot], at_once: int, a_second: float | None, told: Callable[[int], None]
) -> Answers:
    """Sends everything; each client sends its next request when the last is answered, or at its scheduled time."""
    waiting, seconds, statuses = iter(enumerate(shots)), list[float](), Counter[str]()

    async def one(http: httpx.AsyncClient, began: float) -> None:
        for number, shot in waiting:
            if a_second:
                await asyncio.sleep(began + number / a_second - time.perf_counter())
            headers, sent = signed(shot), time.perf_counter()
            try:
                status = str((await http.post(PATH, content=shot.body, headers=headers)).status_code)
            except httpx.HTTPError as error:
                status = type(error).__name__
            seconds.append(time.perf_counter() - sent)
            statuses[status] += 1
            told(1)

    async with asyncio.timeout(CLICKED_SECONDS), AsyncExitStack() as open_ones:
        clients = [await open_ones.enter_async_context(connected(url)) for _ in range(at_once)]
        freeze_gc()  # the client's own pauses must not count as answer time
        began = time.perf_counter()
        await asyncio.gather(*(one(client, began) for client in clients))
        return Answers(seconds, statuses, time.perf_counter() - began)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with its connection open."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        (await http.get("/health")).raise_for_status()
        yield http
