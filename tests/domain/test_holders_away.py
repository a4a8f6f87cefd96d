"""Whoever holds a role and is away without a stand-in leaves a gap, which whoever must fill it can fill."""

import pytest

from domain.asks.model import AskKind
from domain.directory.people import Absence
from domain.directory.roles_left import gaps_left
from domain.engagement.roles.commands import ProposeHolder, ReleaseRole, ReplaceHolder
from domain.engagement.roles.delegate_eligibility import gaps_told
from domain.engagement.roles.values import VacancyCause
from domain.next_steps.model import next_steps
from domain.next_steps.owner_away import while_away
from domain.next_steps.stand_ins import away_until
from domain.next_steps.texts import how, what
from domain.playbook.model import Stage
from domain.shared.calendar import day_shown
from domain.shared.errors import RoleHeld
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import away, idle
from tests.domain.test_two_experts import BOLD, KOFI, ROSA, asked_together, give

PM, EM = "project_manager", "engagement_manager"


def left_open(role: str, stage: Stage = Stage.DELIVER) -> Story:
    """A story in which the holder of a role is away for ten days, and nobody stands in."""
    story = at(stage)
    away(story, story.holder(role), None)
    assert story.state.vacancies[role].cause is VacancyCause.AWAY
    return story


def named(story: Story, role: str) -> PersonId:
    """Who is asked to take it over, by whoever must fill it, as the button does."""
    after, head = idle(story), story.holder(story.state.head_role(role))
    story.do(ProposeHolder(role=role, person=story.person(after), waiver=story.waiver("She has done it")), head)
    return after


@pytest.mark.parametrize("role", [PM, EM, "delivery_lead"])
def test_whoever_is_named_and_accepts_has_the_role_and_the_gap_is_closed(role: str) -> None:
    story = left_open(role)
    before = story.holder(role)
    after = named(story, role)
    ask = story.ask(AskKind.ACCEPT_ROLE, f"role:{role}")
    assert story.shown(ask)["takes over from"] == story.state.cast.name(before)
    story.answer(ask, by=after)
    assert story.holder(role) == after
    assert role not in story.state.vacancies


def test_whoever_must_fill_it_reads_both_ways() -> None:
    story = left_open(PM)
    step = next(step for step in next_steps(story.state, story.now) if step.ref == PM)
    assert what(story.state, step) == "Have somebody answer as project manager"
    assert how(story.state, step) == (
        "Name somebody for the role: once they accept, they hold it for good. Or get somebody to stand in until "
        f"{story.state.cast.name(story.holder(PM))} is back; the administrator records who, with "
        f"{RemedyAction.NOTE_DELEGATE.about(person=story.holder(PM))}."
    )


def test_who_is_back_before_anybody_accepted_keeps_the_role_and_nobody_is_asked_any_more() -> None:
    story = left_open(PM)
    holder, after = story.holder(PM), named(story, PM)
    ask = story.ask(AskKind.ACCEPT_ROLE, f"role:{PM}")
    story.wait(days=15)
    assert not story.now_of(ask).is_open
    assert PM not in story.state.proposals
    assert story.holder(PM) == holder
    told = [message.text for message in story.messages_told() if message.to == after and message.ask_id == ask.id]
    assert f"{story.state.cast.name(holder)} is back, or somebody stands in for them" in told[-1]


def test_a_successor_who_is_sought_since_the_role_ends_is_asked_still_after_a_day_off_of_its_holder() -> None:
    story = at(Stage.DELIVER)
    story.leaves(story.holder(PM))
    first, head = idle(story), story.holder(story.state.head_role(PM))
    waived = {"waiver": story.waiver("She has done it", 80)}
    story.do(ProposeHolder(role=PM, person=story.person(first), until=story.day(20), **waived), head)
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{PM}"), by=first)
    story.wait(days=14)
    story.do(ProposeHolder(role=PM, person=story.person(idle(story)), **waived), head)
    absence = Absence(person=first, first=story.day(), last=story.day(1))
    story.directory_says(absences=(*story.state.cast.absences, absence))
    story.wait(days=3)
    assert PM in story.state.proposals


def test_somebody_who_takes_over_for_a_reason_is_asked_still_when_the_holder_is_back() -> None:
    story = left_open(PM)
    follower = {"person": story.person(idle(story)), "waiver": story.waiver("She has done it")}
    story.do(ReplaceHolder(role=PM, reason="He moves on", **follower), story.holder(story.state.head_role(PM)))
    story.wait(days=15)
    assert PM in story.state.proposals


def told(story: Story, person: str, since: int) -> list[str]:
    return [message.text for message in story.messages_told(since) if message.to == person]


