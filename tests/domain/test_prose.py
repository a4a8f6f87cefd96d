"""What people write in paragraphs, lists and tables is shown to who decides as it was typed, and bound as typed."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.asks.facts_shown import facts_shown
from domain.asks.model import AskKind
from domain.engagement.ask_subjects import deal_facts, needs_facts
from domain.engagement.needs.values import Promise
from domain.engagement.scope.commands import SetWorkPackages
from domain.engagement.scope.estimates import scope_facts
from domain.engagement.scope.values import WorkPackage
from domain.playbook.model import Stage
from domain.shared.text import MAX_LINES, TextToTell
from tests.domain.story import Story, at

PROSE = "Two halves.\n\nThe second.\n\n- a list\n- of two\n\n| depot | phones |\n| --- | --- |\n| Oslo | 40 |"
LONGEST = ("x" * (2000 - 2 * (MAX_LINES - 1)) + "\n" + "y\n" * (MAX_LINES - 2) + "z").ljust(2000, "z")


def rescoped(story: Story, package: str, scope: str) -> None:
    """A package whose scope is written anew."""
    packages = [p.replace(scope=scope) if p.id == package else p for p in story.state.packages.values()]
    story.do(SetWorkPackages(packages=tuple(packages)), story.deal.salesperson)


def test_an_expert_reads_the_scope_of_a_package_as_it_was_typed() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    rescoped(story, "W1", PROSE)
    shown = story.shown(story.ask(AskKind.ESTIMATE))["W1"]
    assert f"\n\n{PROSE}\n\n" in shown


def test_another_scope_voids_the_hours_of_its_package_alone() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    rescoped(story, "W1", PROSE)
    assert {estimate.package for estimate in story.state.estimates} == {"W2"}
    assert not story.state.decision


def test_a_package_without_a_written_scope_has_the_hash_that_it_had_before_there_were_any() -> None:
    package = WorkPackage(id="W1", title="T", discipline="testing", grade="consultant")
    assert "scope" not in package.model_dump(mode="json")


def test_the_deal_decision_shows_needs_scope_and_promises_as_they_were_typed() -> None:
    state = at(Stage.DECIDE, "lindqvist").state
    state = state.replace(
        needs={key: need.replace(text=PROSE) for key, need in state.needs.items()},
        packages={key: package.replace(scope=PROSE) for key, package in state.packages.items()},
        promises={"P1": Promise(id="P1", by="liv.hansen", to="kari.moe", text=PROSE, on=date(2026, 11, 2))},
    )
    facts = deal_facts(state)
    assert facts["need.N1.text"] == facts["package.W1.scope"] == facts["promise.P1.text"] == PROSE
    shown = facts_shown(state.cast, AskKind.DECIDE_DEAL, facts)
    assert shown["need N1"] == shown["package W1, scope"] == PROSE
    assert shown["promise P1"] == f"{PROSE}\n\n(to kari.moe)"


@pytest.mark.parametrize("text", ["x" * 2000, LONGEST], ids=["one line", "most lines"])
@pytest.mark.parametrize("shown", [needs_facts, deal_facts, lambda state: scope_facts(state, tuple(state.packages))])
def test_the_longest_text_of_everything_can_still_be_asked_about(shown: Any, text: str) -> None:
    state = at(Stage.DECIDE, "lindqvist").state
    linked: dict[str, Any] = {"needs": tuple(state.needs), "promises": ("P1",)}
    state = state.replace(
        needs={key: need.replace(text=text, why=text) for key, need in state.needs.items()},
        packages={
            key: package.replace(scope=text, assumes=(text,) * 50, risks=(text,) * 50, **linked)
            for key, package in state.packages.items()
        },
        promises={"P1": Promise(id="P1", by="liv.hansen", to="k" * 64, text=text, on=date(2026, 11, 2))},
    )
    assert TypeAdapter(dict[str, TextToTell]).validate_python(shown(state))
