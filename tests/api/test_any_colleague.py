"""Any colleague of the firm may be named over REST and on the command line; the lists offer exactly who is accepted."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from typer.testing import CliRunner

import cli.main
from tests.api.played import ADMINISTRATOR, CLIENT, DIRECTORY, SELLER, Played, points
from tests.api.test_problems import problem_of
from tests.clock import day
from tests.stack import Json, Stack

# Both are added to the directory here and have a part in no deal; Bengt's name is typed in two Unicode forms.
MIA, BENGT = "mia.stone", "bengt.strom"
COMPOSED, DECOMPOSED = "Bengt Str\u00f6m", "BENGT STRO\u0308M"


@pytest_asyncio.fixture
async def newcomers(stack: Stack) -> AsyncIterator[None]:
    """Two colleagues more; gone again with the next file."""
    for person, name in ((MIA, "Mia Stone"), (BENGT, COMPOSED)):
        row = {"name": name, "email": f"{person}@fjordline.example", "calendar": "NO", "manager": "priya.raman"}
        await stack.done(ADMINISTRATOR, "PUT", f"/people/{person}", row)
        given = await stack.done(ADMINISTRATOR, "POST", "/tokens", {"person_id": person, "note": "tests"})
        stack.tokens[person] = given["token"]
    yield
    headers = {"Content-Type": "application/yaml"}
    await stack.done(ADMINISTRATOR, "POST", "/people/import", content=DIRECTORY.encode(), headers=headers)


async def asked_of_staffing(stack: Stack, title: str) -> tuple[Played, Json]:
    """A deal of which somebody is asked whether it can be staffed, and the ask."""
    deal = await Played(stack).start(title)
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Know why the report differs"}]})
    await deal.cover()
    await deal.do(SELLER, "POST", "/needs/restate")
    await deal.answer(await deal.ask("confirm_needs"))
    row = {"id": "W1", "title": "Lineage", "discipline": "data", "grade": "senior", "needs": ["N1"]}
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [row]})
    await deal.cover()
    given = {"hours": {"optimistic": "70", "likely": "100", "pessimistic": "160"}}
    await deal.do((await deal.ask("estimate"))["asked"][0], "POST", "/work-packages/W1/estimate", given)
    return deal, await deal.ask("confirm_staffing")


@pytest.mark.usefixtures("newcomers")
async def test_a_colleague_from_outside_is_delegated_to_sees_the_ask_and_answers_it(stack: Stack) -> None:
    deal, ask = await asked_of_staffing(stack, "Delegated outside")
    asked = ask["asked"][0]
    offered = (await stack.get(asked, f"/asks/{ask['id']}/colleagues", to="answer"))["colleagues"]
    names = [row["id"] for row in offered]
    assert MIA in names
    assert asked not in names
    assert CLIENT not in names
    assert SELLER not in names
    hidden = await stack.call(MIA, "GET", f"/asks/{ask['id']}")
    assert hidden.status_code == 404
    first = await stack.done(asked, "POST", f"/asks/{ask['id']}/delegate", {"to": MIA}, key="let mia answer")
    again = await stack.done(asked, "POST", f"/asks/{ask['id']}/delegate", {"to": MIA}, key="let mia answer")
    assert first == again
    assert "PeopleIntroduced" in first["happened"]
    assert (await stack.get(MIA, f"/asks/{ask['id']}"))["facts"]
    assert ask["id"] in [row["id"] for row in await stack.every(MIA, "/asks", mine=True, open=True)]
    offered = (await stack.get(asked, f"/asks/{ask['id']}/colleagues", to="answer"))["colleagues"]
    assert MIA not in [row["id"] for row in offered]
    await deal.answer(ask, "return", by=MIA, reason="Not from what is written here")


@pytest.mark.usefixtures("newcomers")
async def test_the_list_of_who_may_meet_a_condition_is_found_in_every_form_of_a_name(stack: Stack) -> None:
    _, ask = await asked_of_staffing(stack, "Searched names")
    for sought in (COMPOSED, DECOMPOSED, "str\u00f6m ben", "bengt.strom"):
        found = await stack.get(ask["asked"][0], f"/asks/{ask['id']}/colleagues", to="meet_conditions", q=sought)
        assert found["colleagues"] == [{"id": BENGT, "name": COMPOSED}]


async def test_whom_the_list_does_not_offer_is_refused_at_the_field(stack: Stack) -> None:
    _, ask = await asked_of_staffing(stack, "Refused at the field")
    for to in (CLIENT, "nobody.known", SELLER):
        answer = await stack.call(ask["asked"][0], "POST", f"/asks/{ask['id']}/delegate", {"to": to})
        assert problem_of(answer, 403 if to == SELLER else 422)["field"] == "to"


@pytest.mark.usefixtures("newcomers")
async def test_a_colleague_from_outside_has_promised_something(stack: Stack) -> None:
    deal = await Played(stack).start("Promised by a colleague")
    promise = {"id": "P1", "by": MIA, "to": CLIENT, "text": "A first look", "on": str(day(0))}
    await deal.do(SELLER, "POST", "/promises", {"promises": [promise]})
    assert (await deal.see())["promises"][0]["by"] == MIA
    other = promise | {"id": "P2", "by": "nobody.known"}
    refused = await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/promises", {"promises": [other]})
    assert refused.status_code == 422


@pytest.mark.usefixtures("newcomers")
async def test_the_command_line_lists_and_delegates(stack: Stack, address: str) -> None:
    _, ask = await asked_of_staffing(stack, "On the command line")

    async def run(*words: str) -> str:
        given = ["ask", *words, "--url", address, "--token", stack.tokens[ask["asked"][0]], "--json"]
        done = await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)
        assert done.exit_code == 0, done.output
        return done.stdout

    listed = json.loads(await run("colleagues", str(ask["id"]), "--find", "mia sto"))
    assert [row["id"] for row in listed["colleagues"]] == [MIA]
    await run("delegate", str(ask["id"]), MIA)
    assert MIA in (await stack.get(ask["asked"][0], f"/asks/{ask['id']}"))["asked"]


@pytest.mark.usefixtures("newcomers")
async def test_a_condition_of_a_change_is_a_newcomers_task_though_the_engagement_did_not_know_them(
    stack: Stack,
) -> None:
    deal = await Played(stack).start("Conditions of a change")
    for chapter in (deal.qualify, deal.estimate, deal.price, deal.sow, deal.brd, deal.handoff):
        await chapter()
    work = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
    facts = {"title": "Two figures more", "reason": "scope", "work": work, "price": "2400.00", "days": 2}
    await deal.do(await deal.holder("project_manager"), "POST", "/changes", {"change": facts})
    await deal.estimate_change(1)
    condition = {"text": "Tell the data owner", "owner": MIA, "due": str(day(20))}
    ask = await deal.ask("approve_change", "delivery")
    await deal.answer(ask, "approve_with_conditions", conditions=[condition])
    while (await deal.see())["changes"][0]["status"] == "pending":
        await deal.answer_all("approve_change", "sign_change")
        await asyncio.sleep(0.02)
    await deal.until(lambda state: any(task["owner"] == MIA for task in state["tasks"]))
    (task,) = [task for task in (await deal.see(MIA))["tasks"] if task["owner"] == MIA]
    assert task["text"] == condition["text"]
    await deal.do(MIA, "POST", f"/tasks/{task['id']}/complete", {"note": "Told."})
