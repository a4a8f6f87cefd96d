"""A seller adds a client, over REST or on the command line, and takes a deal with it; finance confirms it there."""

import asyncio
from typing import Any

import pytest
from typer.testing import CliRunner

import cli.main
from adapters.db.database import reading
from adapters.db.directories import faults_of_directories
from tests.api.played import ADMINISTRATOR, CLIENT, NEW_DEAL, PATIENCE, SELLER, Played
from tests.api.test_problems import problem_of
from tests.stack import Json, Stack

FINANCE = "grace.oduya"
EVA = {"name": "Eva Berg", "email": "eva@nordlys.example", "part": ["client_sponsor", "client_signatory"]}


def client(name: str, **more: Any) -> Json:
    address = f"eva@{name.split(maxsplit=1)[0].lower()}.example"
    return {"name": name, "vertical": "energy", "people": [EVA | {"email": address}], **more}


async def known(stack: Stack, name: str) -> Json:
    return next(row for row in (await stack.get(SELLER, "/clients"))["clients"] if row["name"] == name)


async def deal_with(stack: Stack, name: str) -> Played:
    """A deal with a client whose first person sponsors and signs, and whose finance is held."""
    person = (await known(stack, name))["people"][0]["id"]
    parties = {"client": name, "client_sponsor": person, "client_signatory": person}
    deal = Played(stack)
    deal.engagement = (await stack.done(SELLER, "POST", "/engagements", NEW_DEAL | parties))["engagement_id"]
    await deal.propose("finance", FINANCE, "erik.strand")
    return deal


async def confirmed(stack: Stack, name: str) -> bool:
    for _ in range(PATIENCE):
        if (await known(stack, name))["confirmed"]:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_finance_of_the_first_deal_confirms_it_for_all(stack: Stack) -> None:
    kept = await stack.done(SELLER, "POST", "/clients", client("Sirius AS", zone="Europe/Oslo", language="nb"))
    (eva,) = kept["client"]["people"]
    assert (eva["name"], kept["client"]["confirmed"], kept["client"]["zone"]) == ("Eva Berg", False, "Europe/Oslo")
    first, second = await deal_with(stack, "Sirius AS"), await deal_with(stack, "Sirius AS")
    ask = await first.ask("confirm_client")
    assert ask["facts_shown"]["person 1"] == "Eva Berg, eva@sirius.example: client sponsor, client signatory"
    other = await second.ask("confirm_client")
    steps = (await first.see())["next_steps"]
    assert ("Grace Oduya", "Confirm the new client Sirius AS") in {(s["who"]["name"], s["what"]) for s in steps}
    await first.answer(ask)
    assert await confirmed(stack, "Sirius AS")
    for _ in range(PATIENCE):
        if not [a for a in (await second.see())["asks"] if a["id"] == other["id"] and a["outcome"] == "open"]:
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("the second deal still asks")
    (operation, *_) = (await stack.get(ADMINISTRATOR, "/people/operations"))["operations"]
    assert (operation["kind"], operation["by"]) == ("ConfirmClient", FINANCE)
    with reading(stack.database) as connection:
        assert faults_of_directories(connection) == []


async def test_what_finance_sends_back_is_corrected_and_asked_anew(stack: Stack) -> None:
    await stack.done(SELLER, "POST", "/clients", client("Vestkraft AS"))
    deal = await deal_with(stack, "Vestkraft AS")
    ask = await deal.ask("confirm_client")
    await deal.answer(ask, "return", reason="Who signs for them?")
    steps = {step["what"]: step for step in (await deal.see())["next_steps"]}
    step = steps["Correct the new client, which finance returned"]
    assert (step["who"]["id"], "interlock client add" in step["remedy"]) == (SELLER, True)
    ole = {"name": "Ole Dal", "email": "ole@vestkraft.example", "part": ["client_signatory"]}
    await stack.done(SELLER, "POST", "/clients", {"name": "Vestkraft AS", "people": [ole]})
    again = await deal.ask("confirm_client")
    assert again["id"] != ask["id"]
    assert again["facts_shown"]["person 2"] == "Ole Dal, ole@vestkraft.example: client signatory"
    await deal.answer(again)
    assert await confirmed(stack, "Vestkraft AS")


