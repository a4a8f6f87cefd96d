"""Whose the last word on an ask is: never somebody's who has a vote there, and never a vote that was cast before."""

from functools import cache

import pytest

from domain.asks.choices import offered
from domain.asks.ending import ended_already
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.directory.people import Delegation
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.closing.commands import LoseDeal
from domain.engagement.command import DIRECTORY
from domain.engagement.roles.commands import NameParty, ReplaceHolder, TakeDirectory
from domain.shared.errors import BadValue, Refusal
from domain.shared.values import PersonId, weight
from tests.domain.story import Story


@cache
def asked_to_decide(deal: str) -> Story:
    return Story(deal).until(lambda story: any(story.state.open_asks(AskKind.DECIDE_DEAL)))


def voter(ask: Ask, role: str) -> PersonId:
    return next(one.person_id for one in ask.voters if role in one.roles)


@pytest.mark.parametrize("becomes", ["delivery_lead", "engagement_manager"])
def test_whoever_voted_and_becomes_sponsor_has_not_thereby_said_the_last_word(becomes: str) -> None:
    story = asked_to_decide("halden").copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, by=voter(ask, "delivery_lead"))
    story.answer(story.now_of(ask), by=voter(ask, "finance"))
    story.answer(story.now_of(ask), Verdict.DECLINE, by=voter(ask, "engagement_manager"))
    assert story.now_of(ask).final_role == "provider_sponsor"
    next_sponsor = next(known for known in story.firm.people if known.id == voter(ask, becomes))
    named = NameParty(party="provider_sponsor", person=next_sponsor, reason="On leave", calendars=())
    story.do(named, story.state.cast.positions["managing_director"])
    now = story.now_of(ask)
    assert now.outcome is Outcome.OPEN
    assert [one.person_id for one in now.silent] == [now.final_person]
    assert now.final_person not in {one.person_id for one in now.voters}


def test_a_sponsor_who_becomes_managing_director_leaves_the_last_word_to_the_next_and_silence_climbs_on() -> None:
    story = asked_to_decide("casework").copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.OBJECT, by=voter(ask, "engagement_manager"))
    story.wait(days=4)
    assert story.now_of(ask).climbed
    cast, sponsor = story.state.cast, voter(ask, "provider_sponsor")
    moved = TakeDirectory(
        version=story.state.directory + 1,
        positions={**cast.positions, "managing_director": sponsor},
        because="The managing director retires",
        people=(),
        absences=cast.absences,
        delegations=cast.delegations,
    )
    story.do(moved, "ida.holm", channel=DIRECTORY)
    assert story.now_of(ask).final_person not in {one.person_id for one in ask.voters}
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


def overdue_objection(deal: str) -> tuple[Story, Ask]:
    """Its engagement manager has objected to the deal, which has climbed since."""
    story = asked_to_decide(deal).copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.OBJECT, by=voter(ask, "engagement_manager"))
    story.wait(days=4)
    assert story.now_of(ask).climbed
    return story, ask


def test_whoever_has_the_last_word_and_takes_over_the_sale_passes_it_on() -> None:
    story, ask = overdue_objection("casework")
    director = story.now_of(ask).final_person
    assert director is not None
    person = story.person(director)
    takes_over = ReplaceHolder(
        role="sales",
        person=person.replace(roles=(*person.roles, "sales")),
        reason="Takes over the sale",
        waiver=story.waiver("Needed now"),
    )
    story.do(takes_over, story.holder(story.state.head_role("sales")))
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:sales"), reason="I take it over")
    assert story.state.seller == director
    assert director not in story.now_of(ask).asked
    with pytest.raises(Refusal):
        story.answer(story.now_of(ask), by=director)
    assert story.now_of(ask).is_open


def test_whoever_objected_for_another_has_no_last_word_however_often_that_one_objects_since() -> None:
    story = asked_to_decide("casework").copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    manager, director = voter(ask, "engagement_manager"), story.state.cast.positions["managing_director"]
    story.do(DelegateAsk(ask_id=ask.id, to=director), manager)
    story.answer(story.now_of(ask), Verdict.OBJECT, by=director)
    for _ in range(3):
        story.answer(story.now_of(ask), Verdict.OBJECT, by=manager)
    story.wait(days=4)
    assert story.now_of(ask).climbed
    assert story.now_of(ask).final_person != director


