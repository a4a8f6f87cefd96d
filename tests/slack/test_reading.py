"""What does not fit on a card is read page by page, and many packages are estimated page by page."""

import json
from typing import Any

import pytest_asyncio

from domain.shared.values import PersonId
from tests.api.played import DEAL, SELLER
from tests.slack.slack_env import SlackEnv, labels_of, text_of
from tests.slack.test_answers import EXPERT, LEAD, POINTS, Early, hours, the_ask
from tests.slack.test_sending import say
from tests.stack import Json, Stack

PACKAGES = 27


@pytest_asyncio.fixture
async def deal(stack: Stack) -> Early:
    return await Early(stack).until_asked()


async def many_packages(deal: Early, **more: Any) -> Json:
    """A scope of many packages of one discipline; the ask for their hours."""
    row = {name: value for name, value in DEAL["work_packages"][0].items() if name not in {"id", "hours", "title"}}
    rows = [row | {"id": f"W{n}", "title": f"Part {n}"} | more for n in range(1, PACKAGES + 1)]
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": rows})
    return await the_ask(deal, "estimate", EXPERT)


async def answered(env: SlackEnv, person: PersonId, values: dict[str, str], view: Json) -> Json:
    """The view that takes the place of the one that was sent; None where it closes."""
    sent = (await env.fill(person, values, view)).text
    return json.loads(sent).get("view") if sent else None


async def read_to_its_end(env: SlackEnv, ask: Json) -> tuple[str, Json]:
    """What stands on the pages before the one that offers a yes, and that one."""
    await env.press(EXPERT, "Read it all to decide", await env.card(EXPERT, ask["id"]))
    page, read = await env.modal(EXPERT), ""
    while "Give the hours…" not in labels_of(page):
        read += text_of(page)
        page = await answered(env, EXPERT, {}, page) | {"id": page["id"]}
    return read, page


async def test_many_packages_are_estimated_on_pages_and_each_is_kept(env: SlackEnv, deal: Early) -> None:
    ask = await many_packages(deal)
    _, page = await read_to_its_end(env, ask)
    await env.press_in_view(EXPERT, "Give the hours", page)
    first = await env.modal(EXPERT)
    assert first["submit"]["text"] == "Send, continue (1 of 2)"
    values = {name: value for n in range(1, 26) for name, value in hours(f"W{n}", "1", "2", "3").items()}
    second = await answered(env, EXPERT, values, first)
    state = await deal.see()
    assert sum(bool(package["estimates"]) for package in state["packages"]) == 25
    assert "W26: Part 26" in text_of(second)
    rest = {name: value for n in (26, 27) for name, value in hours(f"W{n}", "1", "2", "3").items()}
    assert await answered(env, EXPERT, rest, second | {"id": "V2"}) is None
    assert (await deal.see())["estimated"]


async def test_what_does_not_fit_is_read_to_its_end_before_a_yes(env: SlackEnv, deal: Early) -> None:
    ask = await many_packages(deal, assumes=["Everything of before " * 90])
    card = await env.card(EXPERT, ask["id"])
    assert labels_of(card) == ["Read it all to decide", "Return…", "Ask back…"]
    assert "There is more" in text_of(card)
    read, page = await read_to_its_end(env, ask)
    assert "submit" not in page
    assert all(f"W{n}: Part {n}" in read + text_of(page) for n in range(1, PACKAGES + 1))
    assert labels_of(page)[0] == "Give the hours…"


async def test_a_button_in_the_modal_decides_and_the_modal_shows_it(env: SlackEnv, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    home = await env.home(person)
    mine = [block for block in home["blocks"] if ask["id"] in str(block)]
    await env.press_in_view(person, "Open", home | {"blocks": mine})
    opened = await env.modal(person)
    await env.press_in_view(person, "Confirm the staffing", opened)
    assert (await deal.see())["staffing"]["confirmed"]
    shown = await env.emulator.modal(opened["id"])
    assert (labels_of(shown), "Confirmed" in text_of(shown)) == ([], True)


async def test_a_digest_is_told_as_it_was_written(env: SlackEnv) -> None:
    digest = "Waits for you:\n• Go or no-go · due Tue 11:00\nYou wait for:\n• <!channel> *nobody*"
    say(env, "tests:digest", "rosa.klein", digest, kind="digest")
    await env.tell()
    assert digest in [text_of(message) for message in await env.messages(PersonId("rosa.klein"))]
