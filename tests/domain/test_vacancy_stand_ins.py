"""Whoever answers for a head fills vacancies for them, sees what that concerns, and no longer than they answer."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.directory.people import Absence, Delegation
from domain.engagement.closing.commands import HoldEngagement, LoseDeal
from domain.engagement.permissions import Sight, may_see, may_try
from domain.engagement.roles.commands import ProposeHolder
from domain.next_steps.model import next_steps
from domain.notifications.relevance import Relevance, relevance_of
from domain.playbook.model import Stage
from domain.shared.errors import OwnRequest, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import Story

# The head of delivery, whoever answers for her, and who sells the deal.
HEAD, DELEGATE, SELLER = PersonId("priya.raman"), PersonId("bram.devries"), PersonId("luca.ferri")
ANIL = PersonId("anil.mehta")


def away(story: Story, delegate: str = DELEGATE, first: int = 0, days: int = 5) -> Absence:
    return Absence(person=HEAD, first=story.day(first), last=story.day(first + days), delegate=delegate)


def proposal(story: Story, person: PersonId = ANIL, role: str = "delivery_lead") -> ProposeHolder:
    return ProposeHolder(role=role, person=story.person(person))


def who_may_name(story: Story, role: str = "delivery_lead") -> set[str]:
    """Who has the naming of a role's holder as a next step."""
    steps = (step for step in next_steps(story.state, story.now) if (step.kind, step.ref) == ("vacancy", role))
    return {person for step in steps for person in (step.who, *step.others)}


def sees(story: Story, person: str) -> set[Sight]:
    return {sight for sight in Sight if may_see(story.state, Actor(person_id=person), sight)}


def begin(*absences: Absence, delegations: tuple[Delegation, ...] = ()) -> Story:
    story = Story("halden")
    story.directory_says(story.person(DELEGATE), absences=absences, delegations=delegations)
    return story


def test_the_delegate_of_a_head_who_is_away_names_a_holder_for_them_and_the_head_hears_of_it() -> None:
    story = Story("halden")
    assert not may_try(story.state, proposal(story), Actor(person_id=DELEGATE))
    story.directory_says(story.person(DELEGATE), absences=(away(story),))
    assert who_may_name(story) == {HEAD, DELEGATE}
    assert sees(story, DELEGATE) == {Sight.EXISTENCE, Sight.PRICE}
    before = len(story.facts)
    story.do(proposal(story), by=DELEGATE)
    asked = story.state.proposals["delivery_lead"]
    assert (asked.person_id, asked.by, asked.for_whom) == ("anil.mehta", DELEGATE, HEAD)
    assert story.shown(story.state.asks[asked.ask_id])["proposed by"] == "Bram de Vries for Priya Raman"
    told = [message.text for message in story.messages_told(before) if message.to == HEAD]
    asked_for_her = f"For you, Bram de Vries asked Anil Mehta to be delivery lead of ENG-2026-0001 {story.state.title}."
    assert [text.partition(" Next: ")[0] for text in told] == [asked_for_her]


def test_the_head_themselves_names_for_nobody() -> None:
    story = begin()
    story.do(proposal(story), by=HEAD)
    assert story.state.proposals["delivery_lead"].for_whom is None


def test_the_delegate_is_told_of_the_vacancy_and_no_more_once_another_answers() -> None:
    story = begin()
    before = len(story.facts)
    story.directory_says(story.person(DELEGATE), absences=(away(story),))
    told = [message for message in story.messages_told(before) if message.to == DELEGATE]
    assert any("delivery lead" in message.text and "for Priya Raman" in message.text for message in told)
    assert {relevance_of(story.state, message) for message in told} == {Relevance.CURRENT}
    story.directory_says(story.person(PersonId("sofie.berg")), absences=(away(story, "sofie.berg"),))
    assert {relevance_of(story.state, message) for message in told} == {Relevance.PASSED_ON}


