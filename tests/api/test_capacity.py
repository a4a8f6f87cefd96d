"""Deals that compete for the same people see each other, week by week; a no is a risk and never a veto.

The sample firm can take 80 hours of data a week. Each test wishes for weeks of its own, years away from the others'.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import pytest_asyncio
import uvicorn

from tests.api.played import ADMINISTRATOR, CLIENT, HEAD_OF_SALES, NEW_DEAL, SELLER, Played, points
from tests.api.test_problems import problem_of
from tests.stack import Json, Stack

MANAGER, EXPERT = "bram.devries", "kofi.mensah"


async def wishing(stack: Stack, hours: int, start: str, end: str) -> Played:
    """A deal that waits for the word on its staffing: so many hours of data between these days."""
    deal = Played(stack)
    body = NEW_DEAL | {"wished_start": start, "wished_end": end, "title": f"{hours} hours of data"}
    deal.engagement = (await stack.done(SELLER, "POST", "/engagements", body))["engagement_id"]
    await deal.qualify_plainly()
    package = {"id": "W1", "title": "Figures", "discipline": "data", "grade": "senior", "needs": ["N1"]}
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [package]})
    await deal.cover()
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": points([hours, hours, hours])})
    return deal


async def for_two_weeks(stack: Stack, hours_a_week: int, monday: str) -> Played:
    """A deal that wants so many hours in each of two weeks."""
    end = date.fromisoformat(monday) + timedelta(days=11)
    return await wishing(stack, 2 * hours_a_week, monday, str(end))


async def two_for_the_same_people(stack: Stack, monday: str) -> tuple[Played, Played]:
    """75 hours in each of two weeks; and 65 in each of two, of which the first is the other's second."""
    first = await for_two_weeks(stack, 75, monday)
    return first, await for_two_weeks(stack, 65, str(date.fromisoformat(monday) + timedelta(days=7)))


async def card(deal: Played) -> Json:
    """The staffing ask as the resource manager sees it."""
    return await deal.stack.get(MANAGER, f"/asks/{(await deal.ask('confirm_staffing'))['id']}")


def overbooked(reckoned: Json) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in ("discipline", "week", "wanted", "free")) for row in reckoned["overbooked"]]


@pytest.mark.clock
async def test_a_card_names_the_week_that_another_deal_has_booked(stack: Stack) -> None:
    first = await for_two_weeks(stack, 75, "2031-01-13")
    alone = (await card(first))["capacity"]
    assert (alone["overbooked"], alone["fits_from"]) == ([], "2031-01-13")
    second = await for_two_weeks(stack, 65, "2031-01-20")
    capacity = (await card(second))["capacity"]
    assert overbooked(capacity) == [("data", "2031-01-20", "83.75", "80")]
    assert (capacity["fits_from"], capacity["more"]) == ("2031-01-27", 0)
    (data,) = capacity["disciplines"]
    assert (data["discipline"], data["needed"], data["free"]) == ("data", "130", "80")
    assert data["weeks"] == [
        {"week": "2031-01-20", "needed": "65", "others": "18.75", "overbooked": True},
        {"week": "2031-01-27", "needed": "65", "others": "0", "overbooked": False},
    ]
    line = next(row for row in await stack.every(MANAGER, "/asks") if row["engagement_id"] == second.engagement)
    assert overbooked(line["reckoned"]) == overbooked(capacity)
    assert (await second.ask("confirm_staffing"))["capacity"] == capacity
    await first.answer_all("confirm_staffing", "attest_estimate")  # it is surer now: at its price
    assert overbooked((await card(second))["capacity"]) == [("data", "2031-01-20", "95", "80")]
    await first.do(SELLER, "POST", "/lose", {"reason": "They chose another."})
    freed = (await card(second))["capacity"]
    assert (freed["overbooked"], freed["fits_from"]) == ([], "2031-01-20")


async def test_a_no_with_a_date_is_attested_all_the_same_and_stands_in_the_deal_pack(stack: Stack) -> None:
    _, second = await two_for_the_same_people(stack, "2033-01-10")
    no = {"reason": "Kofi is with another client.", "available_from": "2033-02-07"}
    await second.answer(await second.ask("confirm_staffing"), "return", **no)
    staffing = (await second.see())["staffing"]
    assert (staffing["confirmed"], staffing["available_from"]) == (False, "2033-02-07")
    assert overbooked(staffing["reckoned"]) == [("data", "2033-01-17", "83.75", "80")]
    await second.answer_all("attest_estimate")
    assert (await second.see())["attested"]
    await second.price()
    beside = second.kept["decide"]["beside"]
    assert beside["capacity"].endswith(
        "cannot be staffed as requested; free from Mon 7 Feb 2033: Kofi is with another client."
    )
    assert beside["capacity, overbooked 1"] == "data in the week of Mon 17 Jan 2033: 83.75 h needed, 80 h free"


