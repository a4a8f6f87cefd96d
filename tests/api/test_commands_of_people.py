"""The command line does for people what REST does: away and back, delegated and taken back, replaced, gone."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli.main
from domain.shared.calendar import day_shown
from tests.api.played import ADMINISTRATOR, CLIENT, DIRECTORY, HEAD_OF_SALES, SELLER, Played
from tests.api.test_people import EVA, OMAR, managed, newcomers, synced
from tests.clock import day as today
from tests.stack import Stack

__all__ = ["newcomers"]

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(stack: Stack, address: str) -> Run:
    """A command of `interlock people` as somebody."""

    async def ran(who: str, *words: str) -> Result:
        given = ["people", *words, "--url", address, "--token", stack.tokens[who]]
        return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)

    return ran


def day(ahead: int) -> str:
    return str(today(ahead))


async def shown(run: Run, person: str) -> str:
    answer = await run(SELLER, "show", person)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


async def test_away_and_back_on_the_command_line(run: Run) -> None:
    noted = await run(SELLER, "away", HEAD_OF_SALES, day(1), day(2), "--delegate", "erik.strand")
    assert noted.exit_code == 0, noted.output
    assert "Claire Dubois is away from " in noted.stdout
    assert "; Erik Strand may answer.\nThe effects in each engagement: interlock people operation " in noted.stdout
    days = f"from {day_shown(today(1))} to {day_shown(today(2))}"
    assert f"away {days}: Erik Strand answers" in await shown(run, HEAD_OF_SALES)
    assert (await run(HEAD_OF_SALES, "back", HEAD_OF_SALES, day(1))).exit_code == 0
    assert "away" not in await shown(run, HEAD_OF_SALES)


async def test_whoever_names_a_delegate_who_cannot_reads_where_and_who_is_asked_then(run: Run, stack: Stack) -> None:
    deal = await Played(stack).start("Who stands in")
    await deal.cover()
    lead = await deal.holder("delivery_lead")
    noted = await run(lead, "away", lead, day(1), day(2), "--delegate", SELLER)
    assert noted.exit_code == 0, noted.output
    said = " ".join(noted.stdout.split())
    barred = f"In {deal.engagement} Who stands in Aisha Khan cannot stand in as delivery lead: sells or sold this deal."
    assert f"{barred} The role is vacant then, and Priya Raman must get somebody to stand in." in said
    assert (await run(lead, "back", lead, day(1))).exit_code == 0


async def test_delegated_for_some_things_and_taken_back_on_the_command_line(run: Run) -> None:
    scope = ("--role", "quality", "--kind", "review_sow", "--up-to", "5000.00", "--reason", "She knows it")
    given = await run("olga.petrova", "delegate", "olga.petrova", "hanne.lund", day(0), day(3), *scope)
    assert given.exit_code == 0, given.output
    days = f"from {day_shown(today(0))} to {day_shown(today(3))}"
    line = f"Hanne Lund (hanne.lund) may answer {days}: quality, review sow, up to 5000; because: She knows it"
    assert line in await shown(run, "olga.petrova")
    assert (await run("olga.petrova", "undelegate", "olga.petrova", "hanne.lund", day(0))).exit_code == 0
    assert "hanne.lund" not in (await shown(run, "olga.petrova")).replace("manager: hanne.lund", "")


@pytest.mark.usefixtures("newcomers")
async def test_who_leaves_or_is_replaced_and_what_came_of_it(stack: Stack, run: Run) -> None:
    deal = await managed(stack, "By command, in one step", EVA, pm=OMAR)
    number = deal.engagement
    replaced = await run("tomasz.nowak", "replace", EVA, "--by", OMAR, "--reason", "He is here", "--json")
    assert replaced.exit_code == 0, replaced.output
    done = json.loads(replaced.stdout)
    await synced(stack, done)
    told = (await run(HEAD_OF_SALES, "operation", str(done["operation"]))).stdout
    assert "is asked to take over from" in told
    assert "engagements are being told" not in told
    assert "no-silent-default" in next(line for line in told.splitlines() if number in line)
    left = await run(ADMINISTRATOR, "deactivate", EVA, "--reason", "Left", "--successor", "jonas.weber", "--json")
    assert left.exit_code == 0, left.output
    await synced(stack, json.loads(left.stdout))
    assert "(has left)" in await shown(run, EVA)
    assert (await deal.ask("accept_role"))["asked"] == ["jonas.weber"]
    listed = json.loads((await run(ADMINISTRATOR, "operations", "--json")).stdout)["operations"]
    assert [row["kind"] for row in listed[:2]] == ["DeactivatePerson", "ReplacePerson"]
    table = (await run(ADMINISTRATOR, "operations")).stdout
    assert f"{(await stack.get(SELLER, f'/people/{EVA}'))['name']} left: Left. Jonas Weber is asked to follow." in table


@pytest.mark.usefixtures("newcomers")
async def test_who_comes_back_gets_neither_their_role_nor_their_token_back(stack: Stack, run: Run) -> None:
    deal = await managed(stack, "She leaves and comes back", EVA)
    here = await run(ADMINISTRATOR, "reinstate", EVA, "--reason", "Back")
    assert here.exit_code == 1
    assert "is active already." in here.stderr
    left = await run(ADMINISTRATOR, "deactivate", EVA, "--reason", "Left", "--successor", "jonas.weber", "--json")
    await synced(stack, json.loads(left.stdout))
    await deal.answer(await deal.ask("accept_role"), reason="Gladly")
    forbidden = await run(SELLER, "reinstate", EVA, "--reason", "Back")
    assert forbidden.exit_code == 1
    assert "Only these may do that: administrator." in forbidden.stderr
    back = await run(ADMINISTRATOR, "reinstate", EVA, "--reason", "Back from the competition.")
    assert back.exit_code == 0, back.output
    assert "is back: Back from the competition. What they held stays with whoever holds it now" in back.stdout
    again = json.loads((await run(ADMINISTRATOR, "operations", "--json")).stdout)["operations"][0]
    assert again["kind"] == "ReinstatePerson"
    await synced(stack, again)
    assert "(has left)" not in await shown(run, EVA)
    assert await deal.holder("engagement_manager") == "jonas.weber"
    assert (await stack.call(EVA, "GET", "/asks")).status_code == 401


@pytest.mark.usefixtures("newcomers")
async def test_an_import_says_beforehand_which_roles_would_fall_in_which_deal(
    stack: Stack, run: Run, tmp_path: Path
) -> None:
    deal, other = await managed(stack, "Her file forgets her", EVA), await managed(stack, "Not his", "jonas.weber")
    file = tmp_path / "without-her.yaml"
    file.write_text(DIRECTORY, encoding="utf-8")
    looked = await run(ADMINISTRATOR, "import", str(file), "--dry-run")
    assert looked.exit_code == 0, looked.output
    lines = looked.stdout.splitlines()
    at = lines.index(f"{deal.engagement}  Her file forgets her")
    assert lines[at + 1] == "    engagement manager (Eva.Lang): vacant"
    assert other.engagement not in looked.stdout
    assert lines[-1] == "Nothing was written."
    assert await deal.holder("engagement_manager") == EVA


@pytest.mark.usefixtures("newcomers")
async def test_a_successor_who_may_not_hold_a_role_is_named_before_anything_is_done(stack: Stack, run: Run) -> None:
    deal = await managed(stack, "With the wrong successor", EVA, pm=OMAR)
    leaving = ("deactivate", EVA, "--reason", "Left", "--successor", OMAR)
    looked = await run(ADMINISTRATOR, *leaving, "--dry-run")
    assert looked.exit_code == 0, looked.output
    at = looked.stdout.splitlines().index(f"{deal.engagement}  With the wrong successor")
    assert looked.stdout.startswith("Nothing is done. Eva.Lang would leave:")
    assert looked.stdout.splitlines()[at + 1].startswith("    engagement manager (Eva.Lang): vacant; Project manager")
    refused = await run(ADMINISTRATOR, *leaving)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("The successor cannot take every role. Project manager and engagement")
    assert deal.engagement in refused.stderr
    assert f"interlock people deactivate {EVA} --reason REASON --successor PERSON --leave-vacant" in refused.stderr
    assert (await stack.get(SELLER, f"/people/{EVA}"))["active"]
    fit = await run(ADMINISTRATOR, "deactivate", EVA, "--reason", "Left", "--successor", "jonas.weber", "--dry-run")
    assert "    engagement manager (Eva.Lang): Jonas Weber is asked to take over" in fit.stdout
    left = await run(ADMINISTRATOR, *leaving, "--leave-vacant", "--json")
    assert left.exit_code == 0, left.output
    await synced(stack, json.loads(left.stdout))
    told = (await run(ADMINISTRATOR, "operation", str(json.loads(left.stdout)["operation"]))).stdout
    assert "A vacant role is filled with: interlock role propose DEAL ROLE PERSON" in told
    assert "engagement_manager" in {row["role"] for row in (await deal.see())["vacancies"]}


async def test_a_position_is_passed_on_by_name_and_a_half_of_it_is_refused(run: Run) -> None:
    empty = await run(ADMINISTRATOR, "deactivate", HEAD_OF_SALES, "--reason", "Left")
    assert empty.exit_code == 1
    assert "head of sales, and nobody would follow" in empty.output
    half = await run(ADMINISTRATOR, "deactivate", HEAD_OF_SALES, "--reason", "Left", "--position", "head_of_sales")
    assert half.exit_code == 2
    assert "head_of_delivery=hanne.lund" in half.output
    keys = await run(ADMINISTRATOR, "deactivate", ADMINISTRATOR, "--reason", "Left", "--position", "ops=marta.silva")
    assert keys.exit_code == 1
    assert "Ida Holm is administrator, and nobody would follow" in keys.output


@pytest.mark.parametrize("who", [CLIENT, "luca.ferri"])
async def test_what_is_not_theirs_is_refused_in_words(run: Run, who: str) -> None:
    refused = await run(who, "away", HEAD_OF_SALES, day(1), day(2))
    assert refused.exit_code == 1
    assert "Only these may do that: administrator, the person, their assistant" in refused.output


async def test_tokens_are_listed_and_revoked_on_the_command_line(stack: Stack, address: str) -> None:
    async def token(who: str, *words: str) -> Result:
        given = ["token", *words, "--url", address, "--token", stack.tokens[who]]
        return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.main.app, given)

    made = await stack.done(ADMINISTRATOR, "POST", "/tokens", {"person_id": "kofi.mensah", "note": "a second screen"})
    listed = await token(ADMINISTRATOR, "list", "--person", "kofi.mensah")
    (row,) = [line for line in listed.stdout.splitlines() if line.endswith("a second screen")]
    assert made["token"] not in listed.stdout
    assert (await token(SELLER, "list")).exit_code == 1
    ended = await token(ADMINISTRATOR, "revoke", row.split()[0])
    assert ended.stdout == "1 token lets nobody in any more.\n"
    stack.tokens["second.screen"] = made["token"]
    assert (await stack.call("second.screen", "GET", "/me")).status_code == 401
    del stack.tokens["second.screen"]
    assert (await stack.call("kofi.mensah", "GET", "/me")).status_code == 200
    again = await token(ADMINISTRATOR, "revoke", row.split()[0])
    assert again.stdout.startswith("This is not a valid token")
    assert (await token(ADMINISTRATOR, "revoke")).exit_code == 2