@pytest.mark.parametrize("who", [CLIENT, FINANCE, "marta.silva"])
async def test_nobody_else_adds_one(stack: Stack, who: str) -> None:
    problem_of(await stack.call(who, "POST", "/clients", client("Sorkraft AS")), 403)


async def test_a_client_is_shown_to_the_firm_alone(stack: Stack) -> None:
    problem_of(await stack.call(CLIENT, "GET", "/clients"), 403)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"zone": "Oslo"}, "zone"),
        ({"zone": "Europe/Oslo", "country": "Norway"}, "country"),
        ({"country": "Norway"}, "country"),
        ({"language": "Norwegian"}, "language"),
        ({"people": []}, "people"),
        ({"vertical": None}, "vertical"),
        ({"name": "Lindqvist Försäkring AB"}, "name"),
        ({"people": [EVA | {"part": ["boss"]}]}, "people.0.part.0"),
        ({"people": [EVA] * 21}, "people"),
    ],
    ids=str,
)
async def test_what_does_not_fit_is_refused_by_field(stack: Stack, said: Json, field: str) -> None:
    problem = problem_of(await stack.call(SELLER, "POST", "/clients", client("Sorkraft AS") | said), 422)
    assert field in {problem.get("field"), *(error["field"] for error in problem.get("errors") or ())}


async def test_the_same_request_again_is_the_same_client(stack: Stack) -> None:
    first, again = [
        await stack.done(SELLER, "POST", "/clients", client("Ostkraft AS"), key="client-once") for _ in range(2)
    ]
    assert first == again


async def test_a_deal_with_an_unknown_client_says_who_adds_it_and_how(stack: Stack) -> None:
    body = NEW_DEAL | {"client": "Zzyzx Holding"}
    problem = problem_of(await stack.call(SELLER, "POST", "/engagements", body), 422)
    assert "interlock client add" in problem["remedy"]
    assert "Ida Holm, the administrator, adds people to the directory: interlock people import" in problem["remedy"]


async def test_on_the_command_line(stack: Stack, address: str) -> None:
    async def run(*words: str) -> Any:
        given = [*words, "--url", address, "--token", stack.tokens[SELLER]]
        return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)

    person = "Eva Lund <eva@fjellkraft.example>: sponsor, signatory; Head of IT"
    said = ("--vertical", "energy", "--zone", "Asia/Tokyo", "--country", "JP", "--language", "ja")
    kept = await run("client", "add", "Fjellkraft AS", "--person", person, *said)
    assert kept.exit_code == 0, kept.output
    assert "Fjellkraft AS (energy, Asia/Tokyo, ja): to be confirmed by finance of its first deal." in kept.stdout
    assert "eva.lund  Eva Lund, Head of IT, eva@fjellkraft.example: sponsor, signatory" in kept.stdout
    assert "Finance of each running deal with it is asked at once" in kept.stdout
    again = await run("client", "add", "Fjellkraft AS", "--person", person, *said)
    assert again.stdout.startswith("Nothing changed: everything was already known.")
    listed = await run("client", "list")
    row = next(line for line in listed.stdout.splitlines() if line.startswith("Fjellkraft AS"))
    assert row.split()[-2:] == ["not", "yet"]
    moved = await run("client", "add", "Fjellkraft AS", "--person", person.replace("eva@", "eva.lund@"))
    assert "Changed: person: Eva Lund, Head of IT, eva@fjellkraft.example: " in moved.stdout
    assert "eva.lund  Eva Lund, Head of IT, eva.lund@fjellkraft.example: " in moved.stdout
    near = await run("client", "add", "Fjelkraft AS", "--person", person.replace("eva@", "eva2@"), *said)
    assert "Please check: Fjellkraft AS is already a client, with a very similar name." in near.stdout
    wrong = await run("client", "add", "Fjellkraft AS", "--person", "Eva, boss")
    assert wrong.exit_code == 2
    assert "is not written as" in wrong.output