async def test_a_yes_is_kept_with_what_was_overbooked_when_it_was_given(stack: Stack) -> None:
    first, second = await two_for_the_same_people(stack, "2036-01-14")
    ask = await second.ask("confirm_staffing")
    answer = {"ask_id": ask["id"], "verdict": "approve", "subject_hash": ask["subject_hash"]}
    bulk = await stack.done(MANAGER, "POST", "/asks/decisions", {"decisions": [answer]})
    assert bulk["results"][0]["problem"] is None
    await first.do(SELLER, "POST", "/lose", {"reason": "They chose another."})
    staffing = (await second.see())["staffing"]
    assert staffing["confirmed"]
    assert overbooked(staffing["reckoned"]) == [("data", "2036-01-21", "83.75", "80")]


async def test_nobody_who_answers_says_what_is_overbooked(stack: Stack) -> None:
    deal = await wishing(stack, 10, "2038-01-11", "2038-01-22")
    ask = await deal.ask("confirm_staffing")
    body = {"verdict": "approve", "subject_hash": ask["subject_hash"], "reckoned": {"overbooked": []}}
    problem_of(await stack.call(MANAGER, "POST", f"/asks/{ask['id']}/decision", body), 422)
    bulk = {"decisions": [body | {"ask_id": ask["id"]}]}
    problem_of(await stack.call(MANAGER, "POST", "/asks/decisions", bulk), 422)


async def test_an_answer_sent_again_is_the_same_though_the_pipeline_moved(stack: Stack) -> None:
    first, second = await two_for_the_same_people(stack, "2042-01-13")
    ask = await second.ask("confirm_staffing")
    path, body = f"/asks/{ask['id']}/decision", {"verdict": "approve", "subject_hash": ask["subject_hash"]}
    receipt = await stack.done(MANAGER, "POST", path, body, key="staffing")
    await first.do(SELLER, "POST", "/lose", {"reason": "They chose another."})
    assert await stack.done(MANAGER, "POST", path, body, key="staffing") == receipt
    other = body | {"verdict": "decline", "reason": "Not now."}
    problem_of(await stack.call(MANAGER, "POST", path, other, key="staffing"), 422)


async def test_capacity_is_for_those_on_the_engagement(stack: Stack) -> None:
    deal = await wishing(stack, 10, "2044-01-11", "2044-01-22")
    path = f"/engagements/{deal.engagement}/capacity"
    for who in (EXPERT, HEAD_OF_SALES, ADMINISTRATOR, MANAGER):
        assert (await stack.get(who, path))["fits_from"] == "2044-01-11"
    problem_of(await stack.call(CLIENT, "GET", path), 403)
    problem_of(await stack.call("luca.ferri", "GET", path), 404)
    problem_of(await stack.call(HEAD_OF_SALES, "GET", "/engagements/ENG-2031-9999/capacity"), 404)
    assert (await deal.ask("confirm_staffing"))["capacity"] is not None
    seen = await deal.see(ADMINISTRATOR)
    assert [ask["capacity"] for ask in seen["asks"]] == [None] * len(seen["asks"])


# -- the command line


@pytest_asyncio.fixture
async def address(stack: Stack) -> AsyncIterator[str]:
    """The API on a port of its own, for a command line that speaks HTTP."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        server = uvicorn.Server(uvicorn.Config(stack.api, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_the_command_line_shows_what_is_overbooked(stack: Stack, address: str) -> None:
    _, second = await two_for_the_same_people(stack, "2048-01-13")
    ask = await second.ask("confirm_staffing")

    async def run(*words: str) -> str:
        line = [sys.executable, "-m", "cli", *words, "--url", address, "--token", stack.tokens[MANAGER]]
        environment = {**os.environ, "COLUMNS": "400"}
        ended = await asyncio.to_thread(subprocess.run, line, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return str(ended.stdout)

    told = "fits from Mon 27 Jan 2048"
    capacity = await run("deal", "capacity", second.engagement)
    assert "OVERBOOKED" in capacity
    assert told in capacity
    shown = await run("ask", "show", ask["id"], "--details")
    assert all(part in shown for part in (ask["subject_hash"], "OVERBOOKED", told, "130.00 h needed"))
    assert "weeks overbooked: data" in " ".join((await run("ask", "list")).split())


async def test_a_no_is_answered_with_other_dates_or_with_why_they_are_kept(stack: Stack) -> None:
    deal = await for_two_weeks(stack, 65, "2038-01-11")
    no = {"reason": "Kofi is with another client.", "available_from": "2038-02-01"}
    await deal.answer(await deal.ask("confirm_staffing"), "return", **no)
    owed = next(step for step in (await deal.see())["next_steps"] if step["act"] == "answer_staffing")
    assert owed["who"]["id"] == SELLER
    assert owed["reason"].endswith("(resource manager): Kofi is with another client.")
    assert owed["command"] == f"interlock deal dates {deal.engagement} --start DAY --end DAY"
    await deal.do(SELLER, "PUT", "/dates", {"start": "2038-02-01", "end": "2038-02-14"})
    seen = await deal.see()
    assert (seen["wished_start"], seen["wished_end"], seen["staffing"]) == ("2038-02-01", "2038-02-14", None)
    await deal.answer(await deal.ask("confirm_staffing"), "return", **no)
    await deal.do(SELLER, "POST", "/dates/keep", {"reason": "The client cannot wait."})
    seen = await deal.see()
    assert seen["staffing"]["kept_because"] == "The client cannot wait."
    assert "answer_staffing" not in {step["act"] for step in seen["next_steps"]}
