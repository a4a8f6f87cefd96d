"""`interlock deal start` takes a file whole or not at all."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli.main
from adapters.db.registry import NumberWanted
from tests.api.played import NEW_DEAL, SELLER, SPONSOR, Played, client_of_new_deals
from tests.api.test_problems import problem_of
from tests.stack import Stack

SMALL = Path(__file__).parents[2] / "examples/deal-lindqvist-small.yaml"


async def started(stack: Stack, address: str, file: Path, word: str = "start") -> Result:
    given = ["deal", word, str(file), "--token", stack.tokens[SELLER], "--url", address]
    return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)


async def running(stack: Stack) -> set[str]:
    return {row["id"] for row in (await stack.get(SELLER, "/engagements"))["items"]}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("by: aisha.khan", "by: aisha.kahn", "promises.0.by"),
        ("\nneeds:", "\nneeeds:", "neeeds: is not a known field"),
        ("grade: senior", "grade: seniour", "seniour is not a grade"),
    ],
)
async def test_nothing_is_started_of_a_file_with_a_mistake(
    stack: Stack, address: str, tmp_path: Path, before: str, after: str, told: str
) -> None:
    text, file = SMALL.read_text(encoding="utf-8"), tmp_path / "deal.yaml"
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    known = await running(stack)
    line = text[: text.index(before)].count("\n") + 1 + before.startswith("\n")
    for word in ("start", "check"):
        answer = await started(stack, address, file, word)
        assert answer.exit_code == 1
        assert f"{file}:{line}: " in answer.stderr
        assert told in answer.stderr
    assert await running(stack) == known


async def test_a_file_that_is_no_deal_is_refused_in_a_sentence(stack: Stack, address: str, tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("- a\n")
    answer = await started(stack, address, file)
    assert (answer.exit_code, answer.stderr.count("\n")) == (1, 1)


async def test_a_sound_file_is_started_with_its_needs_and_promises(stack: Stack, address: str) -> None:
    known = await running(stack)
    answer = await started(stack, address, SMALL)
    assert answer.exit_code == 0, answer.stderr
    [deal] = await running(stack) - known
    state = await stack.get(SELLER, f"/engagements/{deal}")
    assert all(state[part] for part in ("needs", "promises", "packages", "milestones"))
    assert state["homeless_promises"] == []
    assert state["promises"][0]["covered_by"]
    assert state["wished_price"]["discount_percent"] == "3"
    assert "The hours in the file are left out: the seller does not estimate." in answer.stdout
    assert not any(package["estimates"] for package in state["packages"])
    assert [fact["kind"] for fact in (await stack.get(SELLER, f"/engagements/{deal}/ledger"))["items"]][:5] == [
        "EngagementStarted",
        "NeedsRecorded",
        "PromisesRecorded",
        "ScopeSet",
        "MilestonesSet",
    ]


async def test_a_file_that_is_started_again_says_which_deal_runs_already(
    stack: Stack, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "twice.yaml"
    (title,) = [line for line in SMALL.read_text(encoding="utf-8").splitlines() if line.startswith("title:")]
    file.write_text(SMALL.read_text(encoding="utf-8").replace(title, "title: Started twice"), encoding="utf-8")
    assert "is also running" not in (await started(stack, address, file)).stderr
    (first,) = [row["id"] for row in (await stack.get(SELLER, "/engagements", q="Started twice"))["items"]]
    again = await started(stack, address, file)
    assert f"{first} is also running, with the same title for the same client." in again.stderr
    await stack.done(SELLER, "POST", f"/engagements/{first}/lose", {"reason": "Started twice"})


async def test_a_file_that_says_where_the_deal_comes_from_starts_it_once(
    stack: Stack, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "external.yaml"
    file.write_text("external: {system: crm, id: Opp-4711}\n" + SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    assert (await started(stack, address, file)).exit_code == 0
    (deal,) = [row["id"] for row in (await stack.get(SELLER, "/engagements", external="crm:Opp-4711"))["items"]]
    again = await started(stack, address, file)
    assert again.exit_code != 0
    assert f"crm:Opp-4711 was started as {deal}" in again.stderr
    listing = ["deal", "list", "--external", "crm:Opp-4711", "--token", stack.tokens[SELLER], "--url", address]
    assert deal in (await asyncio.to_thread(CliRunner().invoke, cli.main.app, listing)).stdout
    await stack.done(SELLER, "POST", f"/engagements/{deal}/lose", {"reason": "Tried"})


PARTS = {
    "needs": [{"id": "N1", "text": "One"}, {"id": "n1", "text": "Another"}],
    "promises": [{"id": "P1", "by": "nobody.here", "to": "anna.lindqvist", "text": "Soon", "on": "2026-11-01"}],
    "packages": [{"id": "W1", "title": "Work", "discipline": "data", "grade": "wizard"}],
    "milestones": [{"id": "M1", "title": "Done", "due": "2027-01-26", "share_percent": "90"}],
    "purchases": [{"id": "B1", "title": "A licence", "amount": "-1"}],
    "price": {"discount_percent": "101"},
}


@pytest.mark.parametrize("part", PARTS)
async def test_one_wrong_part_of_an_opening_begins_nothing_and_is_named(stack: Stack, part: str) -> None:
    known = await running(stack)
    answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {part: PARTS[part]})
    assert part in problem_of(answer, 422)["field"]
    assert await running(stack) == known


MISSPELT = {
    "client": ("Lindqvist Forsakring", "There is no client Lindqvist Forsakring.", "Lindqvist Försäkring AB"),
    "salesperson": ("aisha.kahn", "There is nobody called aisha.kahn.", "aisha.khan"),
    "client_sponsor": ("anna.lindquist", "There is nobody called anna.lindquist.", "anna.lindqvist"),
}


@pytest.mark.parametrize("field", MISSPELT)
async def test_a_deal_of_a_misspelt_name_is_told_what_was_meant_and_strangers_are_not(stack: Stack, field: str) -> None:
    given, so, meant = MISSPELT[field]
    body = NEW_DEAL | {field: given}
    problem = problem_of(await stack.call(SELLER, "POST", "/engagements", body), 422)
    assert (problem["detail"], problem["remedy"]) == (so, f"Did you mean {meant}?")
    stranger = await stack.call("kari.moe", "POST", "/engagements", body)
    assert meant not in stranger.text


async def test_a_misspelt_role_or_person_is_told_what_was_meant(stack: Stack) -> None:
    deal = await Played(stack).start("Misspelt")
    roles = f"/engagements/{deal.engagement}/roles"
    problem = problem_of(
        await stack.call(SPONSOR, "PUT", f"{roles}/engagement_manger", {"person_id": "marta.silva"}), 422
    )
    assert problem["detail"] == "This engagement has no role engagement manger."
    assert problem["remedy"] == "Did you mean engagement_manager?"
    problem = problem_of(
        await stack.call(SPONSOR, "PUT", f"{roles}/engagement_manager", {"person_id": "marta.sliva"}), 422
    )
    assert problem["detail"] == "There is no colleague marta.sliva."
    assert problem["remedy"] == "Did you mean marta.silva?"


async def test_a_deal_that_a_crm_sends_again_is_named_to_who_may_see_it_and_started_once(stack: Stack) -> None:
    body = NEW_DEAL | {"title": "Out of a CRM", "external": {"system": "crm", "id": "OPP-4711"}}
    first = (await stack.done(SELLER, "POST", "/engagements", body, key="sync-1"))["engagement_id"]
    again = await stack.call(SELLER, "POST", "/engagements", body | {"title": "Renamed"}, key="sync-2")
    assert first in problem_of(again, 409)["detail"]
    known = await running(stack)
    assert (await stack.done(SELLER, "POST", "/engagements", body, key="sync-1"))["engagement_id"] == first
    other = await stack.call("luca.ferri", "POST", "/engagements", body | {"salesperson": "luca.ferri"})
    assert problem_of(other, 409)["detail"] == "crm:OPP-4711 was started as another deal."
    assert await running(stack) == known
    found = (await stack.get(SELLER, "/engagements", external="crm:OPP-4711"))["items"]
    assert [line["id"] for line in found] == [first]
    assert (await stack.get(SELLER, f"/engagements/{first}"))["external"] == {"system": "crm", "id": "OPP-4711"}


async def test_a_deal_of_a_crm_whose_first_request_died_with_its_number_is_started_by_the_next_once(
    stack: Stack,
) -> None:
    died = NumberWanted("died-on-the-way", "b", client_of_new_deals(stack), (), SELLER, "crm:OPP-4712")
    number = stack.app.registry.engagement_number(died, stack.app.clock().year)
    body = NEW_DEAL | {"external": {"system": "crm", "id": "OPP-4712"}}
    answers = await asyncio.gather(*(stack.call(SELLER, "POST", "/engagements", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for answer in answers:
        said = answer.json()
        assert said["engagement_id"] == number if answer.is_success else number in said["detail"]
    assert stack.app.installation.stopped() == ""


@pytest.mark.parametrize("external", [{"system": "CRM", "id": "1"}, {"system": "crm", "id": ""}, {"system": "crm"}])
async def test_an_external_id_has_a_system_and_an_id(stack: Stack, external: dict[str, str]) -> None:
    answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {"external": external})
    assert "external" in problem_of(answer, 422)["field"]
