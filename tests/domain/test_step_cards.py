"""A card of an act or a vacancy shows who may do what about it, and how it ended; every act has a way to be done."""

from datetime import timedelta

import pytest

from domain.asks.model import AskKind, Condition, Verdict
from domain.engagement.acts_owed.commands_by_act import DONE_AS
from domain.engagement.roles.values import Vacancy
from domain.engagement.tasks.commands import CompleteTask
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import HowItEnded, step_card, steps_changed
from domain.next_steps.choices import ACTIONS, AS_PREPARED, CHOICES, TAKE_PREPARED, Do, act_action, replace_action
from domain.next_steps.references import StepRef, act_ref, change_ref, vacancy_ref
from domain.next_steps.texts import HOW_PREPARED, why_sent_back
from domain.notifications.event_texts import HAPPENED
from domain.playbook.model import Stage
from domain.shared.errors import NotFound
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import act, away, do, idle


def test_every_act_has_its_buttons_and_its_action() -> None:
    assert set(CHOICES) == set(ACTIONS) == set(ActKind)
    without = {kind for kind, choices in CHOICES.items() if not choices}
    assert without == {ActKind.CORRECT_CLIENT}
    used = {choice.do for choices in (*CHOICES.values(), TAKE_PREPARED.values()) for choice in choices}
    assert set(TAKE_PREPARED) == set(AS_PREPARED) == set(HOW_PREPARED)
    beside = {Do.NAME_HOLDER, Do.ASK_FOR_ROLE, Do.MEET, Do.TAKE_BACK, Do.PROPOSE_ANOTHER}
    assert used | beside == set(Do)


def test_a_reference_is_read_as_it_was_written() -> None:
    story = Story()
    owed, vacant = act(story, ActKind.RECORD_NEEDS), vacancy(story)
    for ref in (act_ref(story.state, owed), vacancy_ref(story.state, vacant), change_ref(story.state, 2)):
        assert StepRef.fits(str(ref))
        assert StepRef.read(str(ref)) == ref
    assert not StepRef.fits("ENG-2026-0001.A9")
    with pytest.raises(NotFound):
        StepRef.read("ENG-2026-0001.A9")


def vacancy(story: Story) -> Vacancy:
    """Any role that is vacant."""
    return next(iter(story.state.vacancies.values()))


def test_whoever_owes_an_act_has_its_buttons_and_whoever_is_told_that_it_is_late_has_none() -> None:
    story = Story()
    ref = act_ref(story.state, act(story, ActKind.RECORD_NEEDS))
    own = step_card(story.state, ref, story.state.seller)
    assert [choice.label for choice in own.choices] == ["Record the needs"]
    assert (own.why_me, own.action) == ("Yours as sales.", act_action(story.state.id, ActKind.RECORD_NEEDS, ""))
    story.wait(days=7)
    told = {person: step_card(story.state, ref, person) for person in act(story, ActKind.RECORD_NEEDS).told}
    assert len(told) > 1
    for person, card in told.items():
        assert (card.choices, card.ended) == ((), None)
        assert "overdue" in card.why_me
        replaces = person in {story.holder("head_of_sales"), story.holder("head_of_engagement_management")}
        assert card.action == (replace_action(story.state.id, "sales") if replaces else None)
    assert story.holder("head_of_sales") in told


def test_whoever_stands_in_has_the_buttons_and_a_stranger_hears_whose_it_is() -> None:
    story = at(Stage.HANDOFF)
    list(story.cover(Stage.HANDOFF))
    owed, delegate = act(story, ActKind.OFFER_HANDOFF), idle(story)
    ref = act_ref(story.state, owed)
    assert step_card(story.state, ref, delegate).ended == f"{story.state.cast.name(owed.owner)} owes this now."
    away(story, owed.owner, delegate)
    assert step_card(story.state, ref, delegate).choices == CHOICES[ActKind.OFFER_HANDOFF]


def test_a_card_says_since_when_in_the_time_of_its_reader_and_no_more_once_it_is_over() -> None:
    story = Story()
    owed, gap = act(story, ActKind.RECORD_NEEDS), vacancy(story)
    for ref, person, since in (
        (act_ref(story.state, owed), owed.owner, owed.since),
        (vacancy_ref(story.state, gap), gap.accountable, gap.since),
    ):
        assert step_card(story.state, ref, person).since == story.state.cast.calendar_of(person).shown(since)
    do(story, owed)
    ref = act_ref(story.state, owed)
    assert step_card(story.state, ref, owed.owner, ended=HowItEnded(owed.owner, story.now)).since is None


