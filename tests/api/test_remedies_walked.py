"""The command that a refusal names is one that whoever was refused may run: each is walked, as that person."""

import re
import shlex

import pytest

from tests.api.command_line import Run, run
from tests.api.played import ADMINISTRATOR, CLIENT, PRICED, SELLER, SPONSOR, Played
from tests.stack import Stack

__all__ = ["run"]

EXPERT, MANAGER, NOBODY = "kofi.mensah", "marta.silva", "yuki.tanaka"
# Subcommands that change nothing: those that are walked.
LOOKS = frozenset({"show", "list", "coverage", "candidates"})
TRIED: tuple[tuple[str, ...], ...] = (
    ("price", "propose", "{deal}"),
    ("price", "preview", "{deal}"),
    ("document", "draft", "{deal}", "sow"),
    ("document", "send", "{deal}", "sow"),
    ("document", "show", "{deal}", "brd"),
    ("deal", "close", "{deal}"),
    ("deal", "coverage", "{deal}"),
    ("deal", "hold", "{deal}", "--until", "2026-12-01", "--reason", "Nobody is there"),
    ("deal", "cancel", "{deal}", "--reason", "They chose another"),
    ("needs", "restate", "{deal}"),
    ("promise", "reconcile", "{deal}", "P1", "--kept"),
    ("delivery", "milestone", "{deal}", "M1"),
    ("delivery", "handoff", "{deal}", "--plan", "In two steps"),
    ("change", "withdraw", "{deal}", "1", "--reason", "Not needed"),
    ("role", "candidates", "{deal}", "finance"),
    ("role", "propose", "{deal}", "finance", "grace.oduya"),
    ("role", "request", "{deal}", "finance", "--words", "I can do it"),
    ("ask", "decide", "{ask}", "approve"),
    ("ask", "show", "{ask}"),
    ("client", "add", "Lindqvist Försäkring AB"),
    ("people", "deactivate", "grace.oduya", "--reason", "Has left", "--dry-run"),
)


@pytest.mark.parametrize("who", [SELLER, CLIENT, SPONSOR, MANAGER, EXPERT, NOBODY, ADMINISTRATOR])
@pytest.mark.parametrize("decided", [False, True])
async def test_no_command_that_a_refusal_names_is_refused_to_whom_it_is_named(
    stack: Stack, run: Run, who: str, *, decided: bool
) -> None:
    deal = await Played(stack).after(*PRICED if decided else ())
    asked = (await deal.see())["asks"]
    known = {"deal": deal.engagement, "ask": asked[0]["id"] if asked else f"{deal.engagement}.A1"}
    walked = set[str]()
    for words in TRIED:
        refused = await run(who, *(word.format_map(known) for word in words))
        if refused.exit_code == 0:
            continue
        for command in re.findall(r"^  (interlock .+)$", refused.stderr, re.MULTILINE):
            given = shlex.split(command)[1:]
            if command in walked or not LOOKS & set(given[:2]) or re.search(r"\b[A-Z]{3,}\b(?!-)", command):
                continue
            walked.add(command)
            found = await run(who, *given)
            assert found.exit_code == 0, (words, command, refused.stderr, found.stderr)
