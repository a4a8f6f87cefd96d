"""Who leaves, is away, hands over or lets another answer: in one step, without anybody becoming a holder by default."""

from typing import Any

import pytest

from domain.asks.events import StandInAsked
from domain.asks.model import Ask, AskKind, Condition, Outcome, Verdict
from domain.directory.people import Absence, Delegation
from domain.engagement.changes.commands import RecordPotentialChange
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.permissions import Sight, may_see
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    TakeDirectory,
)
from domain.engagement.roles.coverage import missing
from domain.engagement.roles.values import Expectation, VacancyCause
from domain.playbook.model import Stage
from domain.shared.errors import (
    BadValue,
    ExplicitApprovalRequired,
    NotByDefault,
    NotCompetent,
    OwnRequest,
    PermissionDenied,
    RoleHeld,
    RoleVacant,
)
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import Story, at


def deciding() -> tuple[Story, Ask]:
    """Halden, put to the vote: engagement manager, delivery lead and finance, by majority."""
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.DECIDE_DEAL)))
    return story, story.ask(AskKind.DECIDE_DEAL)


# -- leaving


def test_who_leaves_holds_nothing_and_what_they_were_asked_is_asked_of_the_next_above() -> None:
    story, ask = deciding()
    lead = story.holder("delivery_lead")
    story.leaves(lead)
    assert lead not in story.state.cast.holders.values()
    assert lead not in story.now_of(ask).asked
    assert story.holder("head_of_delivery") in story.now_of(ask).asked


def test_a_role_left_is_vacant_at_once_with_its_head_accountable_and_the_reason_said() -> None:
    story = at(Stage.DELIVER)
    manager = story.holder("engagement_manager")
    story.leaves(manager)
    vacancy = story.state.vacancies["engagement_manager"]
    assert vacancy.cause is VacancyCause.LEFT
    assert vacancy.because == f"{story.state.cast.name(manager)} has left: Left the firm"
    assert vacancy.accountable == "tomasz.nowak"


def test_somebody_who_left_keeps_their_name_and_votes_in_the_record() -> None:
    story, ask = deciding()
    lead = story.holder("delivery_lead")
    story.answer(ask, by=lead)
    story.leaves(lead)
    assert story.state.cast.name(lead) == "Anil Mehta"
    assert story.now_of(ask).vote_of(lead) is not None


def test_a_vacancy_in_the_middle_of_delivery_stops_no_work() -> None:
    story = at(Stage.DELIVER)
    story.leaves(story.holder("engagement_manager"))
    milestone = next(iter(story.state.milestones))
    story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
    assert story.ask(AskKind.ACCEPT_MILESTONE)
    assert "engagement_manager" in story.state.vacancies


def test_a_proposal_to_somebody_who_leaves_ends_and_the_vacancy_says_so() -> None:
    story = Story("lindqvist")
    story.propose("engagement_manager", PersonId("jonas.weber"))
    story.leaves(PersonId("jonas.weber"))
    assert not any(story.state.open_asks(AskKind.ACCEPT_ROLE))
    assert "has left" in story.state.vacancies["engagement_manager"].because


def test_a_condition_owned_by_somebody_who_leaves_becomes_the_managers() -> None:
    story, ask = deciding()
    owner = story.holder("expert:development")
    due = story.day(30)
    conditions = (Condition(text="Insure the data", owner=owner, due=due),)
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, by=story.holder("engagement_manager"), conditions=conditions)
    story.answer(ask, by=story.holder("delivery_lead"))
    story.leaves(owner)
    assert [task.owner for task in story.state.tasks.values()] == [story.holder("engagement_manager")]


def test_the_seller_leaving_leaves_a_vacancy_of_the_head_of_sales_who_is_asked_meanwhile() -> None:
    story = at(Stage.PRICE)
    seller = story.deal.salesperson
    story.leaves(seller)
    assert story.state.vacancies["sales"].accountable == "claire.dubois"
    assert story.state.seller == "claire.dubois"
    story.propose("sales", PersonId("aisha.khan"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert story.state.seller == "aisha.khan"
    assert seller in story.state.sold_by


def test_a_clients_signatory_who_left_is_named_anew_and_asked_what_was_open() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.SIGN_SOW)))
    story.answer(story.ask(AskKind.SIGN_SOW))
    ask = story.ask(AskKind.SIGN_SOW)
    story.leaves(PersonId("anna.lindqvist"))
    assert story.state.accountable_for(story.now_of(ask)) == story.holder("engagement_manager")
    assert {"client_sponsor", "client_signatory"} <= set(story.state.vacancies)
    new = story.person(PersonId("anna.lindqvist")).replace(
        id="nils.berg", name="Nils Berg", email="nils@lindqvist.example"
    )
    command = NameParty(party="client_signatory", person=new, reason="Anna has left")
    story.do(command, story.holder("engagement_manager"))
    assert story.now_of(ask).asked == ("nils.berg",)
    assert "client_signatory" not in story.state.vacancies