def test_an_objection_that_comes_after_the_last_word_is_not_taken_for_a_yes() -> None:
    story = Story("halden").until(lambda story: any(story.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask = story.ask(AskKind.REVIEW_SOW)
    first, *others, last = [one.person_id for one in ask.voters]
    story.answer(ask, Verdict.OBJECT, by=first)
    for person in others:
        story.answer(story.now_of(ask), by=person)
    story.wait(days=5)
    story.answer(story.now_of(ask), by=story.now_of(ask).final_person)
    with pytest.raises(BadValue, match="cannot answer this with “object”"):
        story.answer(story.now_of(ask), Verdict.OBJECT, by=last)
    assert story.now_of(ask).is_open
    story.answer(story.now_of(ask), Verdict.RETURN, by=last)
    assert story.state.asks[ask.id].outcome is Outcome.RETURNED


@pytest.mark.parametrize("how", ["leaves", "takes over"])
def test_a_role_that_passes_to_somebody_for_whom_another_said_yes_is_asked_anew(how: str) -> None:
    """Where each must approve, a yes that was given for one role speaks for no other."""
    story = Story("halden").until(lambda story: any(story.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask = story.ask(AskKind.REVIEW_SOW)
    lead, quality = voter(ask, "delivery_lead"), voter(ask, "quality")
    story.do(DelegateAsk(ask_id=ask.id, to="priya.raman"), lead)
    story.answer(story.now_of(ask), by="priya.raman")
    for one in ask.voters:
        if one.person_id not in {lead, quality}:
            story.answer(story.now_of(ask), by=one.person_id)
    if how == "leaves":
        story.directory_says(positions={**story.state.cast.positions, "head_of_quality": lead})
        story.leaves(quality)
    else:
        story.propose("quality", lead, waiver="Needed now")
        story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:quality"), reason="I take it over")
    assert story.now_of(ask).is_open
    assert [one.person_id for one in story.now_of(ask).silent] not in ([], [lead])


def test_whoever_has_the_last_word_gets_no_seat_beside_it() -> None:
    """One yes would count for both: the one who would have to hear the objection, and the one who left."""
    story = Story("halden").until(lambda story: any(story.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask = story.ask(AskKind.REVIEW_SOW)
    silent, money = voter(ask, "quality"), voter(ask, "finance")
    story.answer(ask, Verdict.OBJECT, by=money)
    for one in ask.voters:
        if one.person_id not in {silent, money}:
            story.answer(story.now_of(ask), by=one.person_id)
    story.wait(days=5)
    final = story.now_of(ask).final_person or ""
    story.directory_says(positions={**story.state.cast.positions, "head_of_quality": final})
    story.leaves(silent)
    seats = {one.person_id for one in story.now_of(ask).voters if "quality" in one.roles}
    assert story.now_of(ask).is_open
    assert seats
    assert final not in seats


def test_others_than_those_concerned_read_that_an_ask_ended_and_nothing_of_why() -> None:
    story = Story("halden")
    story.propose("delivery_lead", PersonId("anil.mehta"))
    ask = story.ask(AskKind.ACCEPT_ROLE, "role:delivery_lead")
    story.propose("delivery_lead", PersonId("bram.devries"), waiver="Needed now")
    ended = story.state.asks[ask.id]
    assert ended.ended_because == "Bram de Vries was proposed instead"
    assert "Bram de Vries" in ended_already(story.state, ended, PersonId("anil.mehta")).refused.detail
    told = ended_already(story.state, ended, PersonId("kari.moe")).refused
    assert told.detail == f"The ask {ask.id} has ended: withdrawn."
    assert ".A" not in told.remedy


def test_whoever_had_the_last_word_reads_why_there_is_nothing_left_to_say() -> None:
    story, ask = overdue_objection("casework")
    final = story.now_of(ask).final_person
    assert final is not None
    story.do(LoseDeal(reason="They buy elsewhere"), story.holder("sales"))
    ended = story.state.asks[ask.id]
    assert ended.ended_because
    assert ended.ended_because in ended_already(story.state, ended, final).refused.detail
    assert any(one.to == final and one.kind == "outcome" for one in story.messages_told())


def test_whoever_answers_for_the_last_word_says_what_that_one_may_say_alone() -> None:
    story, ask = overdue_objection("casework")
    final = story.now_of(ask).final_person
    assert final is not None
    given = Delegation(person=final, to="erik.strand", first=story.day(-1), last=story.day(5))
    story.directory_says(story.person(PersonId("erik.strand")), delegations=(*story.state.cast.delegations, given))
    now = story.now_of(ask)
    assert "erik.strand" in now.asked
    assert offered(now, PersonId("erik.strand")) == offered(now, final)
    assert not {Verdict.OBJECT, Verdict.STAND_ASIDE} & set(offered(now, PersonId("erik.strand")))
    with pytest.raises(BadValue):
        story.answer(now, Verdict.STAND_ASIDE, by="erik.strand", reason="I would rather not.")
