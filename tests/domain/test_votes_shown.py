"""Whoever decides after others reads what they said, and why not: in the words of what was asked."""

from domain.asks.card import CardPlace, card_for, thread_card
from domain.asks.model import AskKind, Condition, Verdict
from domain.playbook.model import Stage
from tests.domain.story import Story, at

WHY = "No project manager is free before March."


def deciding() -> Story:
    return at(Stage.DECIDE, "halden")


def test_a_card_says_why_somebody_said_no_to_those_who_may_read_it() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    first, second = (voter.person_id for voter in ask.silent[:2])
    story.answer(ask, Verdict.DECLINE, by=first, reason=WHY)
    place = CardPlace(story.state.id, "Title", "Client")
    now = story.now_of(ask)
    said = {one.person_id: one.said for one in card_for(story.state, now, place, second, whole=True).people}
    assert said[first].startswith("No-go, ")
    assert said[first].endswith(f": {WHY}")
    assert WHY not in str(card_for(story.state, now, place, second, whole=False).people)
    assert WHY not in str(thread_card(story.state, now, place).people)


def test_a_card_says_on_which_conditions_somebody_said_yes() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    first, second = (voter.person_id for voter in ask.silent[:2])
    condition = Condition(text="Half is paid at the start", owner=story.state.manager, due=story.day(20))
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, by=first, conditions=(condition,))
    card = card_for(story.state, story.now_of(ask), CardPlace(story.state.id, "T", "C"), second, whole=True)
    said = next(one.said for one in card.people if one.person_id == first)
    assert said.startswith("Go with conditions, ")
    assert "Half is paid at the start (" in said
