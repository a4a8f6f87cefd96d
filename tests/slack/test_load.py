"""Many signed clicks at once, a third of them twice: each decision is on record once. The bench sends thousands."""

import asyncio
from collections import Counter
from typing import NamedTuple

from adapters.slack.cards import CHOICE, Pressed
from demo.slack import requests as signed
from demo.slack.requests import SlackPost
from domain.asks.events import VoteCast
from domain.asks.model import Verdict
from domain.shared.values import EngagementId, PersonId
from tests.api.played import SELLER, Played
from tests.slack.slack_env import SlackEnv
from tests.stack import Json

CLICKS = 200
DISTINCT = CLICKS - CLICKS // 3
DEALS = 9
ROLES = (
    *("engagement_manager", "delivery_lead", "business_analyst", "resource_manager", "finance", "legal", "quality"),
    *("customer_care", "procurement", "project_manager"),
    *(f"expert:{discipline}" for discipline in ("architecture", "development", "data", "testing", "training")),
)


class Asked(NamedTuple):
    """An open ask, and what its button carries."""

    ask: str
    hash: str
    person: PersonId


async def proposed(env: SlackEnv, number: int) -> list[Asked]:
    """A deal in which somebody is asked to accept each role."""
    directory, playbook = env.stack.directory, env.stack.playbook
    deal = await Played(env.stack).start(f"Clicked at once {number}")
    for role in ROLES:
        defined = playbook.role(role)
        assert defined is not None
        head = directory.positions[defined.head]
        able = directory.first_competent(role, playbook, excluding=(SELLER, head))
        assert able is not None, role
        await deal.do(head, "PUT", f"/roles/{role}", {"person_id": able.id})
    asks = [ask for ask in (await deal.see())["asks"] if ask["kind"] == "accept_role" and ask["asked"]]
    return [Asked(ask["id"], ask["subject_hash"], ask["asked"][0]) for ask in asks]


async def pressing(env: SlackEnv, asked: Asked) -> SlackPost:
    """A press of the button by which somebody accepts a role, at a moment of its own."""
    value = Pressed(ask_id=asked.ask, subject_hash=asked.hash, verdict=Verdict.APPROVE, is_plain=True).value
    text = {"type": "plain_text", "text": "Accept the role"}
    button: Json = {"type": "button", "action_id": f"{CHOICE}:approve", "text": text, "value": value}
    message = {"ts": "1790000000.000100", "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    return signed.press(
        user=await env.user(asked.person),
        action_id=button["action_id"],
        message=message,
        channel="D000000001",
    )


async def test_of_many_clicks_at_once_each_has_its_effect_once(env: SlackEnv) -> None:
    found = await asyncio.gather(*(proposed(env, number) for number in range(DEALS)))
    asks = [asked for of_deal in found for asked in of_deal][:DISTINCT]
    assert len(asks) == DISTINCT
    clicks = [await pressing(env, asked) for asked in asks]
    sent = [env.give(click) for click in clicks]
    for number, (asked, click) in enumerate(zip(asks, clicks, strict=True)):
        if len(sent) < CLICKS:  # by turns Slack's own retry, and somebody who presses twice
            sent.append(env.give(click, retry=1) if number % 2 else env.give(await pressing(env, asked)))
    answers = await asyncio.gather(*sent)
    assert Counter(answer.status_code for answer in answers) == {200: CLICKS}
    await env.slack.context.reception.settle()
    assert env.stack.app.inbox.waiting() == 0
    once = Counter((asked.ask, asked.person, "slack") for asked in asks)
    assert votes(env, {EngagementId(asked.ask.split(".")[0]) for asked in asks}) == once


def votes(env: SlackEnv, engagements: set[EngagementId]) -> Counter[tuple[str, str, str]]:
    """Every vote on record in these engagements: on what, by whom, through which door."""
    found: Counter[tuple[str, str, str]] = Counter()
    for engagement in engagements:
        page = env.stack.app.read.ledger(engagement, None, 200)
        assert page.after is None, "more facts than were read"
        for entry in page.items:
            if isinstance(entry.fact.event, VoteCast):
                found[entry.fact.event.ask_id, entry.fact.by, entry.fact.channel] += 1
    return found
