"""Whoever owes an act hears of it, and that it is late or done for them; after each step all hear what is next."""

from datetime import timedelta

from domain.asks.model import AskKind, Verdict
from domain.engagement.needs.commands import RestateNeeds
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import next_steps
from domain.next_steps.texts import what
from domain.notifications.acts_owed import what_comes_next
from domain.playbook.model import Stage
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import act, away, do, idle


def test_whoever_owes_an_act_reads_what_why_and_until_when() -> None:
    story = Story()
    (owed,) = [one for one in story.messages_told(0) if one.kind == "act"]
    assert owed.to == story.state.seller
    assert owed.text.startswith("Next for you: Record what the client needs – ENG-2026-0001 ")
    assert " Due " in owed.text
    assert "Berlin time" in owed.text


def test_what_is_late_is_told_to_its_owner_and_to_everybody_whom_its_ladder_has_reached() -> None:
    story = Story()
    before = len(story.facts)
    story.wait(days=7)
    late = [one for one in story.messages_told(before) if one.kind == "escalation" and "Record what" in one.text]
    assert {one.to for one in late} == {story.state.seller, *act(story, ActKind.RECORD_NEEDS).told}
    assert all("Overdue, waiting for" in one.text and "Accountable now:" in one.text for one in late)
    assert [one.to for one in story.messages_told(before) if one.kind == "reminder" and "Record what" in one.text] == [
        story.state.seller
    ]


def test_whoever_stands_in_hears_that_they_may_and_the_owner_that_they_did() -> None:
    story = at(Stage.HANDOFF)
    list(story.cover(Stage.HANDOFF))
    owed, delegate, before = act(story, ActKind.OFFER_HANDOFF), idle(story), len(story.facts)
    away(story, owed.owner, delegate)
    do(story, owed, by=delegate)
    found = story.messages_told(before)
    assert [one.to for one in found if one.text.startswith("You may do this for ")] == [delegate]
    (done,) = [one for one in found if " did this for you in " in one.text]
    assert (done.to, done.kind) == (owed.owner, "outcome")


def test_after_an_answer_those_concerned_hear_what_comes_next_and_whose_it_is() -> None:
    story = at(Stage.PRICE).until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL)))
    ask, before = story.ask(AskKind.DECIDE_DEAL), len(story.facts)
    while story.now_of(ask).is_open:
        story.answer(story.now_of(ask))
    outcome = [one for one in story.messages_told(before) if one.kind == "outcome" and one.to == story.state.seller]
    assert all("Fill the role of customer care – " in one.text for one in outcome)
    assert outcome


def test_whoever_owes_something_hears_of_that_first_when_something_else_has_ended() -> None:
    """Else a message would say whose turn it is as if it were not theirs."""
    story = at(Stage.PRICE).until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL)))
    ask, before = story.ask(AskKind.DECIDE_DEAL), len(story.facts)
    while story.now_of(ask).is_open:
        story.answer(story.now_of(ask))
    (told, *_) = [one for one in story.messages_told(before) if one.kind == "outcome" and one.to == story.state.seller]
    owed = next(step for step in next_steps(story.state, story.now) if step.who == story.state.seller)
    assert f"Next: {what(story.state, owed)} – you" in told.text


def test_what_was_just_caused_is_told_before_what_is_more_pressing() -> None:
    story = Story().until(lambda one: "restate_needs" in one.state.acts)
    story.wait(hours=1)
    began = story.now
    story.do(RestateNeeds(), story.state.seller)
    (ask,) = story.state.open_asks(AskKind.CONFIRM_NEEDS)
    told = what_comes_next(story.state, story.state.seller, began)
    assert told.startswith(f" Next: {ask.title.rstrip('?')} – ")
    assert what_comes_next(story.state, story.state.seller, story.now + timedelta(days=1), [ask.id]) == told
    assert what_comes_next(story.state, story.state.seller, story.now + timedelta(days=1)) != told


def test_people_of_the_client_hear_nothing_of_what_the_firm_does_next() -> None:
    story = at(Stage.QUALIFY).until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))
    ask, before = story.ask(AskKind.CONFIRM_NEEDS), len(story.facts)
    sponsor = ask.silent[0].person_id
    story.answer(ask, Verdict.RETURN, reason="Not quite.")
    theirs = [one for one in story.messages_told(before) if one.to == sponsor]
    assert theirs
    assert not any("Next:" in one.text for one in theirs)
    (again,) = [one for one in story.messages_told(before) if one.kind == "act"]
    assert f"Returned by {story.state.cast.name(sponsor)} (client sponsor): Not quite." in again.text
