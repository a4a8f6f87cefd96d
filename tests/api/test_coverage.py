"""Over REST: who answers for what, who could fill what is vacant, and that the competent hear of it."""

import pytest

from adapters.db.outbox import Outbox
from domain.playbook.model import role_label
from domain.shared.streams import engagement_stream
from tests.api.played import ADMINISTRATOR, CLIENT, HEAD_OF_SALES, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.stack import Stack

MANAGER = "engagement_manager"


async def test_coverage_shows_each_function_the_clients_side_and_one_accountable_a_gate(played: Played) -> None:
    found = await played.see(SELLER, "/coverage")
    functions = {row["function"] for row in found["coverage"]} | {row["function"] for row in found["not_needed"]}
    assert len(functions - {"sponsorship"}) == 9
    assert {row["function"]: row["why"] for row in found["not_needed"]} == {"procurement": "the deal has no purchases"}
    manager = next(row for row in found["coverage"] if row["role"] == MANAGER)
    assert (manager["words"], manager["vacant"]) == ("I accept this role.", False)
    assert manager["holder_name"] == found["people"][manager["holder"]]
    assert {party["party"]: party["person_id"] for party in found["client_side"]} == {
        "client_sponsor": CLIENT,
        "client_signatory": CLIENT,
        "client_contact": None,
        "counterpart": CLIENT,
    }
    assert len(found["raci"]) == 9
    manages = next(row["holder"] for row in found["coverage"] if row["role"] == "project_manager")
    assert all(gate["accountable"]["person_id"] not in {None, manages} for gate in found["raci"])


@pytest.mark.clock
async def test_a_vacancy_stands_on_top_of_coverage_of_the_deal_and_of_what_it_waits_for(stack: Stack) -> None:
    deal = await Played(stack).start("On top")
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Peace"}]})
    await deal.do(SPONSOR, "PUT", f"/roles/{MANAGER}", {"person_id": "jonas.weber"})
    state, coverage = await deal.see(), await deal.see(path="/coverage")
    vacant = [vacancy["role"] for vacancy in coverage["vacancies"]]
    assert vacant == [vacancy["role"] for vacancy in state["vacancies"]] == [MANAGER, "delivery_lead"]
    assert {step["vacancy"] for step in state["next_steps"] if step["vacancy"]} == {"delivery_lead"}
    (asked,) = [step for step in state["next_steps"] if step["ask_id"]]
    assert (asked["who"]["id"], asked["accountable"]["id"]) == ("jonas.weber", "jonas.weber")
    row = next(row for row in coverage["coverage"] if row["role"] == MANAGER)
    assert (row["vacant"], row["accountable"], row["vacancy"]["cause"]) == (True, SPONSOR, "not_named")
    assert row["pending"]["person_id"] == "jonas.weber"


@pytest.mark.clock
async def test_who_may_propose_sees_who_could_with_what_each_lacks(stack: Stack) -> None:
    deal = await Played(stack).start("Who could")
    path = f"/roles/{MANAGER}/candidates"
    found = await deal.see(SPONSOR, path)
    assert found["profile"]["client_acquisition"] == 4
    standing = {row["person_id"]: (row["standing"], row["total_gap"]) for row in found["candidates"]}
    assert standing["jonas.weber"] == ("competent", 0)
    assert standing["sofie.berg"] == ("ready to step up", 3)
    assert "client acquisition 2 of 4" in next(r["gaps"] for r in found["candidates"] if r["person_id"] == "sofie.berg")
    assert await deal.see(ADMINISTRATOR, path) == found


async def test_levels_are_shown_to_nobody_else(stack: Stack) -> None:
    deal = await Played(stack).start("Private")
    path = f"/engagements/{deal.engagement}/roles/{MANAGER}/candidates"
    for person, status in ((SELLER, 403), (CLIENT, 403), ("rosa.klein", 404)):
        problem_of(await stack.call(person, "GET", path), status)
    problem_of(await stack.call(HEAD_OF_SALES, "GET", path.replace(MANAGER, "janitor")), 422)


async def test_the_competent_hear_that_they_may_ask_for_a_vacancy(stack: Stack) -> None:
    deal = await Played(stack).start("Offered")
    told = [m for m in Outbox(stack.database).of_stream(engagement_stream(deal.engagement)) if m.kind == "offer"]
    assert {message.to for message in told if role_label(MANAGER) in message.text} == {
        SPONSOR,
        "marta.silva",
        "jonas.weber",
    }


async def test_levels_are_for_whom_they_are_of_for_heads_and_the_administrator(stack: Stack) -> None:
    person = "kofi.mensah"
    known = await stack.get(ADMINISTRATOR, f"/people/{person}")
    fields = ("name", "email", "calendar", "manager", "deputy", "assistant", "roles", "verticals")
    row = {field: known[field] for field in fields} | {"competencies": known["competencies"] | {"bell_ringing": 2}}
    await stack.done(ADMINISTRATOR, "PUT", f"/people/{person}", row)
    deal = await Played(stack).start("Levels are nobody else's business")
    waiver = {"reason": "He grows into it", "until": str(deal.in_days(20))}
    await deal.do(SPONSOR, "PUT", f"/roles/{MANAGER}", {"person_id": person, "waiver": waiver})
    await deal.answer(await deal.ask("accept_role", f"role:{MANAGER}"), reason="I accept this role.")

    async def levels(who: str) -> tuple[bool, bool, bool]:
        rows = (await deal.see(who, "/coverage"))["coverage"]
        held = next(row for row in rows if row["role"] == MANAGER)
        facts = [one["event"] for one in (await deal.see(who, "/ledger?limit=100"))["items"] if one["event"]]
        return bool(held["lacking"]), bool(held["waiver"]["levels"]), "bell_ringing" in str(facts)

    assert await levels(SPONSOR) == (True, True, True)
    assert await levels(person) == (True, True, True)
    assert await levels(SELLER) == (False, False, False)
    shown = next(row for row in (await deal.see(SELLER, "/coverage"))["coverage"] if row["role"] == MANAGER)
    assert shown["waiver"]["reason"] == "He grows into it"