def test_a_sponsor_who_left_is_replaced_by_the_managing_director() -> None:
    story = at(Stage.SOW)
    story.leaves(story.holder("provider_sponsor"), positions=dict(story.state.cast.positions) | _heads("marta.silva"))
    assert story.state.vacancies["provider_sponsor"].accountable == "ingrid.solberg"
    named = NameParty(party="provider_sponsor", person=story.person(PersonId("erik.strand")), reason="Tomasz has left")
    story.do(named, "ingrid.solberg")
    assert story.holder("provider_sponsor") == "erik.strand"


def _heads(person: str) -> dict[str, str]:
    return {"head_of_engagement_management": person}


@pytest.mark.parametrize("person", ["kari.moe", "luca.ferri"])
def test_no_client_and_no_seller_sponsors_the_deal(person: PersonId) -> None:
    story = at(Stage.SOW)
    named = NameParty(party="provider_sponsor", person=story.person(person), reason="Why not")
    with pytest.raises((BadValue, NotByDefault)):
        story.do(named, "ingrid.solberg")


def test_a_position_that_passes_on_takes_its_asks_and_vacancies_along() -> None:
    story = Story("lindqvist")
    positions = dict(story.state.cast.positions) | {"head_of_delivery": "hanne.lund"}
    story.leaves(PersonId("priya.raman"), positions=positions)
    assert story.state.vacancies["delivery_lead"].accountable == "hanne.lund"


@pytest.mark.parametrize("leaves", [True, False])
def test_an_ask_that_climbed_to_a_position_follows_it_when_somebody_else_has_it(leaves: bool) -> None:
    story = at(Stage.QUALIFY).until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))
    story.wait(days=40)
    ask, director = story.ask(AskKind.CONFIRM_NEEDS), story.state.cast.positions["managing_director"]
    assert director in {stand_in.person_id for stand_in in ask.stand_ins}
    positions = {**story.state.cast.positions, "managing_director": "hanne.lund"}
    if leaves:
        story.leaves(director, positions=positions)
    else:
        story.directory_says(positions=positions)
    ask = story.ask(AskKind.CONFIRM_NEEDS)
    assert [s.person_id for s in ask.stand_ins if s.rung == "managing_director"] == ["hanne.lund"]
    assert story.state.accountable_for(ask) == "hanne.lund"
    asked = [event.stand_in.person_id for event in story.events(StandInAsked) if event.ask_id == ask.id]
    assert asked.count("hanne.lund") == 1


def test_an_older_word_of_the_directory_changes_nothing() -> None:
    story = at(Stage.DELIVER)
    story.directory_says()
    old = story.state.cast.people[PersonId("peter.olsen")].replace(active=False)
    late = TakeDirectory(version=0 + 1, people=(old,), positions=story.state.cast.positions, because="Late")
    story.directory_says()
    story.do(late, "ida.holm", channel="directory")
    assert story.holder("project_manager") == "peter.olsen"


# -- competence


def test_competence_that_is_gone_takes_the_role_and_says_what_lacks() -> None:
    story = at(Stage.DELIVER)
    manager = story.state.cast.people[story.holder("engagement_manager")]
    story.directory_says(manager.replace(competencies={**manager.competencies, "negotiation": 2}))
    vacancy = story.state.vacancies["engagement_manager"]
    assert vacancy.cause is VacancyCause.COMPETENCE_GONE
    assert vacancy.because == "Marta Silva no longer meets the requirements of the role"


def test_a_service_delivery_manager_is_no_engagement_manager() -> None:
    story = Story("halden")
    with pytest.raises(NotCompetent, match="is not engagement manager in the directory; client acquisition 2 of 4"):
        story.propose("engagement_manager", PersonId("sofie.berg"))


