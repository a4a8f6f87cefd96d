"""Hours for some of what was asked say what is still owed, and so do the next step and the command that is shown."""

import pytest

from adapters.console_commands import answer_command
from domain.asks.card import open_to
from domain.asks.choices import hours_wanted
from domain.asks.model import Ask, AskKind
from domain.engagement.scope.commands import GiveEstimate, PackageHours, SetWorkPackages
from domain.engagement.scope.values import WorkPackage
from domain.next_steps.model import next_steps
from domain.next_steps.texts import what
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import DoneAlready
from tests.domain.story import Story

HOURS = ThreePoints(optimistic=1, likely=2, pessimistic=3)


def asked_of_three() -> tuple[Story, Ask]:
    """An ask for the hours of three packages of one discipline."""
    story = Story("halden").until(
        lambda s: s.state.stage is Stage.ESTIMATE and list(s.state.open_asks(AskKind.ESTIMATE))
    )
    story = story.copy()
    first = story.state.packages["W1"]
    more = tuple(
        WorkPackage(id=name, title=f"Part {name}", discipline=first.discipline, grade=first.grade)
        for name in ("W18", "W19")
    )
    story.do(SetWorkPackages(packages=(*story.state.packages.values(), *more)), story.state.seller)
    return story, story.ask(AskKind.ESTIMATE, f"estimate:{first.discipline}")


def give(story: Story, ask: Ask, *packages: str) -> tuple[str, ...]:
    """What whoever gives hours for these is told."""
    given = tuple(PackageHours(package=name, hours=HOURS) for name in packages)
    decision = story.do(GiveEstimate(estimates=given), ask.silent[0].person_id)
    return tuple(sentence for event in decision.events for sentence in event.said)


def shown(story: Story, ask: Ask) -> tuple[str, str]:
    step = next(step for step in next_steps(story.state, story.now) if step.ref == ask.id)
    choice = open_to(story.state, ask, step.who)[0]
    return what(story.state, step), answer_command(ask.id, choice, hours_wanted(story.state, ask))


def test_what_is_still_owed_is_said_and_shown_until_all_is_given() -> None:
    story, ask = asked_of_three()
    assert set(ask.packages) >= {"W1", "W18", "W19"}
    assert "W1" in shown(story, ask)[0]
    assert "Given: W1. Still owed: W18, W19." in give(story, ask, "W1")
    title, command = shown(story, story.now_of(ask))
    assert title.startswith("Three points in hours for W18, W19 (")
    assert command == f"interlock ask estimate {ask.id} W18=40/60/100 W19=40/60/100"
    assert not any("owed" in sentence for sentence in give(story, ask, "W18", "W19"))
    assert not story.now_of(ask).is_open


def test_the_same_hours_once_more_are_given_already() -> None:
    story, ask = asked_of_three()
    give(story, ask, "W1", "W18", "W19")
    with pytest.raises(DoneAlready, match="have already given these hours"):
        give(story, ask, "W18")
    other = PackageHours(package="W18", hours=HOURS, risks=("The yard is closed in May.",))
    story.do(GiveEstimate(estimates=(other,)), ask.silent[0].person_id)
