"""Whose the last word on an ask is: never somebody's who has a vote there, and never a vote that was cast before."""

from functools import cache

import pytest

from domain.asks import Ask, AskKind, Outcome, Verdict
from domain.engagement import commands as c
from domain.engagement.permissions import DIRECTORY
from domain.values import weight
from tests.domain.story import Story


@cache
def asked_to_decide(deal: str) -> Story:
    return Story(deal).until(lambda story: any(story.state.open_asks(AskKind.DECIDE_DEAL)))


def voter(ask: Ask, role: str) -> str:
    return next(one.person for one in ask.voters if role in one.roles)


@pytest.mark.parametrize("becomes", ["delivery_lead", "engagement_manager"])
def test_whoever_voted_and_becomes_sponsor_has_not_thereby_said_the_last_word(becomes: str) -> None:
    story = asked_to_decide("halden").copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, by=voter(ask, "delivery_lead"))
    story.answer(story.now_of(ask), by=voter(ask, "finance"))
    story.answer(story.now_of(ask), Verdict.DECLINE, by=voter(ask, "engagement_manager"))
    assert story.now_of(ask).final_role == "provider_sponsor"
    next_sponsor = next(known for known in story.firm.people if known.id == voter(ask, becomes))
    named = c.NameParty(party="provider_sponsor", person=next_sponsor, reason="On leave", calendars=())
    story.do(named, story.state.cast.positions["managing_director"])
    now = story.now_of(ask)
    assert now.outcome is Outcome.OPEN
    assert [one.person for one in now.silent] == [now.final_person]
    assert now.final_person not in {one.person for one in now.voters}


def test_a_sponsor_who_becomes_managing_director_leaves_the_last_word_to_the_next_and_silence_climbs_on() -> None:
    story = asked_to_decide("casework").copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.OBJECT, by=voter(ask, "engagement_manager"))
    story.wait(days=4)
    assert story.now_of(ask).climbed
    cast, sponsor = story.state.cast, voter(ask, "provider_sponsor")
    moved = c.TakeDirectory(
        version=story.state.directory + 1,
        positions={**cast.positions, "managing_director": sponsor},
        because="The managing director retires",
        people=(),
        absences=cast.absences,
        delegations=cast.delegations,
    )
    story.do(moved, "ida.holm", channel=DIRECTORY)
    assert story.now_of(ask).final_person not in {one.person for one in ask.voters}
    for _ in range(8):
        story.wait(hours=12)
    assert story.now_of(ask).rung > 0


def test_one_objection_after_another_does_not_let_an_engagement_grow() -> None:
    story = asked_to_decide("casework").copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    manager = voter(ask, "engagement_manager")
    for n in range(6):
        story.answer(story.now_of(ask), Verdict.OBJECT, by=manager, reason=f"{n} {'A' * 1900}")
        if n == 2:
            before = weight(story.state)
    assert weight(story.state) < before + 100
    assert [vote.answer.reason[:1] for vote in story.now_of(ask).votes if vote.answer.reason] == ["4", "5"]