def test_only_the_head_waives_and_the_role_is_vacant_when_the_waiver_ends() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("sofie.berg"), waiver="Grown into it, with a coach")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I will")
    assert story.holder("engagement_manager") == "sofie.berg"
    story.wait(days=91)
    assert story.state.cast.holder("engagement_manager") is None
    assert "waiver for Sofie Berg ended" in story.state.vacancies["engagement_manager"].because


def test_a_waiver_that_is_not_needed_any_more_takes_nothing() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("sofie.berg"), waiver="Grown into it, with a coach")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I will")
    grown = story.person(PersonId("marta.silva"))
    sofie = story.person(PersonId("sofie.berg")).replace(roles=grown.roles, competencies=grown.competencies)
    story.directory_says(sofie)
    story.wait(days=100)
    assert story.holder("engagement_manager") == "sofie.berg"


def test_nobody_waives_for_another_function_or_for_themselves() -> None:
    story = at(Stage.PRICE)
    waiver = story.waiver("Trust me")
    lead = ProposeHolder(role="finance", person=story.person(PersonId("rosa.klein")), waiver=waiver)
    with pytest.raises(NotCompetent, match="Only the head"):
        story.do(lead, story.holder("engagement_manager"))
    with pytest.raises(OwnRequest):
        story.propose("finance", PersonId("erik.strand"), waiver="I know money")


def test_a_waiver_without_an_end_within_a_year_is_refused() -> None:
    story = Story("halden")
    endless = story.waiver("For ever", days=400)
    command = ProposeHolder(role="engagement_manager", person=story.person(PersonId("sofie.berg")), waiver=endless)
    with pytest.raises(BadValue, match="within the next year"):
        story.do(command, "tomasz.nowak")


# -- absence


def away(story: Story, person: str, first: int, last: int, delegate: str | None = None) -> Absence:
    return Absence(person=person, first=story.day(first), last=story.day(last), delegate=delegate)


def test_an_absence_without_a_delegate_is_a_vacancy_from_its_first_day_and_closes_with_its_last() -> None:
    story = at(Stage.DELIVER)
    manager = story.holder("engagement_manager")
    story.directory_says(absences=(away(story, manager, 2, 6),))
    assert "engagement_manager" not in story.state.vacancies
    story.wait(days=3)
    assert story.state.vacancies["engagement_manager"].cause is VacancyCause.AWAY
    assert story.holder("engagement_manager") == manager
    story.wait(days=5)
    assert "engagement_manager" not in story.state.vacancies


def test_a_delegate_named_for_the_absence_closes_the_vacancy() -> None:
    story = at(Stage.DELIVER)
    manager = story.holder("engagement_manager")
    absence = away(story, manager, 0, 9)
    story.directory_says(absences=(absence,))
    story.wait(hours=1)
    assert "engagement_manager" in story.state.vacancies
    story.directory_says(story.person(PersonId("jonas.weber")), absences=(absence.replace(delegate="jonas.weber"),))
    story.wait(hours=1)
    assert "engagement_manager" not in story.state.vacancies


@pytest.mark.parametrize("who", ["project_manager", "sales", "client_sponsor"])
def test_an_absence_covered_only_by_project_manager_seller_or_client_is_not_covered(who: str) -> None:
    story = at(Stage.DELIVER)
    manager = story.holder("engagement_manager")
    story.directory_says(absences=(away(story, manager, 0, 9, delegate=story.holder(who)),))
    story.wait(hours=1)
    assert story.state.vacancies["engagement_manager"].cause is VacancyCause.AWAY


def test_a_gate_that_needs_somebody_who_is_away_stays_shut_and_says_until_when() -> None:
    story = at(Stage.PRICE)
    list(story.cover(Stage.PRICE))
    story.directory_says(absences=(away(story, "marta.silva", 0, 9),))
    story.wait(hours=1)
    with pytest.raises(RoleVacant, match=r"Marta Silva is away until .* and nobody stands in"):
        story.propose_price()


def test_an_expert_who_has_given_all_hours_leaves_no_gap_while_away() -> None:
    story = at(Stage.PRICE)
    story.directory_says(absences=(away(story, story.holder("expert:data"), 0, 9),))
    story.wait(hours=1)
    assert "expert:data" not in missing(story.state, Stage.PRICE)