def test_a_role_is_not_taken_over_for_the_days_of_an_absence() -> None:
    story = left_open(PM)
    holder, after, head = story.holder(PM), idle(story), story.holder(story.state.head_role(PM))
    command = ProposeHolder(
        role=PM, person=story.person(after), waiver=story.waiver("She has done it"), until=story.day(10)
    )
    with pytest.raises(RoleHeld) as refused:
        story.do(command, head)
    assert refused.value.refused.field == "until"
    assert f"{story.state.cast.name(holder)} is away until" in refused.value.refused.detail
    assert refused.value.refused.action is RemedyAction.NOTE_DELEGATE
    story.do(command.replace(until=story.day(90)), head)
    ask = story.ask(AskKind.ACCEPT_ROLE, f"role:{PM}")
    assert "will not have the role back: once you accept, it is yours until then" in ask.beside["who holds it now"]
    before = story.facts[-1].seq
    story.answer(ask, by=after)
    (lost,) = [text for text in told(story, holder, before) if "no longer" in text]
    assert f"holds the role now, until {day_shown(story.day(90))}; after that it must be filled again." in lost


def test_whoever_manages_the_engagement_hears_of_a_gap_in_the_team_and_who_fills_it() -> None:
    story = at(Stage.DELIVER)
    before, name = story.facts[-1].seq, story.state.cast.name(story.holder(PM))
    away(story, story.holder(PM), None)
    (gap,) = told(story, story.state.manager, before)
    assert "has nobody answering as project manager" in gap
    assert f"{name} is away until" in gap
    assert "you may also name somebody" in gap
    step = next(one for one in next_steps(story.state, story.now) if one.ref == PM)
    assert story.state.manager in step.others
    before, after = story.facts[-1].seq, named(story, PM)
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{PM}"), by=after)
    filled = (
        f"{story.state.cast.name(after)} is now project manager of {story.state.id} {story.state.title}, after {name}."
    )
    assert filled in told(story, story.state.manager, before)


def test_whoever_manages_the_engagement_hears_that_somebody_is_back() -> None:
    story = left_open(PM)
    before = story.facts[-1].seq
    story.wait(days=15)
    name = story.state.cast.name(story.holder(PM))
    assert any(f"covered again, {name} answers for it." in text for text in told(story, story.state.manager, before))


def way(story: Story, ref: str, kind: str = "act") -> str | None:
    step = next(one for one in next_steps(story.state, story.now) if (one.kind, one.ref) == (kind, ref))
    until = away_until(story.state.cast.absences, step.who, story.state.cast.calendar_of(step.who).local_day(story.now))
    return while_away(story.state, step, until, story.now)


def test_a_step_of_who_is_away_says_so_and_which_way_is_open() -> None:
    story = left_open(PM)
    name, em = story.state.cast.name(story.holder(PM)), story.state.cast.name(story.state.manager)
    said = way(story, "deliver_milestone:M1")
    assert said is not None
    assert said.startswith(f"{name} is away until ")
    assert said.endswith(f"and nobody stands in. {em} (engagement manager) may do it in their own role.")


def test_hours_of_who_is_away_say_how_the_estimate_goes_on_without_them() -> None:
    story, ask = asked_together()
    away(story, KOFI, None)
    more = RemedyAction.PROPOSE_FURTHER_EXPERT.about(engagement=story.state.id, role="expert for data")
    assert (way(story, ask.id, "ask") or "").endswith(str(more))
    give(story, ask, ROSA, BOLD, "W5")
    choose = RemedyAction.CHOOSE_ESTIMATE.about(engagement=story.state.id, package="W5")
    assert (way(story, ask.id, "ask") or "").endswith(str(choose))


def test_what_an_absence_left_open_names_the_role_and_who_fills_it_and_no_older_gap() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="delivery_lead", reason="Elsewhere"), story.state.manager)
    pm = story.holder(PM)
    absence = Absence(person=pm, first=story.day(), last=story.day(10))
    head = story.state.cast.name(story.holder(story.state.head_role(PM)))
    (said,) = gaps_told(story.state, absence)
    of = f"{story.state.id} {story.state.title}"
    assert said.startswith(f"In {of} nobody stands in as project manager from {day_shown(story.day())} to ")
    assert said.endswith(f": {head} must get somebody to stand in or to take the role over.")
    away(story, pm, None)
    (line,) = gaps_left(story.state, (pm,), story.now)
    assert line.startswith(f"not covered: project manager, {story.state.cast.name(pm)} is away until ")
    assert line.endswith(f", {head} is to have it filled")
    assert len([*gaps_left(story.state, (pm,), story.state.vacancies["delivery_lead"].since)]) == 2
