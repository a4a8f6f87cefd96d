"""What comes next, over REST: whose it is, in a deal, in lists, and for whoever asks."""

from typing import Any

import pytest

from tests.api.played import CLIENT, DEAL, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.clock import held
from tests.stack import Stack

LEAD_HEAD = "priya.raman"


async def mine(stack: Stack, who: str, deal: Played) -> list[str]:
    """What waits for somebody in one deal."""
    found = (await stack.get(who, "/next-steps", limit=200))["items"]
    return [step["what"] for step in found if step["engagement_id"] == deal.engagement]


async def in_list(stack: Stack, who: str, deal: Played) -> tuple[dict[str, Any] | None, int]:
    """The first next step of a deal in somebody's list, and how many there are beside it."""
    (line,) = (await stack.get(who, "/engagements", q=deal.engagement))["items"]
    return line["next_step"], line["more_steps"]


async def test_a_fresh_deal_waits_for_its_seller_and_for_whoever_must_fill_its_roles(stack: Stack) -> None:
    deal = await Played(stack).start("Whose is it")
    assert await mine(stack, SELLER, deal) == ["Record what the client needs"]
    assert await mine(stack, LEAD_HEAD, deal) == ["Fill the role of delivery lead"]
    await deal.do(LEAD_HEAD, "PUT", "/roles/delivery_lead", {"person_id": "anil.mehta"})
    assert await mine(stack, LEAD_HEAD, deal) == []
    assert await mine(stack, "anil.mehta", deal) == ["Will you be delivery lead of Whose is it?"]


async def test_each_step_says_what_why_who_since_when_until_when_and_how(stack: Stack) -> None:
    deal = await Played(stack).start("Said in full")
    (step,) = [one for one in (await deal.see())["next_steps"] if one["act"]]
    assert (step["act"], step["who"]) == ("record_needs", {"id": SELLER, "name": "Aisha Khan", "role": "sales"})
    assert step["why"] == "The estimate starts once the client has confirmed the needs."
    assert step["what"] == "Record what the client needs"
    assert step["remedy"].startswith("State each need in the client's words.")
    assert step["since"] < step["due"]
    assert not step["overdue"]
    assert [step[name] for name in ("ask_id", "vacancy", "task", "change", "reason")] == [None] * 5


async def test_a_list_carries_the_first_step_and_how_many_there_are_beside_it(stack: Stack) -> None:
    deal = await Played(stack).start("In a list")
    (line,) = (await stack.get(SPONSOR, "/engagements", q=deal.engagement))["items"]
    steps = (await deal.see())["next_steps"]
    assert line["next_step"]["what"] == steps[0]["what"]
    assert line["more_steps"] == len(steps) - 1
    waiting = (await stack.get(SPONSOR, "/engagements", waits_for=SELLER, q=deal.engagement))["items"]
    assert [row["id"] for row in waiting] == [deal.engagement]


async def test_on_hold_what_is_owed_stands_still_and_says_so(stack: Stack) -> None:
    deal = await Played(stack).start("Stands still")
    await deal.do(SPONSOR, "POST", "/hold", held("They think."))
    steps = (await deal.see())["next_steps"]
    assert steps
    assert all(step["paused"] and step["due"] is None for step in steps)
    (line,) = (await stack.get(SPONSOR, "/engagements", q=deal.engagement))["items"]
    assert line["next_step"]["paused"]
    assert line["held_until"] == held("")["until"]
    (step,) = (await stack.get(SELLER, "/next-steps", engagement_id=deal.engagement))["items"]
    assert (step["paused"], step["held_until"]) == (True, line["held_until"])
    await deal.do(SPONSOR, "POST", "/resume")
    (line,) = (await stack.get(SPONSOR, "/engagements", q=deal.engagement))["items"]
    assert line["held_until"] is None


@pytest.mark.parametrize("until", ["2020-01-01", "2199-01-01", "soon", None])
async def test_a_hold_without_a_day_that_can_be_is_refused(stack: Stack, until: str | None) -> None:
    deal = await Played(stack).start("No such day")
    body = {"reason": "They think."} | ({"until": until} if until else {})
    assert problem_of(await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", body), 422)[
        "field"
    ] == ("until")


async def test_a_client_sees_what_they_are_asked_and_nothing_of_what_the_firm_does(stack: Stack) -> None:
    deal = await Played(stack).start("A client's own")
    assert await mine(stack, CLIENT, deal) == []
    view = await deal.see(CLIENT)
    assert (view["next_steps"], view["awaited"]) == ([], [])
    assert await in_list(stack, CLIENT, deal) == (None, 0)
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Peace"}]})
    await deal.do(SELLER, "POST", "/needs/restate")
    (step,) = (await deal.see(CLIENT))["next_steps"]
    assert (step["who"]["id"], step["ask_id"]) == (CLIENT, (await deal.ask("confirm_needs"))["id"])
    assert await mine(stack, CLIENT, deal) == [step["what"]]
    first, more = await in_list(stack, CLIENT, deal)
    assert first is not None
    assert more == 0
    for name in ("what", "who", "since", "due", "due_shown", "overdue", "paused"):
        assert first[name] == step[name]


async def test_a_client_who_asked_back_reads_that_their_question_is_open(stack: Stack) -> None:
    deal = await Played(stack).start("Asked back")
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Peace"}]})
    await deal.do(SELLER, "POST", "/needs/restate")
    await deal.answer(await deal.ask("confirm_needs"), "need_info", reason="Which peace?")
    assert await in_list(stack, CLIENT, deal) == (None, 0)
    (said,) = (await deal.see(CLIENT))["awaited"]
    assert said.endswith("Your question is open; Aisha Khan sees that it is answered.")


async def test_a_vacancy_names_who_must_fill_it_by_position_and_is_found_by_them(stack: Stack) -> None:
    deal = await Played(stack).start("By position")
    (step,) = [one for one in (await deal.see())["next_steps"] if one["vacancy"] == "delivery_lead"]
    assert step["who"]["role"] == "head of delivery"
    found = (await stack.get(SPONSOR, "/engagements", waits_for=LEAD_HEAD, q=deal.engagement))["items"]
    assert [row["id"] for row in found] == [deal.engagement]


async def test_why_something_came_back_is_told_to_whoever_owes_it(stack: Stack) -> None:
    deal = await Played(stack).start("Came back")
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Peace"}]})
    await deal.do(SELLER, "POST", "/needs/restate")
    await deal.answer(await deal.ask("confirm_needs"), "return", reason="Quiet is enough.")
    (step,) = [one for one in (await deal.see(SELLER))["next_steps"] if one["act"] == "correct_needs"]
    assert step["reason"] == "Returned by Anna Lindqvist (client sponsor): Quiet is enough."


async def test_more_than_is_shown_is_said(stack: Stack) -> None:
    for n in range(2):
        await Played(stack).start(f"One of many {n}")
    found = await stack.get(SELLER, "/next-steps", limit=1)
    assert (len(found["items"]), found["more"]) == (1, True)


async def test_who_asked_back_reads_whose_answer_they_wait_for(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly)
    rows = [{k: v for k, v in row.items() if k != "hours"} for row in DEAL["work_packages"]]
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": rows})
    await deal.cover()
    ask = await deal.ask("estimate", "estimate:data")
    (expert,) = ask["asked"]
    await deal.answer(ask, "need_info", reason="Which weeks?")
    page = await stack.get(expert, "/next-steps", engagement_id=deal.engagement)
    assert page["items"] == []
    (waits,) = page["awaited"]
    assert waits["who"] == ["Aisha Khan"]
    assert waits["due_shown"]
    assert not page["more_awaited"]