def test_an_ask_that_was_open_before_the_absence_is_put_to_the_delegate_when_it_begins() -> None:
    story, ask = deciding()
    finance = story.holder("finance")
    story.directory_says(absences=(away(story, finance, 1, 5, delegate="erik.strand"),))
    assert "erik.strand" not in story.now_of(ask).asked
    story.wait(days=1)
    assert "erik.strand" in story.now_of(ask).asked


# -- delegation


def given(story: Story, person: str, to: str, *, first: int = 0, last: int = 20, **scope: Any) -> Delegation:
    return Delegation.model_validate(
        {"person": person, "to": to, "first": story.day(first), "last": story.day(last), **scope}
    )


def delegated(**scope: Any) -> tuple[Story, Ask]:
    """Finance lets the CFO answer for them; then the deal comes to the vote."""
    story = Story("halden").until(lambda s: s.state.price is not None)
    finance = story.state.cast.holder("finance") or "grace.oduya"
    story.directory_says(delegations=(given(story, finance, "erik.strand", **scope),))
    list(story.answer_all(AskKind.APPROVE_PRICE))
    list(story.cover(Stage.DECIDE))
    return story, story.ask(AskKind.DECIDE_DEAL)


def test_a_delegate_answers_at_once_and_the_record_names_both() -> None:
    story, ask = delegated()
    story.answer(ask, by="erik.strand")
    vote = story.now_of(ask).vote_of(PersonId("grace.oduya"))
    assert vote is not None
    assert (vote.voter, vote.by) == ("grace.oduya", "erik.strand")


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ({}, True),
        ({"kinds": ("decide_deal",)}, True),
        ({"kinds": ("approve_price",)}, False),
        ({"roles": ("finance",)}, True),
        ({"roles": ("legal",)}, False),
        ({"up_to": 10_000_000}, True),
        ({"up_to": 100_000}, False),
        ({"first": 10}, False),
    ],
)
def test_a_delegation_covers_what_its_roles_kinds_amount_and_dates_say(scope: dict[str, Any], covers: bool) -> None:
    story, ask = delegated(**scope)
    assert ("erik.strand" in story.now_of(ask).asked) == covers


def test_a_delegation_that_is_over_lets_nobody_answer_any_more() -> None:
    story, ask = delegated(last=1)
    assert "erik.strand" in ask.asked
    story.wait(days=2)
    asked_by_the_ladder = [e for e in story.events(StandInAsked) if e.stand_in.rung != "delegation"]
    still = {s.person_id for s in story.now_of(ask).stand_ins}
    assert "erik.strand" not in still or asked_by_the_ladder


def test_a_delegation_that_is_taken_back_lets_nobody_answer_any_more() -> None:
    story, ask = delegated()
    assert "erik.strand" in ask.asked
    story.directory_says(delegations=())
    assert "erik.strand" not in story.now_of(ask).asked
    with pytest.raises(PermissionDenied):
        story.answer(ask, by="erik.strand")


def test_who_is_back_early_is_stood_in_for_no_more() -> None:
    story, ask = deciding()
    finance = story.holder("finance")
    story.directory_says(absences=(away(story, finance, 0, 5, delegate="erik.strand"),))
    story.wait(minutes=5)
    assert "erik.strand" in story.now_of(ask).asked
    story.directory_says(absences=())
    assert "erik.strand" not in story.now_of(ask).asked


def test_an_absence_that_is_only_prolonged_keeps_its_delegate_asked() -> None:
    story, ask = deciding()
    absence = away(story, story.holder("finance"), 0, 5, delegate="erik.strand")
    story.directory_says(absences=(absence,))
    story.wait(minutes=5)
    (since,) = (s.since for s in story.now_of(ask).stand_ins)
    story.directory_says(absences=(absence.replace(last=story.day(8)),))
    assert [s.since for s in story.now_of(ask).stand_ins] == [since]


def test_a_delegate_who_asked_for_it_is_passed_over() -> None:
    story = Story("halden").until(lambda s: s.state.price is not None)
    story.directory_says(delegations=(given(story, "grace.oduya", story.deal.salesperson),))
    list(story.answer_all(AskKind.APPROVE_PRICE))
    list(story.cover(Stage.DECIDE))
    assert story.deal.salesperson not in story.ask(AskKind.DECIDE_DEAL).asked


