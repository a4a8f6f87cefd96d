"""Whoever has no Slack does with the emulator what people do in Slack: home, cards, commands, shortcuts, forms."""

import asyncio
from collections.abc import Awaitable

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from demo.slack.forms import NotThere
from demo.slack.person import ActionResult, SlackPerson
from demo.slack.shown import labels_of, lines_of, shown
from tests.api.played import SELLER, SPONSOR
from tests.clock import day
from tests.slack.emulator import SIGNING_SECRET
from tests.slack.slack_env import SlackEnv
from tests.slack.test_answers import EXPERT, LEAD, POINTS, Early, hours, the_ask
from tests.slack.test_reading import many_packages
from tests.stack import Stack

A_DEAL = {
    "client": "Lindqvist",
    "title": "Started without Slack",
    "kind": "contracted",
    "wished_start": str(day(60)),
    "wished_end": str(day(200)),
    "needs": "Close in five days",
    "client_sponsor": "Anna",
    "provider_sponsor": "Tomasz",
}


def person(env: SlackEnv, name: str) -> SlackPerson:
    api = httpx.ASGITransport(create_app(env.stack.app, env.slack.router), raise_app_exceptions=False)
    return SlackPerson(name, env.emulator.url, "http://tests", SIGNING_SECRET, api)


async def done(env: SlackEnv, doing: Awaitable[ActionResult]) -> ActionResult:
    """What came of what somebody did, while everybody is told."""
    acting = asyncio.ensure_future(doing)
    while not acting.done():
        await env.tell()
        await asyncio.sleep(0.1)
    return await acting


@pytest_asyncio.fixture
async def deal(stack: Stack) -> Early:
    return await Early(stack).until_asked()


async def staffing_asked(env: SlackEnv, deal: Early) -> tuple[str, str]:
    """Somebody who is asked to confirm the staffing and was told so, and the ask."""
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    await env.tell()
    return ask["asked"][0], str(ask["id"])


async def test_a_deal_is_started_a_manager_named_and_a_promise_recorded_without_slack(env: SlackEnv) -> None:
    seller, sponsor = person(env, SELLER), person(env, SPONSOR)
    form = await seller.command("/deal", {})
    assert not form.is_refused
    assert "client: Client (needed); one, by any words of it: " in form.told
    assert "--fill 'client=" in form.told
    lacking = await seller.command("/deal", {"needs": "Close in five days"})
    assert lacking.is_refused
    assert "client (Client): Fill this in." in lacking.told
    with pytest.raises(NotThere, match="no field colour"):
        await seller.command("/deal", A_DEAL | {"colour": "blue"})
    with pytest.raises(NotThere, match="client: 'Nobody AS' fits none of: "):
        await seller.command("/deal", A_DEAL | {"client": "Nobody AS"})
    started = await seller.command("/deal", A_DEAL)
    assert "is started: Started without Slack" in started.told
    number = started.told.split(" ")[0]
    home = shown(await sponsor.home())
    assert "Fill the role of engagement manager" in home
    assert "[Name somebody…]" in home
    with pytest.raises(NotThere, match="has a button 'Fly away'; nothing is pressed"):
        await sponsor.press(number, "Fly away", {})
    await env.tell()
    named = await sponsor.press(f"{number}/vacancy:engagement_manager", "Name somebody", {"person": "Jonas"})
    assert "Asked, and vacant until somebody accepts it: Fill the role of engagement manager" in named.told
    promised = await seller.shortcut("promise", "A dashboard, too", {"to": number})
    assert "is recorded in" in promised.told
    await env.tell()
    (card, *_) = [one for one in await person(env, "jonas.weber").cards() if f"{number}.A" in str(one)]
    assert "Will you be engagement manager" in shown(card)
    jonas = person(env, "jonas.weber")
    label = labels_of(card)[0].removesuffix("…")
    told = (await done(env, jonas.press(number, label, {"reason": "I have the time."}))).told
    assert told.startswith("Done: Will you be engagement manager")
    assert "Accepted by you" in told


