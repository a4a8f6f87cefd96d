"""A deal of one's own, new client included, goes from nothing to both signatures by doing what `deal show` says.

At each moment the walker reads NEXT as whoever sells, and gives the command that it names, as whom it names, with
something of their own in place of each word in capitals. Nothing else tells them what to do. What somebody is asked
they read by `ask show`, and give the first answer that stands there; who manages the deal says it in Slack.
"""

import asyncio
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

import cli.main
from domain.shared.values import PersonId
from tests.api.conftest import address
from tests.api.played import DEAL, SELLER
from tests.clock import CLOCK
from tests.slack.slack_env import SlackEnv
from tests.slack.test_slack_person import done, person

__all__ = ["address"]

# Some forty lead there; a deal that goes in circles is not walked for ever.
MAX_STEPS = 80
FIRST_CALL = ("title", "kind", "salesperson", "provider_sponsor", "wished_start", "wished_end")


@dataclass
class Step:
    """One NEXT of `deal show`: whose it is, what it is, and the lines that stand under it."""

    who: str
    what: str
    under: list[str] = field(default_factory=list)

    @property
    def command(self) -> list[str]:
        """How it is done, by the first command under it."""
        found = [line for line in self.under if line.startswith("interlock ")]
        assert found, f"no command says how it is done: {self}"
        return shlex.split(found[0])[1:]


def steps_in(shown: str) -> list[Step]:
    """What comes next, as `deal show` says it."""
    found: list[Step] = []
    for line in shown.splitlines():
        if begins := re.match(r"  NEXT ([^(:]+?)(?: \([^)]*\))?: (.*)", line):
            found.append(Step(begins[1], begins[2]))
        elif found and line.startswith(" " * 7):
            found[-1].under.append(line.strip())
    return found


@dataclass
class Walk:
    """People at their terminals, in turn; each knows what stands on their own screen, and no more."""

    env: SlackEnv
    url: str
    file: Path
    deal: str = ""

    async def line(self, who: PersonId, *words: str) -> str:
        """What a command says to somebody; it must succeed. Whoever is asked whether they mean it says yes."""
        given = [*words, "--token", self.token(who), "--url", self.url]
        answer = await asyncio.to_thread(CliRunner(env={"COLUMNS": "80"}).invoke, cli.main.app, given, input="y\n")
        assert answer.exit_code == 0, (who, words, answer.output)
        return answer.stdout

    def token(self, who: PersonId) -> str:
        """Theirs; somebody of a new client is given one first, as the administrator gives it at the machine."""
        tokens = self.env.stack.tokens
        if who not in tokens:
            tokens[who] = self.env.stack.app.registry.tokens.create(who, "tests", CLOCK())
        return tokens[who]

    def id_of(self, name: str) -> PersonId:
        people = self.env.stack.app.registry.directory().everyone()
        return next(one.id for one in people if one.name == name)

    async def steps(self) -> list[Step]:
        """What comes next, as whoever sells reads it. There must be something."""
        shown = await self.line(SELLER, "deal", "show", self.deal)
        found = steps_in(shown)
        assert found, f"nothing comes next, and nobody is waited for:\n{shown}"
        return found

    async def do(self, step: Step) -> str:
        """Does a step as whom it names, by what it says alone."""
        who, command = self.id_of(step.who), step.command
        if command[:2] == ["ask", "show"]:
            if "Will you be engagement manager" in step.what:
                return await self.accept_in_slack(who, command[2])
            answers = re.findall(r"interlock (ask (?!show).+)", await self.line(who, *command))
            command = shlex.split(re.sub(r" \[--[^\]]*\]", "", answers[0]))
        return await self.line(who, *[await self.filled(who, command, word) for word in command])

    async def accept_in_slack(self, who: str, ask: str) -> str:
        """As `interlock slack press` does it."""
        await self.env.tell()
        pressing = person(self.env, who).press(ask, "Accept", {"reason": "I have the time."})
        came = await done(self.env, pressing)
        assert not came.is_refused, came.told
        return came.told

    async def filled(self, who: PersonId, command: list[str], word: str) -> str:
        """Something of their own in place of a word in capitals; whom to name is read from the candidates."""
        if word == "PERSON":
            found = await self.line(who, "role", "candidates", *command[2:4])
            return found.splitlines()[1].split()[0]
        return {"FILE": str(self.file), "WHAT": "W1", "REASON": "As agreed"}.get(word, word)


def file_of(client: str, sponsor: str, parts: dict[str, Any]) -> dict[str, Any]:
    """A deal's file with a client of one's own."""
    people = {"client_sponsor": sponsor, "client_signatory": sponsor}
    promises = [row | {"to": sponsor} for row in parts.get("promises", ())]
    return parts | {"client": client} | people | ({"promises": promises} if promises else {})


@pytest.mark.parametrize(
    ("client", "name", "whole"),
    [("Fjordlys Energi AS", "Eva Berg", True), ("Sognelys Energi AS", "Siri Vik", False)],
    ids=["by one file", "step by step"],
)
async def test_a_deal_with_a_new_client_is_taken_to_both_signatures_by_what_deal_show_says(
    env: SlackEnv, address: str, tmp_path: Path, client: str, name: str, *, whole: bool
) -> None:
    sponsor, yaml = name.lower().replace(" ", "."), YAML(typ="safe")
    walk = Walk(env, address, tmp_path / "deal.yaml")
    at = client.split(maxsplit=1)[0].lower()
    who = f"{name} <{sponsor}@{at}.example>: sponsor, signatory; Head of claims"
    told = await walk.line(SELLER, "client", "add", client, "--vertical", "energy", "--country", "NO", "--person", who)
    assert f"client: {client}, client_sponsor: {sponsor}" in told
    yaml.dump(file_of(client, sponsor, DEAL), walk.file)
    first = tmp_path / "first.yaml"
    yaml.dump(file_of(client, sponsor, DEAL if whole else {part: DEAL[part] for part in FIRST_CALL}), first)
    told = await walk.line(SELLER, "deal", "start", str(first))
    walk.deal = re.findall(r"ENG-\d{4}-\d+", told)[-1]
    if not whole:
        await walk.line(SELLER, "promise", "record", walk.deal, str(walk.file))
    for _ in range(MAX_STEPS):
        steps = await walk.steps()
        said = set(re.findall(r"^(?:Asked|Next:) (.+), due ", told, re.MULTILINE))
        assert said <= {f"{step.who}: {step.what.partition(' [ENG-')[0]}" for step in steps}, (told, steps)
        if "is in brd" in told:
            break
        told = await walk.do(steps[0])
    shown = await walk.line(SELLER, "deal", "show", walk.deal)
    assert "SOW revision 1: signed by both sides" in shown, shown
