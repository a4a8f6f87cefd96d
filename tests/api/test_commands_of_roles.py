"""The command line does for roles what REST does: sees, proposes, asks, replaces, releases, agrees."""

import json
from typing import Any

import pytest

from cli.roles import _expectation, _waiver
from tests.api.command_line import Run
from tests.api.played import DEAL, SELLER, SPONSOR, Played
from tests.clock import day
from tests.domain.test_plain_words import identifiers
from tests.stack import Stack

MANAGER = "engagement_manager"


async def test_a_vacancy_is_found_and_filled_on_the_command_line(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("By command")
    number = deal.engagement
    vacant = json.loads((await run(SPONSOR, "vacancy", "list", "--mine", "--json")).stdout)["items"]
    assert (number, MANAGER) in {(row["engagement_id"], row["role"]) for row in vacant}
    could = json.loads((await run(SPONSOR, "role", "candidates", number, MANAGER, "--json")).stdout)["candidates"]
    assert {"marta.silva", "sofie.berg"} <= {row["person_id"] for row in could}
    asked = await run("marta.silva", "role", "request", number, MANAGER, "--words", "I know the client")
    assert asked.exit_code == 0, asked.output
    await deal.answer(await deal.ask("allow_role"))
    expected = await run("marta.silva", "role", "expect", number, MANAGER, "A word every Friday;2027-02-01")
    assert expected.exit_code == 0, expected.output
    await deal.answer(await deal.ask("confirm_expectations"))
    (held,) = [row for row in (await deal.see(path="/coverage"))["coverage"] if row["role"] == MANAGER]
    assert (held["holder"], held["words"]) == ("marta.silva", "I know the client")
    assert held["expectations"] == [{"what": "A word every Friday", "by": "2027-02-01"}]


async def test_proposed_replaced_and_released_on_the_command_line(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("By command too")
    number = deal.engagement
    assert (await run(SPONSOR, "role", "propose", number, MANAGER, "marta.silva")).exit_code == 0
    await deal.answer(await deal.ask("accept_role"), reason="Yes")
    replaced = await run(SPONSOR, "role", "replace", number, MANAGER, "jonas.weber", "--reason", "Knows insurance")
    assert replaced.exit_code == 0, replaced.output
    await deal.answer(await deal.ask("accept_role"), reason="Yes")
    assert await deal.holder(MANAGER) == "jonas.weber"
    named = await run("jonas.weber", "role", "party", number, "counterpart", "anna.lindqvist", "--reason", "Agreed")
    assert named.exit_code == 0, named.output
    assert (await run(SPONSOR, "role", "release", number, MANAGER, "--reason", "Needed elsewhere")).exit_code == 0
    shown = (await run(SPONSOR, "deal", "coverage", number)).stdout
    assert shown.lstrip().startswith("VACANT")
    assert "counterpart: Anna Lindqvist" in shown
    assert "legal" in shown


async def test_a_vacancy_is_the_first_thing_that_a_deal_shows(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("First of all")
    lines = (await run(SELLER, "deal", "show", deal.engagement)).stdout.splitlines()
    assert lines[1].lstrip().startswith("VACANT engagement manager since")
    assert "VACANT" not in "".join(lines[3:])
    assert "Tomasz Nowak must fill it." in lines[1]
    await run(SPONSOR, "role", "propose", deal.engagement, MANAGER, "marta.silva")
    lines = (await run(SELLER, "deal", "show", deal.engagement)).stdout.splitlines()
    assert "Marta Silva is asked." in lines[1]


async def test_roles_are_read_and_written_by_their_labels(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("Read by people")
    number = deal.engagement
    assert (await run(SPONSOR, "role", "propose", number, "engagement manager", "marta silva")).exit_code == 0
    nobody = await run(SPONSOR, "role", "propose", number, "delivery lead", "Anil Meta")
    assert nobody.exit_code == 1
    assert "Did you mean Anil Mehta?" in nobody.stderr
    unsaid = await run(SPONSOR, "deal", "hold", number, "--reason", "ok", "--until", str(day(5)))
    assert "reason must be in words" in unsaid.stderr
    assert "  interlock deal hold --help" in unsaid.stderr.splitlines()
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    ask = (await deal.ask("accept_role"))["id"]
    shown = [
        await run(SPONSOR, "deal", "show", number),
        await run(SPONSOR, "deal", "list"),
        await run(SPONSOR, "deal", "coverage", number),
        await run(SPONSOR, "role", "candidates", number, "delivery lead"),
        await run("marta.silva", "ask", "list"),
        await run("marta.silva", "ask", "show", ask),
        await run(SPONSOR, "vacancy", "list"),
        await run(SPONSOR, "digest", "show"),
        await run(SPONSOR, "next"),
    ]
    assert [one.output for one in shown if one.exit_code] == []
    assert [(word, one.output) for one in shown for word in identifiers(one.output)] == []
    assert "role: engagement manager" in shown[5].stdout
    assert "hash:" in (await run("marta.silva", "ask", "show", ask, "--details")).stdout


async def test_a_deal_is_lost_and_cancelled_on_the_command_line(stack: Stack, run: Run) -> None:
    for who, how, stage in ((SELLER, "lose", "lost"), ("marta.silva", "cancel", "cancelled")):
        deal = await Played(stack).start(f"To {how}")
        await deal.propose(MANAGER, "marta.silva", SPONSOR)
        refused = await run("anil.mehta", "deal", how, deal.engagement, "--reason", "Not mine")
        assert refused.exit_code == 1
        ended = await run(who, "deal", how, deal.engagement, "--reason", "They bought elsewhere")
        assert ended.exit_code == 0, ended.output
        assert (await deal.see())["stage"] == stage


async def test_a_deal_that_owes_something_is_not_closed(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("Too early")
    await deal.propose(MANAGER, "marta.silva", SPONSOR)
    refused = await run("marta.silva", "deal", "close", deal.engagement, "--lessons", "Ask earlier")
    assert refused.exit_code == 1
    assert refused.stderr.endswith("(Rule: in its stage)\n")


async def test_a_refusal_says_what_is_so_then_who_and_what_to_do_and_the_rule_last(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("Refused in order")
    await run(SPONSOR, "role", "propose", deal.engagement, MANAGER, "marta.silva")
    refused = await run("marta.silva", "role", "request", deal.engagement, MANAGER, "--words", "I know the client")
    so, who, remedy, command, rule = refused.stderr.splitlines()
    assert so.startswith(
        "This has already been asked. Marta Silva has been asked, or has asked, for engagement manager already."
    )
    assert who.startswith("  Waits for Marta Silva, engagement manager (ENG-")
    assert remedy == "→ Wait for the decision."
    assert command == f"  interlock deal show {deal.engagement}"
    assert rule == "(Rule: the record stands)"


async def test_who_may_not_reads_roles_by_their_labels(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("Labels")
    refused = await run(SELLER, "role", "propose", deal.engagement, MANAGER, "marta.silva")
    assert refused.exit_code == 1
    assert "engagement manager" in refused.stderr
    assert "_" not in refused.stderr


async def test_what_is_piped_is_whole_on_one_line_each(stack: Stack, run: Run) -> None:
    title = "A title that is longer than any column of a table is wide, and goes on until its end"
    deal = await Played(stack).start(title)
    lines = (await run(SELLER, "deal", "list")).stdout.splitlines()
    (line,) = [line for line in lines if line.startswith(deal.engagement)]
    assert title in line
    assert "…" not in line


async def test_a_refusal_ends_with_what_to_do(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("Refused")
    refused = await run(SELLER, "role", "candidates", deal.engagement, MANAGER)
    assert refused.exit_code == 1
    asked = await run(SPONSOR, "role", "propose", deal.engagement, MANAGER, "sofie.berg")
    assert asked.exit_code == 1


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("A word every Friday", {"what": "A word every Friday"}),
        ("Report; then call", {"what": "Report; then call"}),
        ("Report; then call; 2027-02-01", {"what": "Report; then call", "by": "2027-02-01"}),
    ],
)
def test_an_expectation_may_end_with_a_date(given: str, read: dict[str, Any]) -> None:
    assert _expectation(given) == read


def test_a_waiver_says_its_reason_and_its_end() -> None:
    assert _waiver("With a coach; 2027-02-01") == {"reason": "With a coach", "until": "2027-02-01"}
