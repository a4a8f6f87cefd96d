"""Whoever is asked reads why, and by which command each answer is given."""

import pytest

from adapters.console_commands import answer_command
from domain.asks.card import open_to
from domain.asks.choices import hours_wanted
from domain.asks.model import AskKind
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.tasks.values import Task
from domain.next_steps.model import next_steps
from domain.next_steps.texts import (
    HOW_TO_ANSWER,
    HOW_TO_ANSWER_ALONE,
    OPENS_WITH_CONDITIONS,
    WHY_ASKED,
    how,
    why_condition,
)
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.values import PersonId
from tests.domain.story import at


def test_each_kind_of_ask_says_what_waits_for_it() -> None:
    assert WHY_ASKED.keys() == set(AskKind)


@pytest.mark.parametrize(
    ("stage", "kind", "told"),
    [
        (
            Stage.QUALIFY,
            AskKind.ACCEPT_ROLE,
            [
                "decide {ask} approve [--reason REASON]",
                "decide {ask} decline --reason REASON",
                "decide {ask} need-info --reason REASON",
            ],
        ),
        (
            Stage.ESTIMATE,
            AskKind.ESTIMATE,
            [
                "estimate {ask} W2=40/60/100",
                "decide {ask} return --reason REASON",
                "decide {ask} need-info --reason REASON",
            ],
        ),
    ],
)
def test_each_answer_is_told_with_its_command(stage: Stage, kind: AskKind, told: list[str]) -> None:
    story = at(stage, "lindqvist").until(lambda one: any(one.state.open_asks(kind)))
    ask = story.ask(kind)
    (person, *_) = ask.asked
    commands = [
        answer_command(ask.id, choice, hours_wanted(story.state, ask)) for choice in open_to(story.state, ask, person)
    ]
    assert commands == [f"interlock ask {line.format(ask=ask.id)}" for line in told]
    assert open_to(story.state, ask, PersonId("somebody.else")) == ()


def test_the_hours_of_a_change_are_told_by_its_lines_alone() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    hours = ThreePoints.model_validate({"optimistic": "40", "likely": "60", "pessimistic": "100"})
    lines = (ChangeLine(discipline="data", grade="senior", hours=hours),) * 2
    story.submit(ChangeFacts.in_one(title="One interface more", reason="Asked for", price="9000", work=lines))
    ask = next(story.orders[1].open_asks(AskKind.ESTIMATE))
    order = story.orders[1]
    choice, *_ = open_to(order, ask, ask.asked[0])
    assert (
        answer_command(ask.id, choice, hours_wanted(order, ask))
        == f"interlock ask estimate {ask.id} L1=40/60/100 L2=40/60/100"
    )


@pytest.mark.parametrize(
    ("kind", "text"), [(AskKind.ACCEPT_ROLE, HOW_TO_ANSWER_ALONE), (AskKind.ATTEST_ESTIMATE, HOW_TO_ANSWER)]
)
def test_that_a_colleague_may_answer_is_said_only_where_they_may(kind: AskKind, text: str) -> None:
    story = at(Stage.QUALIFY, "lindqvist").until(lambda one: any(one.state.open_asks(kind)))
    asked = {ask.id for ask in story.state.open_asks(kind)}
    steps = [step for step in next_steps(story.state, story.now) if step.ref in asked]
    assert {how(story.state, step) for step in steps} == {text}


@pytest.mark.parametrize("before", [Stage.SOW, Stage.BRD, Stage.HANDOFF, Stage.DELIVER, Stage.SUPPORT])
def test_a_condition_says_what_waits_until_it_is_met(before: Stage) -> None:
    story = at(Stage.DECIDE, "lindqvist")
    task = Task(id="T1", text="Name a tester", owner="kofi.mensah", since=story.now, due=story.day(3), before=before)
    gate = next(stage for stage in OPENS_WITH_CONDITIONS if stage.order >= before.order)
    assert why_condition(task) == f"{OPENS_WITH_CONDITIONS[gate]} only once this condition is met."
