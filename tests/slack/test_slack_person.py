"""Whoever has no Slack does with the emulator what people do in Slack: home, cards, commands, shortcuts, forms."""

import asyncio

import httpx
import pytest

from api.app import create_app
from examples.slack_person import NotThere, SlackPerson, labels_of, lines_of, shown
from tests.api.played import SELLER, SPONSOR
from tests.clock import day
from tests.slack.emulator import SIGNING_SECRET
from tests.slack.office import Office

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


def person(office: Office, name: str) -> SlackPerson:
    api = httpx.ASGITransport(create_app(office.stack.app, office.slack.router), raise_app_exceptions=False)
    return SlackPerson(name, office.emulator.url, "http://tests", SIGNING_SECRET, api)


async def test_a_deal_is_started_a_manager_named_and_a_promise_recorded_without_slack(office: Office) -> None:
    seller, sponsor = person(office, SELLER), person(office, SPONSOR)
    with pytest.raises(NotThere, match=r"(?s)The form wants client, title.*client: Client \(needed\); searched while"):
        await seller.command("/deal", {"needs": "Close in five days"})
    with pytest.raises(NotThere, match="no colour"):
        await seller.command("/deal", A_DEAL | {"colour": "blue"})
    started = await seller.command("/deal", A_DEAL)
    assert "is started: Started without Slack" in started.told
    number = started.told.split(" ")[0]
    home = shown(await sponsor.home())
    assert "Fill the role of engagement manager" in home
    assert "[Name somebody…]" in home
    with pytest.raises(NotThere, match="has a button"):
        await sponsor.press(number, "Fly away", {})
    await office.tell()
    named = await sponsor.press(f"{number}/vacancy:engagement_manager", "Name somebody", {"person": "Jonas"})
    assert "Done: Fill the role of engagement manager" in named.told
    promised = await seller.shortcut("promise", "A dashboard, too", {"to": number})
    assert "on the record" in promised.told
    await office.tell()
    (card, *_) = [one for one in await person(office, "jonas.weber").cards() if f"{number}.A" in str(one)]
    assert "Will you be engagement manager" in shown(card)
    jonas = person(office, "jonas.weber")
    answering = asyncio.create_task(
        jonas.press(f"{number}.A", labels_of(card)[0].removesuffix("…"), {"reason": "I have the time."})
    )
    while not answering.done():
        await office.tell()
        await asyncio.sleep(0.1)
    told = (await answering).told
    assert told.startswith("Done: Will you be engagement manager")
    assert "Accepted by Jonas Weber" in told


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
