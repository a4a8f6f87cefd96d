"""At a terminal of 80 columns every line of what is read fits; identifiers and commands are whole."""

import asyncio
import re
import shlex
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from ruamel.yaml import YAML
from typer.testing import CliRunner

import cli.main
from tests.api.played import ADMINISTRATOR, NEW_DEAL, SELLER, SPONSOR, Played
from tests.api.played import CLIENT as SIGNS
from tests.stack import ROOT, Json, Stack

WIDTH = 80
TERMINAL = {"TTY_COMPATIBLE": "1", "COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"}
CLIENT = "Interkommunale Vann- og Avløpstjenester for Nordre Østlandet og Omegn med Datterselskaper AS"
EVA = "evangeline.charlotte.bergstrom-lindholm"
LONG = "Renewal of the district's work orders on the phone, with whatever each of the eleven depots keeps of its own"
HALDEN: dict[str, Any] = YAML(typ="safe").load(ROOT / "examples/deal-halden.yaml")
Run = Callable[..., Awaitable[str]]


@pytest.fixture
def run(stack: Stack, address: str) -> Run:
    """What a command says to somebody at a terminal of 80 columns."""

    async def ran(who: str, *words: str) -> str:
        given = [*words, "--url", address, "--token", stack.tokens[who]]
        answer = await asyncio.to_thread(CliRunner(env=TERMINAL).invoke, cli.main.app, given)
        assert answer.exit_code == 0, answer.output
        return re.sub(r"\x1b\[\d*m", "", answer.stdout)

    return ran


async def long_deal(stack: Stack) -> Played:
    """A deal with long names in which nearly every role is vacant, and much is asked and owed."""
    name = "Evangeline Charlotte Bergstrøm-Lindholm"
    person = {"name": name, "email": f"{EVA}@ivano.example", "part": ["client_sponsor", "client_signatory"]}
    kept = await stack.done(SELLER, "POST", "/clients", {"name": CLIENT, "vertical": "energy", "people": [person]})
    eva = kept["client"]["people"][0]["id"]
    packages = [{k: v for k, v in row.items() if k != "hours"} for row in HALDEN["work_packages"]]
    parts = {"client": CLIENT, "client_sponsor": eva, "client_signatory": eva, "title": LONG}
    needs = [row | {"text": LONG} for row in HALDEN["needs"]]
    promises = [row | {"text": LONG, "on": str(row["on"]), "by": SELLER, "to": eva} for row in HALDEN["promises"]]
    body = NEW_DEAL | parts | {"needs": needs, "promises": promises}
    deal = Played(stack)
    deal.engagement = (await stack.done(SELLER, "POST", "/engagements", body))["engagement_id"]
    await deal.cover()
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [row | {"title": LONG} for row in packages]})
    await deal.do(SELLER, "POST", "/needs/restate")
    stack.tokens[eva] = stack.app.registry.tokens.create(eva, "tests", stack.app.clock())
    await deal.answer(await deal.ask("confirm_needs"), by=eva)
    assert len((await deal.see())["vacancies"]) > 5
    await deal.do("priya.raman", "PUT", "/roles/expert:development", {"person_id": "rosa.klein"})
    return deal


def commands_in(shown: str) -> Iterator[str]:
    """Every command that stands on a line of its own, or goes on over some."""
    joined = shown.replace("\\\n", " ")
    yield from re.findall(r"^\s*(interlock [a-z-]+ .*)$", joined, re.MULTILINE)


def unfit(shown: str) -> list[str]:
    """Lines that are wider than the terminal though they could be broken."""
    lines = [line for line in shown.splitlines() if cell_len(line) > WIDTH]
    return [line for line in lines if len(shlex.split(line.removesuffix("\\"))) > 1]


async def test_every_line_fits(stack: Stack, run: Run, played: Played) -> None:
    deal = await long_deal(stack)
    number = deal.engagement
    ask: Json = next(ask for ask in (await deal.see())["asks"] if ask["kind"] == "accept_role")
    read = [
        *[(who, *words) for who in (SELLER, SPONSOR) for words in (("deal", "list"), ("next",), ("ask", "list"))],
        (SPONSOR, "deal", "show", number),
        (SELLER, "deal", "show", number),
        (SPONSOR, "deal", "coverage", number),
        (SPONSOR, "vacancy", "list"),
        ("priya.raman", "next"),
        ("rosa.klein", "ask", "list"),
        ("rosa.klein", "ask", "show", ask["id"], "--details"),
        (SPONSOR, "role", "candidates", number, "project manager"),
        (SPONSOR, "change", "show", played.engagement, "2"),
        (SPONSOR, "change", "list", played.engagement),
        (SIGNS, "change", "list", played.engagement),
        (SIGNS, "deal", "show", played.engagement),
        (SELLER, "client", "list"),
        (SELLER, "people", "list"),
        (ADMINISTRATOR, "people", "show", "sofie.berg"),
        (ADMINISTRATOR, "people", "operations"),
        (ADMINISTRATOR, "people", "operation", "1"),
    ]
    for who, *words in read:
        shown = await run(who, *words)
        assert unfit(shown) == [], words
        if "deal" in words[:1] and "coverage" not in words:
            assert (played.engagement if played.engagement in words else number) in shown
    shown = await run(SPONSOR, "deal", "show", number)
    steps = (await deal.see(SPONSOR))["next_steps"]
    assert len(steps) > 5
    told = [shlex.split(command) for command in commands_in(shown)]
    assert [step["command"] for step in steps if shlex.split(step["command"]) not in told] == []
    asks = await run("rosa.klein", "ask", "list")
    assert ask["id"] in asks.split()


async def test_a_deal_of_a_list_is_one_line_and_what_is_long_stands_under_it(run: Run) -> None:
    lines = (await run(SPONSOR, "deal", "list")).splitlines()
    deals = [line for line in lines if line.startswith("ENG-")]
    assert len(deals) == len({line.split()[0] for line in deals}) > 0
    assert all(line.startswith(("ENG-", "    ")) for line in lines[1:] if not line.startswith("There is more"))
