"""What a shown command leaves to be filled in is refused where it is typed as it is shown."""

import re
from collections.abc import Iterable

import pytest
from typer.testing import CliRunner

from adapters.console_commands import command_of
from cli.main import app
from cli.placeholders import PLACEHOLDERS, is_placeholder
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import EngagementId

DEAL = EngagementId("ENG-2026-0001")


def shown_in(commands: Iterable[str]) -> set[str]:
    """The words that stand for something in commands as they are told."""
    return {word for told in commands for word in re.findall(r"\b[A-Z]{3,}\b(?!-\d)", told)}


@pytest.mark.parametrize(
    "words",
    [
        ("delivery", "handoff", DEAL, "--plan", "PLAN"),
        ("delivery", "condition", DEAL, "T1", "--note", "NOTE"),
        ("ask", "decide", f"{DEAL}.A1", "return", "--reason", "REASON"),
        ("role", "propose", DEAL, "quality", "PERSON"),
        ("change", "note", DEAL, "TEXT"),
        ("deal", "start", "FILE"),
        ("promise", "cover", DEAL, "P1", "WHAT"),
    ],
    ids=" ".join,
)
def test_a_word_that_stands_for_something_is_refused_by_name(words: tuple[str, ...]) -> None:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*words, "--token", "none", "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 2, result.output
    word = next(word for word in words if word in PLACEHOLDERS)
    assert f"{word} is a placeholder: put your own value in its place." in result.output


@pytest.mark.parametrize("text", ["Reason", "The reason is the PLAN", "W1", "P1", "PLAN 9", "", "SOW", "architecture"])
def test_what_only_looks_alike_is_taken(text: str) -> None:
    assert not is_placeholder(text)


def test_every_word_that_a_told_command_leaves_open_is_known() -> None:
    assert shown_in(command_of(action.about()) for action in RemedyAction) <= PLACEHOLDERS
