"""Whoever holds a role and is away without a stand-in leaves a gap, which whoever must fill it can fill."""

import pytest

from domain.asks import AskKind
from domain.engagement import commands as c
from domain.engagement.state import VacancyCause
from domain.next_steps import next_steps
from domain.people import Absence
from domain.playbook import Stage
from domain.step_texts import how, what
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import away, idle

PM, EM = "project_manager", "engagement_manager"


def left_open(role: str, stage: Stage = Stage.DELIVER) -> Story:
    """A story in which the holder of a role is away for ten days, and nobody stands in."""
    story = at(stage)
    away(story, story.holder(role), None)
    assert story.state.vacancies[role].cause is VacancyCause.AWAY
    return story


def named(story: Story, role: str) -> str:
    """Who is asked to take it over, by whoever must fill it, as the button does."""
    after, head = idle(story), story.holder(story.state.head_role(role))
    story.do(c.ProposeHolder(role=role, person=story.person(after), waiver=story.waiver("She has done it")), head)
    return after


@pytest.mark.parametrize("role", [PM, EM, "delivery_lead"])
def test_whoever_is_named_and_accepts_has_the_role_and_the_gap_is_closed(role: str) -> None:
    story = left_open(role)
    before = story.holder(role)
    after = named(story, role)
    ask = story.ask(AskKind.ACCEPT_ROLE, f"role:{role}")
    assert ask.facts["takes over from"] == story.state.cast.name(before)
    story.answer(ask, by=after)
    assert story.holder(role) == after
    assert role not in story.state.vacancies


def test_whoever_must_fill_it_reads_both_ways() -> None:
    story = left_open(PM)
    step = next(step for step in next_steps(story.state, story.now) if step.ref == PM)
    assert what(story.state, step) == "Have somebody answer as project manager"
    assert how(story.state, step) == (
        "Name somebody for the role: once they accept it is theirs, for good. Or see that somebody stands in until "
        f"{story.state.cast.name(story.holder(PM))} is back: the administrator notes who, with "
        "interlock people delegate."
    )


def test_who_is_back_before_anybody_accepted_keeps_the_role_and_nobody_is_asked_any_more() -> None:
    story = left_open(PM)
    holder, after = story.holder(PM), named(story, PM)
    ask = story.ask(AskKind.ACCEPT_ROLE, f"role:{PM}")
    story.wait(days=15)
    assert not story.now_of(ask).is_open
    assert PM not in story.state.proposals
    assert story.holder(PM) == holder
    told = [message.text for message in story.messages_told() if message.to == after and message.ask == ask.id]
    assert f"{story.state.cast.name(holder)} is back, or somebody stands in for them" in told[-1]


def test_a_successor_who_is_sought_since_the_role_ends_is_asked_still_after_a_day_off_of_its_holder() -> None:
    story = at(Stage.DELIVER)
    story.leaves(story.holder(PM))
    first, head = idle(story), story.holder(story.state.head_role(PM))
    waived = {"waiver": story.waiver("She has done it", 80)}
    story.do(c.ProposeHolder(role=PM, person=story.person(first), until=story.day(20), **waived), head)
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{PM}"), by=first)
    story.wait(days=14)
    story.do(c.ProposeHolder(role=PM, person=story.person(idle(story)), **waived), head)
    absence = Absence(person=first, first=story.day(), last=story.day(1))
    story.directory_says(absences=(*story.state.cast.absences, absence))
    story.wait(days=3)
    assert PM in story.state.proposals


def test_somebody_who_takes_over_for_a_reason_is_asked_still_when_the_holder_is_back() -> None:
    story = left_open(PM)
    follower = {"person": story.person(idle(story)), "waiver": story.waiver("She has done it")}
    story.do(c.ReplaceHolder(role=PM, reason="He moves on", **follower), story.holder(story.state.head_role(PM)))
    story.wait(days=15)
    assert PM in story.state.proposals