def test_a_delegation_goes_one_step_only() -> None:
    story = Story("halden").until(lambda s: s.state.price is not None)
    chain = (given(story, "grace.oduya", "erik.strand"), given(story, "erik.strand", "hanne.lund"))
    story.directory_says(delegations=chain)
    list(story.answer_all(AskKind.APPROVE_PRICE))
    list(story.cover(Stage.DECIDE))
    asked = story.ask(AskKind.DECIDE_DEAL).asked
    assert "erik.strand" in asked
    assert "hanne.lund" not in asked


# -- handing over


def test_a_successor_takes_over_when_they_accept_and_the_holder_stays_beside_them_until_their_last_day() -> None:
    story = at(Stage.DELIVER)
    before, last_day = story.holder("engagement_manager"), story.day(10)
    reason = "The client and Marta do not find to each other"
    successor = ReplaceHolder(
        role="engagement_manager", person=story.person(PersonId("jonas.weber")), reason=reason, last_day=last_day
    )
    story.do(successor, "tomasz.nowak")
    assert story.holder("engagement_manager") == before
    ask = story.ask(AskKind.ACCEPT_ROLE)
    assert story.shown(ask)["takes over from"] == "Marta Silva"
    assert reason not in ask.facts.values()
    story.answer(ask, reason="Gladly")
    assert story.holder("engagement_manager") == "jonas.weber"
    assert may_see(story.state, Actor(person_id=before), Sight.EXISTENCE)
    story.wait(days=12)
    assert story.state.handovers == ()
    assert not may_see(story.state, Actor(person_id=before), Sight.FIGURES)


def test_the_last_day_comes_whether_a_successor_has_accepted_or_not() -> None:
    story = at(Stage.DELIVER)
    successor = ReplaceHolder(
        role="engagement_manager",
        person=story.person(PersonId("jonas.weber")),
        reason="Time to go",
        last_day=story.day(10),
    )
    story.do(successor, "tomasz.nowak")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE, reason="No time")
    story.wait(days=12)
    vacancy = story.state.vacancies["engagement_manager"]
    assert story.state.cast.holder("engagement_manager") is None
    assert vacancy.cause is VacancyCause.EXPIRED


def test_a_week_before_a_role_ends_its_successor_is_sought_and_gates_stay_open_until_it_does() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="business_analyst", reason="Left"), "priya.raman")
    story.request_role("business_analyst", story.holder("project_manager"))
    story.answer(story.ask(AskKind.ALLOW_ROLE), reason="Until we have hired")
    assert "business_analyst" not in story.state.vacancies
    story.wait(days=14)
    vacancy = story.state.vacancies["business_analyst"]
    assert vacancy.cause is VacancyCause.ENDING
    assert "business_analyst" not in missing(story.state, Stage.DELIVER)
    story.wait(days=7)
    assert story.state.vacancies["business_analyst"].cause is VacancyCause.EXPIRED
    assert story.state.vacancies["business_analyst"].since == vacancy.since
    assert "business_analyst" in missing(story.state, Stage.DELIVER)


# -- asking for a role


def test_a_competent_colleague_takes_an_offered_vacancy_in_their_own_words_when_its_head_allows_it() -> None:
    story = Story("halden")
    story.request_role("engagement_manager", PersonId("marta.silva"), "I know energy", days=None)
    ask = story.ask(AskKind.ALLOW_ROLE)
    assert ask.asked == ("tomasz.nowak",)
    story.answer(ask)
    assert story.holder("engagement_manager") == "marta.silva"
    assert story.state.holdings["engagement_manager"].words == "I know energy"


def test_a_head_who_wishes_for_a_role_themselves_is_allowed_it_by_whoever_stands_above() -> None:
    story = Story("halden")
    story.request_role("delivery_lead", PersonId("priya.raman"), "Until Anil is free")
    assert story.ask(AskKind.ALLOW_ROLE).asked == ("ingrid.solberg",)


def test_a_role_that_is_held_is_nobodys_to_take() -> None:
    story = at(Stage.DELIVER)
    with pytest.raises(BadValue, match="not vacant"):
        story.request_role("engagement_manager", PersonId("jonas.weber"))


# -- expectations