async def test_the_country_that_was_left_out_is_asked_for_and_what_it_changes_is_said(
    stack: Stack, address: str
) -> None:
    async def run(*words: str) -> str:
        given = [*words, "--url", address, "--token", stack.tokens[SELLER]]
        result = await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)
        assert result.exit_code == 0, result.output
        return result.stdout

    person = "Clara Brenner <clara@brenner.example>: sponsor, signatory"
    first = await run(
        "client", "add", "Brenner GmbH", "--person", person, "--vertical", "energy", "--zone", "Europe/Vienna"
    )
    assert "interlock client add 'Brenner GmbH' --country AT" in first
    listed = await stack.get(ADMINISTRATOR, "/people")
    (warning,) = (line for line in listed["warnings"] if "Europe-Vienna" in line)
    assert warning.endswith("The seller gives its country: interlock client add 'Brenner GmbH' --country AT")
    deal = await deal_with(stack, "Brenner GmbH")
    before = await deal.ask("confirm_client")
    said = await run("client", "add", "Brenner GmbH", "--country", "AT")
    assert "Nothing changed" not in said
    assert "Changed: public holidays: none: no country is given → of AT" in said
    assert "--country" not in said
    for _ in range(PATIENCE):
        if (again := await deal.ask("confirm_client"))["id"] != before["id"]:
            break
        await asyncio.sleep(0.02)
    assert again["facts_shown"]["public holidays"] == "of AT"
    assert [line for line in (await stack.get(ADMINISTRATOR, "/people"))["warnings"] if "Vienna" in line] == []


async def test_a_wrong_name_is_corrected_in_each_of_its_deals(stack: Stack) -> None:
    await stack.done(SELLER, "POST", "/clients", client("Polaris A", zone="Europe/Oslo"))
    deal = await deal_with(stack, "Polaris A")
    await deal.answer(await deal.ask("confirm_client"))
    assert await confirmed(stack, "Polaris A")
    kept = await stack.done(FINANCE, "POST", "/clients/rename", {"client": "polaris a", "name": "Polaris AS"})
    assert (kept["client"]["name"], kept["client"]["confirmed"]) == ("Polaris AS", False)
    for _ in range(PATIENCE):
        if (await deal.see())["client"] == "Polaris AS":
            break
        await asyncio.sleep(0.02)
    assert (await deal.see())["client"] == "Polaris AS"
    ask = await deal.ask("confirm_client")
    assert ask["facts_shown"]["client"] == "Polaris AS"
    await deal.answer(ask)
    assert await confirmed(stack, "Polaris AS")
    person = kept["client"]["people"][0]["id"]
    body = {"person_id": person, "reason": "She looks after it herself."}
    await deal.propose("engagement_manager", "marta.silva", "tomasz.nowak")
    await deal.do("marta.silva", "PUT", "/parties/counterpart", body)


async def test_a_name_that_is_not_theirs_to_change_is_refused(stack: Stack) -> None:
    await stack.done(SELLER, "POST", "/clients", client("Vega AS"))

    async def refused(who: str, before: str, after: str, status: int) -> Json:
        answer = await stack.call(who, "POST", "/clients/rename", {"client": before, "name": after})
        return problem_of(answer, status)

    assert (
        "came with the directory" in (await refused(SELLER, "Lindqvist Försäkring AB", "Lindqvist AB", 422))["detail"]
    )
    assert "is another client" in (await refused(SELLER, "Vega AS", "Lindqvist Försäkring AB", 422))["detail"]
    await refused(SELLER, "Nobody's AS", "Vega AS", 404)
    await refused(CLIENT, "Vega AS", "Vega ASA", 403)
    await refused("marta.silva", "Vega AS", "Vega ASA", 403)