async def test_another_is_let_answer_by_the_form_that_opens(env: SlackEnv, deal: Early) -> None:
    who, ask = await staffing_asked(env, deal)
    asked = person(env, who)
    form = await asked.press(ask, "Let somebody else answer", {})
    assert "to: Who may answer it for you (needed); one, by any words of it: " in form.told
    assert "You can still answer too" in form.told
    assert "Nothing has been done yet." in form.told
    with pytest.raises(NotThere, match="to: 'Nobody' fits none of: "):
        await asked.press(ask, "Let somebody else answer", {"to": "Nobody"})
    let = await done(env, asked.press(ask, "Let somebody else answer", {"to": "Nadia"}))
    assert "Nadia Haddad may answer this for you." in let.told
    assert ask in str(await person(env, "nadia.haddad").cards())


async def test_whoever_asks_back_reads_who_is_asked_and_by_when_and_is_not_told_that_it_is_done(
    env: SlackEnv, deal: Early
) -> None:
    who, ask = await staffing_asked(env, deal)
    form = await person(env, who).press(ask, "Ask back", {})
    assert "is asked, and your own deadline is paused until the answer." in form.told
    told = (await done(env, person(env, who).press(ask, "Ask back", {"reason": "Which weeks?"}))).told
    assert told.startswith("Saved: ")
    assert "Waits for an answer from " in told
    assert ", due " in told
    assert "You asked: Which weeks? Your own deadline is paused until then." in told


async def test_a_text_is_read_whole_and_what_stands_at_its_end_is_pressed(env: SlackEnv, deal: Early) -> None:
    ask = await many_packages(deal, assumes=["Everything of before " * 90])
    await env.tell()
    expert = person(env, EXPERT)
    read = await expert.press(ask["id"], "Read it all to decide", {})
    assert all(f"W{n}: Part {n}" in read.told for n in (1, 27))
    assert "[Give the hours…]" in read.told
    assert read.told.endswith("Nothing has been done yet.")
    form = await expert.press(ask["id"], "Give the hours", {})
    assert "W1:hours: Hours" in form.told
    assert "W1:hours: Hours (needed)" not in form.told
    assert "If left empty, you still have to give or return it." in form.told
    assert "Optimistic/likely/pessimistic, such as 40/60/100." in form.told
    first = {name: value for n in range(1, 26) for name, value in hours(f"W{n}", "1", "2", "3").items()}
    second = await expert.press(ask["id"], "Give the hours", first)
    assert "The pages before are sent and kept; this one is not." in second.told
    assert "W27:hours" in second.told


async def test_what_opens_from_home_is_shown_and_decided_there(env: SlackEnv, deal: Early) -> None:
    who, ask = await staffing_asked(env, deal)
    read = await person(env, who).press(ask, "Open", {})
    assert "[Confirm the staffing]" in read.told
    told = (await done(env, person(env, who).press(ask, "Confirm the staffing", {}))).told
    assert told.startswith("Done: ")
    assert "✅ Confirmed by " in told
    with pytest.raises(NotThere, match=r"(?s)nothing is pressed.*✅ Confirmed by"):
        await person(env, who).press(ask, "Confirm the staffing", {})


async def test_what_does_not_fit_is_said_at_its_field(env: SlackEnv, deal: Early) -> None:
    ask = (await the_ask(deal, "estimate", EXPERT))["id"]
    await env.tell()
    points = hours("W1", "8", "20", "12")
    refused = await person(env, EXPERT).press(ask, "Give the hours", points)
    assert refused.is_refused
    assert "W1:hours (Hours): " in refused.told
    assert "The form stays open:" in refused.told
    refused = await person(env, EXPERT).press(ask, "Give the hours", points | {"W1:hours": "40/60"})
    assert "W1:hours (Hours): " in refused.told
    assert "40/60/100" in refused.told


def test_a_button_at_home_is_known_by_the_words_of_its_line() -> None:
    def button(label: str) -> dict[str, object]:
        return {"type": "button", "text": {"type": "plain_text", "text": label}}

    def line(text: str, **more: object) -> dict[str, object]:
        return {"type": "section", "text": {"type": "plain_text", "text": text}, **more}

    blocks = [
        line("Fill the role of expert for data", accessory=button("Open")),
        line("Fill the role of delivery lead"),
        {"type": "actions", "elements": [button("Name somebody…"), button("Decline")]},
    ]
    assert [(text, one["text"]["text"]) for text, one in lines_of(blocks)] == [
        ("Fill the role of expert for data", "Open"),
        ("Fill the role of delivery lead", "Name somebody…"),
        ("Fill the role of delivery lead", "Decline"),
    ]