def test_what_is_expected_of_a_holder_is_confirmed_by_the_client() -> None:
    story = at(Stage.DELIVER)
    expected = (Expectation(what="A word every Friday", by=story.day(7)),)
    story.do(AgreeExpectations(role="customer_care", expectations=expected), story.holder("engagement_manager"))
    ask = story.ask(AskKind.CONFIRM_EXPECTATIONS)
    assert ask.asked == (story.holder("client_sponsor"),)
    story.answer(ask)
    holding = story.state.holdings["customer_care"]
    assert holding.expectations == expected
    assert holding.confirmed_by == story.holder("client_sponsor")


def test_the_engagement_managers_counterpart_confirms_where_one_is_named() -> None:
    story = at(Stage.DELIVER)
    named = NameParty(party="counterpart", person=story.person(PersonId("odd.vik")), reason="Agreed with Kari")
    story.do(named, story.holder("engagement_manager"))
    expected = (Expectation(what="A word every Friday"),)
    story.do(AgreeExpectations(role="customer_care", expectations=expected), story.holder("engagement_manager"))
    assert story.ask(AskKind.CONFIRM_EXPECTATIONS).asked == ("odd.vik",)


# -- the project manager's second hat, by every door


def second_hat() -> tuple[Story, PersonId]:
    """In delivery, quality vacant: the role that the project manager might slide into."""
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    return story, story.holder("project_manager")


def test_a_project_manager_proposed_for_a_second_role_accepts_it_in_words_or_not_at_all() -> None:
    story, pm = second_hat()
    story.propose("quality", pm, until=story.day(20), waiver="Has done it")
    with pytest.raises(ExplicitApprovalRequired):
        story.answer(story.ask(AskKind.ACCEPT_ROLE))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I take it until the new one comes")
    assert story.holder("quality") == pm
    assert story.state.holdings["quality"].until == story.day(20)


def test_a_project_manager_is_not_proposed_for_a_second_role_without_an_end() -> None:
    story, pm = second_hat()
    with pytest.raises(NotByDefault):
        story.propose("quality", pm, waiver="Has done it")


def test_a_second_role_ends_within_thirty_days() -> None:
    story, pm = second_hat()
    with pytest.raises(NotByDefault, match="at most 30 days"):
        story.propose("quality", pm, until=story.day(31), waiver="Has done it")


@pytest.mark.parametrize("role", ["engagement_manager", "customer_care"])
def test_excluded_pairs_stay_excluded_however_they_are_asked_for(role: str) -> None:
    story = at(Stage.DELIVER)
    pm, head = story.holder("project_manager"), story.holder(story.state.head_role(role))
    story.do(ReleaseRole(role=role, reason="Left"), head)
    with pytest.raises(NotByDefault, match="cannot be the same person"):
        story.propose(role, pm, until=story.day(20), waiver="Has done it")
    with pytest.raises(NotByDefault, match="cannot be the same person"):
        story.request_role(role, pm)


def test_a_bulk_replacement_by_the_project_manager_is_refused() -> None:
    story = at(Stage.DELIVER)
    command = ReplaceHolder(
        role="quality", person=story.person(PersonId("peter.olsen")), reason="Olga leaves everywhere"
    )
    with pytest.raises(NotByDefault):
        story.do(command, "ida.holm", channel="directory")


def test_a_delegation_to_the_project_manager_is_passed_over() -> None:
    story = at(Stage.DELIVER)
    pm, manager = story.holder("project_manager"), story.holder("engagement_manager")
    story.directory_says(delegations=(given(story, manager, pm),))
    story.do(RecordPotentialChange(text="Can we also have it in green?"), pm)
    assert pm not in story.ask(AskKind.POTENTIAL_CHANGE).asked


def test_a_deputy_who_manages_the_project_is_passed_over_and_the_ladder_climbs() -> None:
    story = at(Stage.DELIVER)
    pm, manager = story.holder("project_manager"), story.holder("engagement_manager")
    story.directory_says(story.state.cast.people[manager].replace(deputy=pm))
    story.do(RecordPotentialChange(text="Can we also have it in green?"), story.holder("customer_care"))
    story.wait(days=10)
    ask = story.ask(AskKind.POTENTIAL_CHANGE)
    assert pm not in {stand_in.person_id for stand_in in ask.stand_ins}
    assert ask.stand_ins


def test_an_escalation_position_held_by_the_project_manager_is_climbed_past() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    story.directory_says(positions={**story.state.cast.positions, "head_of_quality": pm})
    story.do(ReleaseRole(role="quality", reason="Left"), story.holder("engagement_manager"))
    vacancy = story.state.vacancies["quality"]
    assert vacancy.accountable != pm
    story.wait(days=20)
    assert pm not in story.state.vacancies["quality"].told