def test_an_absence_that_begins_later_brings_the_delegate_in_on_its_first_day_and_its_end_takes_them_out() -> None:
    story = begin()
    story.directory_says(story.person(DELEGATE), absences=(away(story, first=3, days=2),))
    assert DELEGATE not in who_may_name(story)
    story.wait(days=3, hours=1)
    assert DELEGATE in who_may_name(story)
    assert Sight.EXISTENCE in sees(story, DELEGATE)
    story.wait(days=3)
    assert DELEGATE not in who_may_name(story)
    assert sees(story, DELEGATE) == set()
    with pytest.raises(PermissionDenied):
        story.do(proposal(story), by=DELEGATE)


def test_they_still_may_once_the_vacancy_has_climbed() -> None:
    story = begin()
    story.directory_says(story.person(DELEGATE), absences=(away(story, days=20),))
    story.wait(days=4)
    assert story.state.vacancies["delivery_lead"].accountable != HEAD
    assert {HEAD, DELEGATE} <= who_may_name(story)
    story.do(proposal(story), by=DELEGATE)


def test_a_delegation_of_a_role_or_of_kinds_of_asks_alone_gives_no_other() -> None:
    def given(**more: Any) -> Delegation:
        story = Story("halden")
        return Delegation(person=HEAD, to=DELEGATE, first=story.day(), last=story.day(9), **more)

    assert DELEGATE in who_may_name(begin(delegations=(given(),)))
    assert DELEGATE in who_may_name(begin(delegations=(given(roles=("head_of_delivery",)),)))
    assert DELEGATE not in who_may_name(begin(delegations=(given(roles=("engagement_manager",)),)))
    assert DELEGATE not in who_may_name(begin(delegations=(given(kinds=("attest_estimate",)),)))


def test_who_sells_names_nobody_who_judges_the_deal_for_a_head_either() -> None:
    story = begin()
    story.directory_says(story.person(SELLER), absences=(away(story, SELLER),))
    assert SELLER not in who_may_name(story)
    with pytest.raises(PermissionDenied):
        story.do(proposal(story), by=SELLER)


def test_on_hold_a_delegation_that_is_over_gives_nothing_any_more() -> None:
    story = begin()
    story.propose("engagement_manager", PersonId("marta.silva"))
    story.answer(next(iter(story.open_asks())))
    story.directory_says(story.person(DELEGATE), absences=(away(story, days=2),))
    story.do(HoldEngagement(reason="The client asked.", until=story.day(20)), by="marta.silva")
    story.now += timedelta(days=6)
    with pytest.raises(PermissionDenied):
        story.do(proposal(story), by=DELEGATE)


def test_an_engagement_that_is_over_is_seen_no_more() -> None:
    story = begin()
    story.directory_says(story.person(DELEGATE), absences=(away(story),))
    story.do(LoseDeal(reason="The client chose another."), by=story.state.seller)
    assert sees(story, DELEGATE) == set()


def test_no_delegate_names_for_a_head_what_the_head_may_not_name() -> None:
    story = Story("halden")
    seller = story.state.seller
    given = Delegation(person=seller, to=DELEGATE, first=story.day(), last=story.day(5))
    positions = {**story.state.cast.positions, "head_of_delivery": seller}
    story.directory_says(story.person(DELEGATE), positions=positions, delegations=(given,))
    assert DELEGATE not in who_may_name(story)
    with pytest.raises(PermissionDenied):
        story.do(proposal(story), by=DELEGATE)


def test_nobody_is_named_for_themselves_by_their_own_delegate() -> None:
    story = begin(Absence(person=HEAD, first=date(2026, 11, 2), last=date(2026, 11, 9), delegate=DELEGATE))
    with pytest.raises(OwnRequest):
        story.do(proposal(story, HEAD), by=DELEGATE)


def test_a_delegation_of_one_position_covers_no_other_of_the_same_person() -> None:
    story = Story("halden").to(Stage.PRICE).copy()
    assert "finance" in story.state.vacancies
    given = Delegation(
        person="erik.strand", to="olga.petrova", first=story.day(), last=story.day(5), roles=("head_of_sales",)
    )
    positions = {**story.state.cast.positions, "head_of_sales": "erik.strand"}
    story.directory_says(story.person(PersonId("olga.petrova")), positions=positions, delegations=(given,))
    assert who_may_name(story, "finance") == {"erik.strand"}
