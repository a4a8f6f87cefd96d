"""Over REST: who is away, who answers for whom, who leaves; each in their own name, and never by a back door."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.api.played import ADMINISTRATOR, CLIENT, DEAL, DIRECTORY, HEAD_OF_SALES, PATIENCE, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.clock import day as today
from tests.stack import Json, Stack, stack_of_its_own

__all__ = ["stack_of_its_own"]

CFO, DIRECTOR, FINANCE = "erik.strand", "ingrid.solberg", "grace.oduya"
EVA, OMAR = "eva.lang", "omar.diaz"
MANAGER, PM = "engagement_manager", "project_manager"


def day(ahead: int = 0) -> str:
    return str(today(ahead))


@pytest_asyncio.fixture
async def newcomers(stack: Stack) -> AsyncIterator[None]:
    """Two more who could manage an engagement, one of them project manager too; gone again with the next file."""
    levels = (await stack.get("marta.silva", "/people/marta.silva"))["competencies"]
    for person, roles in ((EVA, [MANAGER]), (OMAR, [MANAGER, PM])):
        known = {"name": person.title(), "email": f"{person}@fjordline.example", "calendar": "DE"}
        await stack.done(ADMINISTRATOR, "PUT", f"/people/{person}", known | {"roles": roles, "competencies": levels})
        given = await stack.done(ADMINISTRATOR, "POST", "/tokens", {"person_id": person, "note": "tests"})
        stack.tokens[person] = given["token"]
    yield
    headers = {"Content-Type": "application/yaml"}
    await stack.done(ADMINISTRATOR, "POST", "/people/import", content=DIRECTORY.encode(), headers=headers)


async def managed(stack: Stack, title: str, by: str, pm: str | None = None) -> Played:
    """A deal with this engagement manager, and project manager."""
    deal = await Played(stack).start(title)
    await deal.propose(MANAGER, by, SPONSOR)
    if pm is not None:
        await deal.propose(PM, pm, "priya.raman")
    return deal


async def synced(stack: Stack, done: Json) -> dict[str, Json]:
    """What each engagement made of an operation, once all have heard of it."""
    for _ in range(PATIENCE):
        told = await stack.get(ADMINISTRATOR, f"/people/operations/{done['operation']}")
        if told["operation"]["synced_at"]:
            return {row["engagement_id"]: row for row in told["engagements"]}
        await asyncio.sleep(0.02)
    raise AssertionError(f"operation {done['operation']} does not reach everybody: {told}")


async def taken_back(stack: Stack, person: str) -> None:
    """What somebody arranged here outlives a file, so it ends with the test."""
    known = await stack.get(ADMINISTRATOR, f"/people/{person}")
    for absence in known["absences"]:
        await stack.done(ADMINISTRATOR, "POST", f"/people/{person}/absences/remove", {"first": absence["first"]})
    for given in known["delegations"]:
        body = {"to": given["to"], "first": given["first"]}
        await stack.done(ADMINISTRATOR, "POST", f"/people/{person}/delegations/end", body)


# -- away, and who answers


@pytest.mark.clock
async def test_who_is_away_and_whose_assistant_arranged_it_are_answered_for_in_both_names(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate, Played.cover)
    manager = await deal.holder(MANAGER)
    absence = {"first": day(), "last": day(3), "delegate": DIRECTOR}
    own = await stack.done(manager, "POST", f"/people/{manager}/absences", absence)
    given = {"to": CFO, "first": day(), "last": day(3), "kinds": ["approve_price"], "reason": "She travels"}
    hers = await stack.done(SELLER, "POST", f"/people/{HEAD_OF_SALES}/delegations", given)
    assert (own["concerned"], hers["concerned"]) == ([manager], [HEAD_OF_SALES])
    assert (await synced(stack, own))[deal.engagement]["outcome"] == "told"
    assert (await synced(stack, hers))[deal.engagement]["outcome"] == "told"
    terms = {k: str(v) for k, v in DEAL["price"].items()} | {"discount_percent": "20"}
    await deal.do(SELLER, "POST", "/price", terms)
    ask = await deal.ask("approve_price")
    assert {CFO, DIRECTOR, HEAD_OF_SALES, manager, FINANCE} == set(ask["asked"])
    await deal.answer(ask, by=CFO)
    await deal.answer(ask, by=DIRECTOR)
    answers = (await stack.get(HEAD_OF_SALES, f"/asks/{ask['id']}"))["answers"]
    assert {(row["voter"], row["by"]) for row in answers} == {(HEAD_OF_SALES, CFO), (manager, DIRECTOR)}
    for person in (HEAD_OF_SALES, manager):
        body = {"verdict": "approve", "subject_hash": ask["subject_hash"]}
        problem_of(await stack.call(person, "POST", f"/asks/{ask['id']}/decision", body), 409)
    for person in (HEAD_OF_SALES, manager):
        await taken_back(stack, person)


async def test_a_delegation_that_is_taken_back_lets_nobody_answer(stack: Stack) -> None:
    deal = await Played(stack).start("Taken back")
    await deal.do("marta.silva", "POST", f"/roles/{MANAGER}/request", {"words": "I know the client"})
    given = {"to": "hanne.lund", "first": day(), "last": day(1)}
    await synced(stack, await stack.done(SPONSOR, "POST", f"/people/{SPONSOR}/delegations", given))
    ask = await deal.ask("allow_role")
    assert "hanne.lund" in ask["asked"]
    back = {"to": "hanne.lund", "first": day()}
    await synced(stack, await stack.done(SPONSOR, "POST", f"/people/{SPONSOR}/delegations/end", back))
    assert (await deal.ask("allow_role"))["asked"] == [SPONSOR]
    body = {"verdict": "approve", "subject_hash": ask["subject_hash"]}
    problem_of(await stack.call("hanne.lund", "POST", f"/asks/{ask['id']}/decision", body), 403)


@pytest.mark.parametrize("who", ["luca.ferri", CLIENT, "hanne.lund"])
async def test_nobody_else_arranges_it(stack: Stack, who: str) -> None:
    for path, body in (
        ("absences", {"first": day(), "last": day()}),
        ("absences/remove", {"first": day()}),
        ("delegations", {"to": "rosa.klein", "first": day(), "last": day()}),
        ("delegations/end", {"to": "rosa.klein", "first": day()}),
        ("deactivate", {"reason": "I would rather"}),
        ("replace", {"successor": "rosa.klein", "reason": "I would rather"}),
    ):
        problem_of(await stack.call(who, "POST", f"/people/{HEAD_OF_SALES}/{path}", body), 403)
    known = {"name": "Claire", "email": "claire@fjordline.example", "calendar": "DE"}
    problem_of(await stack.call(who, "PUT", f"/people/{HEAD_OF_SALES}", known), 403)


async def test_an_assistant_does_not_arrange_it_for_themselves(stack: Stack) -> None:
    given = {"to": SELLER, "first": day(), "last": day()}
    problem_of(await stack.call(SELLER, "POST", f"/people/{HEAD_OF_SALES}/delegations", given), 403)


async def test_a_circle_is_refused_with_what_to_do(stack: Stack) -> None:
    given = {"to": "rosa.klein", "first": day(5), "last": day(6)}
    await stack.done("olga.petrova", "POST", "/people/olga.petrova/delegations", given)
    back = given | {"to": "olga.petrova"}
    problem = problem_of(await stack.call("rosa.klein", "POST", "/people/rosa.klein/delegations", back), 422)
    assert "a circle" in problem["detail"]
    assert problem["remedy"]
    await taken_back(stack, "olga.petrova")


async def test_the_same_request_again_is_the_same_operation(stack: Stack) -> None:
    body = {"first": day(7), "last": day(8)}
    path = "/people/bram.devries/absences"
    first, again = [await stack.done("bram.devries", "POST", path, body, key="away-once") for _ in range(2)]
    assert first == again
    await taken_back(stack, "bram.devries")


# -- leaving


@pytest.mark.clock
@pytest.mark.usefixtures("newcomers")
async def test_who_leaves_leaves_a_vacancy_and_the_operation_says_what_each_engagement_made_of_it(
    stack: Stack,
) -> None:
    deal, other = await managed(stack, "She leaves", EVA), await managed(stack, "She does not", "jonas.weber")
    body = {"reason": "To the competition", "successor": "marta.silva"}
    done = await stack.done(ADMINISTRATOR, "POST", f"/people/{EVA}/deactivate", body)
    outcomes = await synced(stack, done)
    assert outcomes[deal.engagement]["outcome"] == "told"
    assert other.engagement not in outcomes
    coverage = await deal.see(path="/coverage")
    row = next(row for row in coverage["coverage"] if row["role"] == MANAGER)
    assert (row["vacant"], row["holder"], row["accountable"]) == (True, None, SPONSOR)
    assert (row["vacancy"]["cause"], row["pending"]["person_id"]) == ("left", "marta.silva")
    assert "To the competition" in row["vacancy"]["because"]
    told = (await stack.get(HEAD_OF_SALES, f"/people/operations/{done['operation']}"))["operation"]
    assert (told["by"], told["events"], told["kind"]) == (ADMINISTRATOR, ["PersonDeactivated"], "DeactivatePerson")
    assert (await stack.get(SELLER, f"/people/{EVA}"))["active"] is False
    assert (await stack.call(EVA, "GET", "/asks")).status_code in {401, 403}
    await deal.answer(await deal.ask("accept_role"), reason="Gladly")
    assert await deal.holder(MANAGER) == "marta.silva"


async def test_a_head_does_not_leave_an_empty_position(stack: Stack) -> None:
    body = {"reason": "To the competition"}
    problem = problem_of(await stack.call(ADMINISTRATOR, "POST", f"/people/{HEAD_OF_SALES}/deactivate", body), 409)
    assert problem["rule"] == "someone-is-accountable"
    assert "head of sales" in problem["detail"]


@pytest.mark.parametrize("who", [SELLER, CLIENT])
async def test_operations_are_shown_to_those_who_oversee(stack: Stack, who: str) -> None:
    for path in ("/people/operations", "/people/operations/1", "/people/operations/999999"):
        problem_of(await stack.call(who, "GET", path), 403)
    assert (await stack.get(HEAD_OF_SALES, "/people/operations", limit=1))["operations"]


async def test_an_operation_that_was_not_done_is_not_found(stack: Stack) -> None:
    problem_of(await stack.call(ADMINISTRATOR, "GET", "/people/operations/999999"), 404)


# -- the project manager's second hat, by every door of the API


@pytest.mark.usefixtures("newcomers")
async def test_no_door_of_the_api_gives_a_project_manager_a_second_role(stack: Stack) -> None:
    deal = await managed(stack, "Second hat", EVA, pm=OMAR)
    bound = await managed(stack, "Free", EVA)

    async def proposed() -> Any:
        return await stack.call(SPONSOR, "PUT", f"/engagements/{deal.engagement}/roles/{MANAGER}", {"person_id": OMAR})

    async def replaced() -> Any:
        path = f"/engagements/{deal.engagement}/roles/{MANAGER}/replace"
        return await stack.call(SPONSOR, "POST", path, {"person_id": OMAR, "reason": "He is here anyway"})

    for attempt in (proposed, replaced):
        assert problem_of(await attempt(), 409)["rule"] == "no-silent-default"
    everywhere = {"successor": OMAR, "reason": "He is here anyway"}
    done = await stack.done(SPONSOR, "POST", f"/people/{EVA}/replace", everywhere)
    outcomes = await synced(stack, done)
    assert outcomes[deal.engagement]["outcome"] == "refused"
    assert outcomes[deal.engagement]["detail"].startswith("no-silent-default")
    assert outcomes[bound.engagement]["outcome"] == "told"
    given = {"to": OMAR, "first": day(), "last": day(2)}
    await synced(stack, await stack.done(EVA, "POST", f"/people/{EVA}/delegations", given))
    absence = {"first": day(), "last": day(2), "delegate": OMAR}
    await synced(stack, await stack.done(EVA, "POST", f"/people/{EVA}/absences", absence))
    leaving = {"reason": "Gone", "successor": OMAR}
    problem = problem_of(await stack.call(ADMINISTRATOR, "POST", f"/people/{EVA}/deactivate", leaving), 409)
    assert (problem["rule"], deal.engagement in problem["detail"]) == ("no-silent-default", True)
    done = await stack.done(ADMINISTRATOR, "POST", f"/people/{EVA}/deactivate", leaving | {"leave_vacant": True})
    await synced(stack, done)
    state = await deal.see()
    assert not [ask for ask in state["asks"] if ask["kind"] == "accept_role"]
    row = next(row for row in state["coverage"] if row["role"] == MANAGER)
    assert (row["vacant"], row["holder"], row["proposed"], row["accountable"]) == (True, None, None, SPONSOR)


async def test_of_two_administrators_who_correct_one_reading_of_a_person_the_later_is_told(
    stack: Stack, newcomers: None
) -> None:
    assert newcomers is None
    read = await stack.call(ADMINISTRATOR, "GET", f"/people/{EVA}")
    known = {"name": EVA.title(), "email": f"{EVA}@fjordline.example", "calendar": "DE"}
    tagged = {"If-Match": read.headers["ETag"]}
    first = await stack.call(ADMINISTRATOR, "PUT", f"/people/{EVA}", known | {"roles": [MANAGER]}, headers=tagged)
    assert first.status_code == 200
    second = await stack.call(ADMINISTRATOR, "PUT", f"/people/{EVA}", known | {"verticals": []}, headers=tagged)
    assert "version" in problem_of(second, 412)["detail"]
    assert (await stack.get(ADMINISTRATOR, f"/people/{EVA}"))["roles"] == [MANAGER]