def test_the_engagement_is_never_the_project_managers_for_want_of_another() -> None:
    story = at(Stage.DELIVER)
    pm, manager = story.holder("project_manager"), story.holder("engagement_manager")
    story.leaves(manager, positions={**story.state.cast.positions, "head_of_engagement_management": pm})
    assert story.state.manager not in {pm, manager}
    assert story.state.vacancies["engagement_manager"].accountable not in {pm, manager}


def test_an_absence_of_everybody_above_still_leaves_no_role_to_the_project_manager() -> None:
    story, pm = second_hat()
    heads = set(story.state.cast.positions.values())
    story.directory_says(absences=tuple(away(story, head, 0, 40, delegate=pm) for head in sorted(heads)))
    story.wait(days=30)
    assert pm not in {vacancy.accountable for vacancy in story.state.vacancies.values()}
    assert story.state.cast.holder("quality") is None


def test_nobody_but_the_engagement_manager_and_heads_replaces_a_holder() -> None:
    story = at(Stage.DELIVER)
    command = ReplaceHolder(role="quality", person=story.person(PersonId("hanne.lund")), reason="I would rather")
    with pytest.raises(PermissionDenied):
        story.do(command, story.holder("project_manager"))


def test_an_ask_of_a_change_order_moves_with_its_people_too() -> None:
    story = at(Stage.DELIVER)
    story.until(lambda s: any(ask.kind is AskKind.APPROVE_CHANGE for ask in s.open_asks()))
    ask = story.ask(AskKind.APPROVE_CHANGE)
    story.leaves(ask.silent[0].person_id)
    moved = story.now_of(ask)
    assert moved.outcome is Outcome.OPEN
    assert ask.silent[0].person_id not in moved.asked
    assert moved.asked


def test_a_change_order_asks_a_delegate_and_lets_them_go_as_the_engagement_does() -> None:
    story = at(Stage.DELIVER)
    story.until(lambda s: any(ask.kind is AskKind.APPROVE_CHANGE for ask in s.open_asks()))
    ask = story.ask(AskKind.APPROVE_CHANGE)
    person, delegate = ask.silent[0].person_id, "sofie.berg"
    story.directory_says(delegations=(given(story, person, delegate),))
    assert delegate in story.now_of(ask).asked
    story.directory_says(delegations=())
    assert delegate not in story.now_of(ask).asked


def test_a_moment_comes_only_once_for_a_period_that_nobody_can_cover() -> None:
    story = at(Stage.DELIVER)
    story.directory_says(absences=(away(story, story.holder("engagement_manager"), -5, -2),))
    story.wait(days=1)
    assert story.state.cast.absences == ()


@pytest.mark.parametrize("role", ["engagement_manager", "expert:data"])
def test_a_role_that_is_held_is_not_proposed_to_another(role: str) -> None:
    story = at(Stage.PRICE)
    holder, other = (
        story.holder(role),
        PersonId("jonas.weber") if role == "engagement_manager" else PersonId("rosa.klein"),
    )
    waiver = story.waiver("With a coach.")
    command = ProposeHolder(role=role, person=story.person(other), waiver=waiver)
    with pytest.raises(RoleHeld, match=f"is held by {story.state.cast.name(holder)}") as refused:
        story.do(command, story.holder(story.state.head_role(role)))
    remedy = refused.value.refused.remedy
    assert remedy.startswith(f"To have {story.state.cast.name(other)} take over, use replace, with the reason")
    assert ("further expert" in remedy) == (role == "expert:data")
    assert story.holder(role) == holder
    assert role not in story.state.proposals


def test_no_level_of_anybody_stands_in_a_vacancy_that_a_whole_deal_reads() -> None:
    story = at(Stage.DECIDE)
    manager = story.holder("engagement_manager")
    story.leaves(manager, absences=())
    known = story.state.cast.people[manager]
    weak = known.replace(competencies=dict.fromkeys(known.competencies, 1))
    other = at(Stage.DECIDE)
    other.directory_says(weak)
    for vacancy in (*story.state.vacancies.values(), *other.state.vacancies.values()):
        assert not any(sign.isdigit() for sign in vacancy.because), vacancy.because
