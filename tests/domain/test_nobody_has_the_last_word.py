"""A decision that nobody may have the last word on: the vote goes on, and whoever comes who may is asked at once."""

import pytest

from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.asks.tally import without_judge
from domain.engagement.roles.commands import NameParty
from domain.next_steps.model import next_steps
from domain.next_steps.texts import what
from domain.playbook.model import Stage
from domain.shared.values import PersonId
from tests.domain.story import Story

HIGHEST = ("managing_director", "head_of_engagement_management", "cfo", "general_counsel")


def step_texts(story: Story, ask: Ask) -> dict[str, str]:
    """What the ask is as a next step, by who owes it."""
    return {one.who: what(story.state, one) for one in next_steps(story.state, story.now) if one.ref == ask.id}


def votes_alone() -> tuple[Story, PersonId]:
    """In house, where the engagement manager sponsors too and holds the highest positions; and who sponsored before."""
    story = Story("casework").until(lambda s: any(s.state.open_asks(AskKind.ATTEST_ESTIMATE))).copy()
    manager, sponsor = story.holder("engagement_manager"), story.holder("provider_sponsor")
    story.directory_says(positions={**story.state.cast.positions, **dict.fromkeys(HIGHEST, manager)})
    names(story, manager)
    for _ in story.answer_all(AskKind.CONFIRM_STAFFING, AskKind.ATTEST_ESTIMATE):
        pass
    for _ in story.cover(Stage.PRICE):
        pass
    story.propose_price()
    return story, sponsor


def names(story: Story, sponsor: PersonId) -> None:
    person = story.state.cast.people[sponsor]
    named = NameParty(party="provider_sponsor", person=person, reason="Another sponsor")
    story.do(named, story.holder("head_of_engagement_management"))


@pytest.mark.parametrize("has_voted", [False, True])
def test_whoever_comes_to_a_role_that_votes_has_its_vote_where_too_few_had_one(*, has_voted: bool) -> None:
    story, sponsor = votes_alone()
    manager = story.holder("engagement_manager")
    ask = story.ask(AskKind.DECIDE_DEAL)
    assert ask.asked == (manager,)
    if has_voted:
        story.answer(ask, by=manager)
        assert step_texts(story, ask)[manager].startswith("Find somebody who may answer")
    names(story, sponsor)
    assert sponsor in story.now_of(ask).asked
    assert not any(text.startswith("Find") for text in step_texts(story, ask).values())
    for person in story.now_of(ask).asked:
        story.answer(story.now_of(ask), by=person)
    assert story.now_of(ask).outcome is Outcome.APPROVED
    assert story.state.decision is not None
    assert story.state.decision.climbed is None


def test_one_vote_alone_decides_nothing_where_two_are_needed() -> None:
    story, _ = votes_alone()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask)
    story.wait(days=30)
    assert story.now_of(ask).is_open
    assert without_judge(story.now_of(ask))


def objected() -> tuple[Story, Ask]:
    """Whoever sells holds every position, and the engagement manager has objected: nobody may have the last word."""
    story = Story("casework").until(lambda s: any(s.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.directory_says(positions=dict.fromkeys(story.state.cast.positions, story.state.seller))
    story.answer(ask, Verdict.OBJECT, by=story.holder("engagement_manager"))
    story.answer(story.now_of(ask), by=story.holder("provider_sponsor"))
    story.wait(days=10)
    return story, ask


def test_an_objection_that_nobody_may_decide_over_can_be_lifted() -> None:
    story, ask = objected()
    manager, seller = story.holder("engagement_manager"), story.state.seller
    assert story.now_of(ask).is_open
    assert story.now_of(ask).asked == (manager,)
    assert set(step_texts(story, ask)) == {manager, seller}
    assert step_texts(story, ask)[seller].startswith("Find somebody who may answer")
    story.answer(story.now_of(ask), by=manager)
    assert story.now_of(ask).outcome is Outcome.APPROVED


@pytest.mark.parametrize("position", HIGHEST)
def test_whoever_comes_to_a_high_position_is_asked_for_the_last_word_at_once(position: str) -> None:
    story, ask = objected()
    story.directory_says(
        story.person(PersonId("erik.strand")), positions={**story.state.cast.positions, position: "erik.strand"}
    )
    assert story.now_of(ask).asked == ("erik.strand",)
    story.answer(story.now_of(ask), by="erik.strand")
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_a_last_word_that_is_nobodys_any_more_gives_the_vote_back_to_those_who_object() -> None:
    story, ask = objected()
    positions = story.state.cast.positions
    story.directory_says(story.person(PersonId("erik.strand")), positions={**positions, "cfo": "erik.strand"})
    story.leaves(PersonId("erik.strand"), positions=positions)
    manager = story.holder("engagement_manager")
    assert story.now_of(ask).asked == (manager,)
    story.answer(story.now_of(ask), by=manager)
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_whoever_is_told_that_nobody_may_decide_is_told_it_once() -> None:
    story, ask = objected()
    story.wait(days=30)
    told = [one for one in story.messages_told() if one.kind == "escalation" and "Nobody may answer" in one.text]
    assert [one.to for one in told] == [story.state.seller]
    assert story.now_of(ask).is_open