def test_an_act_that_was_done_says_by_whom_and_the_same_act_owed_again_is_another() -> None:
    story = Story()
    ref = act_ref(story.state, act(story, ActKind.RECORD_NEEDS))
    do(story, act(story, ActKind.RECORD_NEEDS))
    card = step_card(story.state, ref, story.state.seller, ended=HowItEnded(story.state.seller, story.now))
    assert card.ended is not None
    assert card.ended.startswith(f"Done by {story.state.cast.name(story.state.seller)} on ")
    assert (card.choices, card.is_done) == ((), True)
    later = ref.replace(since=story.now + timedelta(days=1))
    assert step_card(story.state, later, story.state.seller).ended == "No longer needed."


def test_an_act_that_can_be_done_in_several_ways_says_in_which_it_was() -> None:
    story = at(Stage.PRICE)
    ref, seller = StepRef.read(f"{story.state.id}/act:cover_promise:P1"), story.state.seller
    for facts, said in (
        (("PromiseDeclined", "ActEnded"), "Declined"),
        (("PromiseCovered", "ActEnded"), "Covered"),
        (("ActEnded",), "Done"),
    ):
        card = step_card(story.state, ref, seller, ended=HowItEnded(seller, story.now, facts))
        assert card.ended is not None
        assert card.ended.startswith(f"{said} by {story.state.cast.name(seller)} on ")
    assert set(DONE_AS) <= set(HAPPENED), "each is a fact"


def test_what_was_returned_is_on_the_card_of_what_is_owed_again() -> None:
    story = at(Stage.QUALIFY).until(lambda one: any(ask.subject == "needs" for ask in one.state.open_asks()))
    ask = next(ask for ask in story.state.open_asks() if ask.subject == "needs")
    story.answer(ask, Verdict.RETURN, reason="Not quite.")
    card = step_card(story.state, act_ref(story.state, act(story, ActKind.CORRECT_NEEDS)), story.state.seller)
    sponsor = story.state.cast.name(ask.voters[0].person_id)
    assert card.sent_back == f"Returned by {sponsor} (client sponsor): Not quite."
    assert len(card.facts) == len(story.state.needs)


def test_what_was_declined_is_not_called_returned() -> None:
    story = at(Stage.PRICE).until(lambda one: any(one.state.open_asks(AskKind.APPROVE_PRICE)))
    (ask, *_) = story.state.open_asks(AskKind.APPROVE_PRICE)
    story.answer(ask, Verdict.DECLINE, reason="The margin is thin.")
    owed = act(story, ActKind.PROPOSE_PRICE)
    by = story.state.cast.name(ask.voters[0].person_id)
    said = why_sent_back(story.state, owed)
    assert said is not None
    assert said.startswith(f"Declined by {by} (")
    assert said.endswith("): The margin is thin.")


def test_a_vacancy_is_named_by_whoever_must_fill_it_and_asked_for_by_whoever_could() -> None:
    story = Story()
    gap = vacancy(story)
    ref = vacancy_ref(story.state, gap)
    assert [one.do for one in step_card(story.state, ref, gap.accountable).choices] == [Do.NAME_HOLDER]
    offered = step_card(story.state, ref, idle(story))
    assert [one.do for one in offered.choices] == [Do.ASK_FOR_ROLE]
    assert (offered.client, offered.facts) == ("", ())


def test_a_condition_is_met_by_its_owner_or_the_manager_and_its_words_are_for_them() -> None:
    story = at(Stage.PRICE).until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL)))
    due, owner = story.now.date() + timedelta(days=20), story.state.seller
    while (ask := next(story.state.open_asks(AskKind.DECIDE_DEAL), None)) is not None:
        condition = Condition(text="Name the data owner", owner=owner, due=due)
        story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, reason="With one.", conditions=(condition,))
    task = next(iter(story.state.tasks.values()))
    ref = StepRef.read(f"{story.state.id}/task:{task.id}")
    for person in (task.owner, story.state.manager):
        card = step_card(story.state, ref, person)
        assert ([one.do for one in card.choices], card.facts) == ([Do.MEET], (task.text,))
    other = idle(story)
    assert step_card(story.state, ref, other).facts == ()
    story.do(CompleteTask(task=task.id, note="Done."), task.owner)
    assert step_card(story.state, ref, task.owner).is_done


def test_only_cards_of_what_changed_are_looked_at() -> None:
    story = Story()
    before = story.state
    assert steps_changed(before, before) == set()
    ref = str(act_ref(before, act(story, ActKind.RECORD_NEEDS)))
    do(story, act(story, ActKind.RECORD_NEEDS))
    changed = steps_changed(before, story.state)
    assert ref in changed
    assert not any("/vacancy:" in one for one in changed)
