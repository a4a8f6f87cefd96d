"""Ways by which somebody might answer, hold or judge what is not theirs; each is a claim that it is shut."""

from datetime import timedelta

import pytest

from domain.asks.card import CardPlace, card_for
from domain.asks.choices import AnswerChoice, Wanted
from domain.asks.events import StandInAsked
from domain.asks.model import Ask, AskKind, Condition, Outcome, Verdict
from domain.directory.checks import directory_problems
from domain.directory.people import Absence, Delegation
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.closing.commands import HoldEngagement
from domain.engagement.roles.commands import NameParty, ReleaseRole, ReplaceHolder
from domain.engagement.roles.values import VacancyCause
from domain.engagement.timers import advance_to
from domain.playbook.model import Stage
from domain.shared.errors import (
    BadValue,
    ExplicitApprovalRequired,
    NotByDefault,
    NotCompetent,
    OwnRequest,
    PermissionDenied,
)
from domain.shared.values import EngagementId, PersonId
from tests.domain.story import FIRM, Story, at


def away(story: Story, person: str, last: int = 9, delegate: str | None = None) -> Absence:
    return Absence(person=person, first=story.day(), last=story.day(last), delegate=delegate)


def given(story: Story, person: str, to: str, last: int = 20) -> Delegation:
    return Delegation(person=person, to=to, first=story.day(), last=story.day(last))


def deciding() -> tuple[Story, Ask]:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.DECIDE_DEAL)))
    return story, story.ask(AskKind.DECIDE_DEAL)


def with_a_manager(stage: Stage = Stage.DECIDE) -> tuple[Story, PersonId]:
    """Halden with its project manager named early, so that they could get in the way of what is decided."""
    story = Story("halden").to(stage)
    story.propose("project_manager", PersonId("peter.olsen"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I will")
    return story, PersonId("peter.olsen")


def heading(story: Story, position: str, person: PersonId) -> None:
    """From now on somebody holds a position of the firm."""
    story.directory_says(story.person(person), positions={**story.state.cast.positions, position: person})


# -- by the directory


@pytest.mark.parametrize("role", ["engagement_manager", "customer_care", "client_signatory"])
def test_a_position_named_like_a_role_is_refused(role: str) -> None:
    problems = directory_problems(FIRM.replace(positions={**FIRM.positions, role: "sofie.berg"}))
    assert [problem.where for problem in problems] == [f"positions.{role}"]


def test_a_position_named_like_a_role_makes_nobody_its_holder() -> None:
    story = at(Stage.DELIVER)
    story.directory_says(positions={**story.state.cast.positions, "quality": "peter.olsen"})
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    assert story.state.cast.holder("quality") is None


def test_a_calendar_that_is_corrected_reaches_who_works_by_it() -> None:
    story = at(Stage.DELIVER)
    german = FIRM.calendars["DE"]
    more = german.replace(holidays=(*german.holidays, story.day(3)))
    story.directory_says(calendars=(more,))
    assert story.day(3) in story.state.cast.calendars["DE"].holidays


# -- taken back


def test_who_stood_in_by_a_delegation_that_was_taken_back_answers_no_more() -> None:
    story = Story("halden").until(lambda s: s.state.price is not None)
    story.directory_says(delegations=(given(story, "grace.oduya", "erik.strand"),))
    list(story.answer_all(AskKind.APPROVE_PRICE))
    list(story.cover(Stage.DECIDE))
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.wait(hours=1)
    assert "erik.strand" in story.now_of(ask).asked
    story.directory_says(delegations=())
    assert "erik.strand" not in story.now_of(ask).asked


def test_a_delegate_taken_back_answers_no_more_in_a_change_order_either() -> None:
    story = at(Stage.DELIVER).until(lambda s: any(a.kind is AskKind.APPROVE_CHANGE for a in s.open_asks()))
    ask = story.ask(AskKind.APPROVE_CHANGE)
    lead = ask.silent[0].person_id
    story.directory_says(delegations=(given(story, lead, "hanne.lund"),))
    story.wait(hours=1)
    assert "hanne.lund" in story.now_of(ask).asked
    story.directory_says(delegations=())
    assert "hanne.lund" not in story.now_of(ask).asked


# -- the last word


def test_a_project_manager_who_directs_the_firm_has_not_the_last_word() -> None:
    story, pm = with_a_manager()
    heading(story, "managing_director", pm)
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, by=story.holder("engagement_manager"))
    story.answer(ask, Verdict.RETURN, by=story.holder("delivery_lead"))
    story.leaves(story.holder("finance"))
    assert story.now_of(ask).final_person != pm
    assert pm not in story.now_of(ask).asked


def test_the_sponsor_does_not_become_project_manager() -> None:
    story = at(Stage.SOW)
    named = NameParty(party="provider_sponsor", person=story.person(PersonId("nadia.haddad")), reason="She knows them")
    story.do(named, "ingrid.solberg")
    with pytest.raises(NotByDefault, match="sponsors this deal"):
        story.propose("project_manager", PersonId("nadia.haddad"), until=story.day(20))


def test_what_a_head_is_asked_stays_with_whoever_stands_above_where_the_manager_is_that_head() -> None:
    story, pm = with_a_manager(Stage.SOW)
    heading(story, "head_of_quality", pm)
    story.request_role("quality", PersonId("sofie.berg"))
    ask = story.ask(AskKind.ALLOW_ROLE)
    assert pm not in ask.asked
    story.wait(days=3)
    assert pm not in story.now_of(ask).asked


def test_a_condition_that_nobody_meets_climbs_past_a_project_manager_who_heads_the_managers() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    heading(story, "head_of_engagement_management", pm)
    assert story.state.overseer != pm


# -- second roles and waivers


def test_replacing_somebody_never_lengthens_what_they_hold() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    pm = story.holder("project_manager")
    story.propose("quality", pm, until=story.day(20), waiver="Has done it")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Until the new one comes")
    until = story.state.holdings["quality"].until
    last = ReplaceHolder(
        role="quality",
        person=story.person(PersonId("olga.petrova")),
        reason="She is back soon",
        last_day=story.day(300),
    )
    story.do(last, story.holder("engagement_manager"))
    assert story.state.holdings["quality"].until == until


def test_an_expert_who_would_manage_the_project_is_refused_by_what_they_hold() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    expert = story.holder("expert:data")
    with pytest.raises(NotByDefault, match=r"is expert for data.* here: being project manager as well") as refused:
        story.propose("project_manager", expert)
    assert "is the project manager here" not in str(refused.value)


def test_a_second_role_of_the_project_manager_is_accepted_in_their_own_words_and_their_card_asks_for_them() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    pm = story.holder("project_manager")
    story.propose("quality", pm, until=story.day(20), waiver="Has done it")
    ask = story.ask(AskKind.ACCEPT_ROLE)
    assert Wanted.REASON in yes_of(story, ask, pm).wants
    with pytest.raises(ExplicitApprovalRequired, match="accept in their own words") as refused:
        story.answer(ask, reason=None)
    assert refused.value.refused.field == "reason"
    story.answer(ask, reason="Until the new one comes")
    assert story.state.holdings["quality"].words == "Until the new one comes"


def test_a_first_role_may_be_accepted_in_words_and_a_waiver_must_be_given_in_some() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("marta.silva"))
    assert yes_of(story, story.ask(AskKind.ACCEPT_ROLE), PersonId("marta.silva")).wants == ()
    story.request_role("delivery_lead", PersonId("sofie.berg"))
    allow = story.ask(AskKind.ALLOW_ROLE)
    assert Wanted.REASON in yes_of(story, allow, allow.silent[0].person_id).wants


def yes_of(story: Story, ask: Ask, person: PersonId) -> AnswerChoice:
    """How somebody says yes on their card."""
    card = card_for(story.state, ask, CardPlace(EngagementId("ENG-2026-0001"), "Title", "Client"), person, whole=True)
    return card.choices[0]


def test_a_further_expert_holds_until_their_date_and_is_recorded_like_the_first() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    story.propose("expert:testing", pm, until=story.day(10), waiver="Tested for years", further=True)
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Ten days")
    assert pm in story.state.cast.experts("testing")
    story.wait(days=11)
    assert pm not in story.state.cast.experts("testing")


def test_a_further_expert_who_moves_up_keeps_their_words_and_their_end() -> None:
    story = at(Stage.DELIVER)
    story.propose(
        "expert:testing", PersonId("rosa.klein"), until=story.day(10), waiver="Tested for years", further=True
    )
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Ten days")
    story.do(ReleaseRole(role="expert:testing", reason="Left"), story.holder("head_of_delivery"))
    assert story.state.holdings["expert:testing"].words == "Ten days"
    assert story.state.holdings["expert:testing"].until == story.day(10)


def test_a_waiver_is_nobodys_but_the_heads_to_give() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    story.request_role("quality", PersonId("sofie.berg"))
    ask = story.ask(AskKind.ALLOW_ROLE)
    with pytest.raises(ExplicitApprovalRequired):
        story.do(DelegateAsk(ask_id=ask.id, to="yuki.tanaka"), "hanne.lund")
    story.directory_says(delegations=(given(story, "hanne.lund", "yuki.tanaka"),))
    story.wait(hours=1)
    with pytest.raises(ExplicitApprovalRequired):
        story.answer(ask, by="yuki.tanaka", reason="Fine with me")


def test_levels_that_fell_before_the_yes_are_seen_at_the_yes() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("jonas.weber"))
    jonas = story.state.cast.people[PersonId("jonas.weber")]
    story.directory_says(jonas.replace(competencies={**jonas.competencies, "negotiation": 0}))
    with pytest.raises(NotCompetent, match="negotiation 0 of 3"):
        story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")


def test_a_waiver_covers_what_lacked_when_it_was_given_and_nothing_more() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("sofie.berg"), waiver="With a coach")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    story.directory_says(story.person(PersonId("sofie.berg")))
    assert story.holder("engagement_manager") == "sofie.berg"
    story.directory_says(story.person(PersonId("sofie.berg")).replace(competencies={}))
    assert story.state.vacancies["engagement_manager"].cause is VacancyCause.COMPETENCE_GONE


def test_a_successor_is_sought_a_week_before_a_waiver_ends() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("sofie.berg"), waiver="With a coach")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    story.wait(days=84)
    assert story.state.vacancies["engagement_manager"].cause is VacancyCause.ENDING


# -- who sold


def test_who_sold_the_deal_before_reviews_it_for_nobody() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW)))
    seller = story.deal.salesperson
    story.propose("sales", PersonId("aisha.khan"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    ask = story.ask(AskKind.REVIEW_SOW)
    story.directory_says(delegations=(given(story, story.holder("legal"), seller),))
    story.wait(hours=1)
    assert seller not in story.now_of(ask).asked


# -- away


def test_a_deputy_who_is_away_too_covers_nobody() -> None:
    story = at(Stage.DELIVER)
    story.directory_says(absences=(away(story, "grace.oduya"), away(story, "erik.strand")))
    story.wait(hours=1)
    assert story.state.vacancies["finance"].cause is VacancyCause.AWAY


def test_customer_care_does_not_cover_the_engagement_manager() -> None:
    story = at(Stage.DELIVER)
    manager, care = story.holder("engagement_manager"), story.holder("customer_care")
    story.directory_says(absences=(away(story, manager, delegate=care),))
    story.wait(hours=1)
    assert story.state.vacancies["engagement_manager"].cause is VacancyCause.AWAY


def test_a_role_whose_holder_is_on_holiday_is_nobodys_to_take() -> None:
    story = at(Stage.DELIVER)
    story.directory_says(absences=(away(story, story.holder("quality")),))
    story.wait(hours=1)
    assert "quality" in story.state.vacancies
    with pytest.raises(BadValue, match="not vacant"):
        story.request_role("quality", PersonId("sofie.berg"))


# -- accountable


def test_a_vacancy_that_climbed_to_the_sponsor_is_the_next_sponsors() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    story.wait(days=3)
    before = story.state.vacancies["quality"]
    assert before.rung >= 3
    named = NameParty(party="provider_sponsor", person=story.person(PersonId("erik.strand")), reason="Tomasz is busy")
    story.do(named, "ingrid.solberg")
    assert story.state.vacancies["quality"].accountable in {"erik.strand", "ingrid.solberg"}


def test_a_vacancy_opens_on_hold_too_with_its_clock_standing() -> None:
    story = at(Stage.DELIVER)
    story.do(HoldEngagement(reason="The client pauses", until=story.day(20)), story.holder("engagement_manager"))
    story.leaves(story.holder("engagement_manager"))
    vacancy = story.state.vacancies["engagement_manager"]
    assert vacancy.clock.since is None
    assert vacancy.accountable == "tomasz.nowak"
    story.propose("engagement_manager", PersonId("jonas.weber"))
    assert story.ask(AskKind.ACCEPT_ROLE)


def test_a_delegation_that_begins_late_takes_nothing_off_whoever_stands_above() -> None:
    story, ask = deciding()
    story.wait(days=6)
    above = story.state.accountable_for(story.now_of(ask))
    silent = story.now_of(ask).silent[0].person_id
    story.directory_says(story.person(PersonId("olga.petrova")), delegations=(given(story, silent, "olga.petrova"),))
    story.wait(hours=1)
    assert story.state.accountable_for(story.now_of(ask)) == above


# -- votes


def test_many_small_changes_are_not_decided_by_a_delegate_for_small_amounts() -> None:
    story = at(Stage.DELIVER).until(lambda s: any(a.kind is AskKind.APPROVE_CHANGE for a in s.open_asks()))
    n = max(story.orders)
    order = story.orders[n]
    assert order.value_of(story.ask(AskKind.APPROVE_CHANGE)) == order.brief.total
    assert order.brief.total >= abs(order.brief.facts.price)


def test_a_review_for_one_role_is_none_for_another_that_the_reviewer_takes_later() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW)))
    ask = story.ask(AskKind.REVIEW_SOW)
    finance = story.holder("finance")
    story.answer(ask, by=finance)
    story.do(ReleaseRole(role="legal", reason="Left"), story.holder("general_counsel"))
    story.propose("legal", finance, waiver="Reads contracts all day")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="For now")
    assert any("legal" in voter.roles for voter in story.now_of(ask).silent)


# -- leaving with a successor


def test_a_successor_is_asked_in_the_step_in_which_somebody_leaves() -> None:
    story = at(Stage.DELIVER)
    marta = story.state.cast.people[PersonId("marta.silva")]
    left = marta.replace(active=False, left_because="Moves to the sea", successor="jonas.weber")
    story.directory_says(left, story.person(PersonId("jonas.weber")))
    ask = story.ask(AskKind.ACCEPT_ROLE)
    assert ask.asked == ("jonas.weber",)
    assert story.shown(ask)["takes over from"] == "Marta Silva"
    assert story.state.vacancies["engagement_manager"].because == "Marta Silva has left: Moves to the sea"


def test_a_successor_who_may_not_is_not_asked_and_the_vacancy_says_why() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    olga = story.state.cast.people[PersonId("olga.petrova")]
    story.directory_says(olga.replace(active=False, left_because="Retires", successor=pm))
    assert not any(ask.outcome is Outcome.OPEN and ask.kind is AskKind.ACCEPT_ROLE for ask in story.open_asks())
    assert "who was named as successor, cannot hold it" in story.state.vacancies["quality"].because


def test_whoever_stands_in_is_told() -> None:
    story = Story("halden").until(lambda s: s.state.price is not None)
    story.directory_says(delegations=(given(story, "grace.oduya", "erik.strand"),))
    list(story.answer_all(AskKind.APPROVE_PRICE))
    list(story.cover(Stage.DECIDE))
    assert "erik.strand" in {event.stand_in.person_id for event in story.events(StandInAsked)}


# -- dates


@pytest.mark.parametrize("days", [-1, 400, 60_000])
def test_a_last_day_lies_within_a_year(days: int) -> None:
    story = at(Stage.DELIVER)
    command = ReplaceHolder(
        role="engagement_manager", person=story.person(PersonId("jonas.weber")), reason="Soon", last_day=story.day(days)
    )
    with pytest.raises(BadValue, match="within the next year"):
        story.do(command, "tomasz.nowak")


def test_a_role_accepted_after_its_end_is_nobodys() -> None:
    story = Story("halden")
    story.propose("delivery_lead", PersonId("anil.mehta"), until=story.day(3))
    story.wait(days=5)
    with pytest.raises(BadValue, match="The end date must be"):
        story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Sorry, I was ill")


def test_a_wish_granted_after_somebody_became_project_manager_has_an_end_or_is_none() -> None:
    story = at(Stage.BRD)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    story.request_role("quality", PersonId("peter.olsen"), days=200)
    story.propose("project_manager", PersonId("peter.olsen"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:project_manager"), reason="I will")
    with pytest.raises(NotByDefault):
        story.answer(story.ask(AskKind.ALLOW_ROLE), reason="Known for long")


def test_nobody_proposes_themselves() -> None:
    story = Story("halden")
    with pytest.raises(OwnRequest, match="You cannot propose yourself"):
        story.propose("delivery_lead", PersonId("priya.raman"), waiver="I know it all")


def test_a_head_who_manages_the_project_does_nothing_as_head() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    heading(story, "head_of_quality", pm)
    with pytest.raises(PermissionDenied):
        story.do(ReleaseRole(role="quality", reason="I would rather"), pm)


def test_time_comes_before_an_answer_that_overtook_its_timer() -> None:
    story = at(Stage.DELIVER)
    story.propose(
        "expert:testing", PersonId("rosa.klein"), until=story.day(10), waiver="Tested for years", further=True
    )
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Ten days")
    late = advance_to(story.state, story.now + timedelta(days=11))
    assert "rosa.klein" not in late.cast.experts("testing")


def test_who_has_grown_since_a_waiver_keeps_the_role() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("sofie.berg"), waiver="With a coach")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    sofie = story.person(PersonId("sofie.berg"))
    story.directory_says(sofie.replace(competencies={**sofie.competencies, "client_acquisition": 3}))
    assert story.holder("engagement_manager") == "sofie.berg"


def test_an_expert_here_sees_no_margin_as_somebodys_delegate() -> None:
    story = Story("halden").until(lambda s: s.state.stage is Stage.PRICE)
    expert = story.holder("expert:data")
    by_trade = story.state.cast.people[expert].replace(roles=("delivery_lead", "expert:data"))
    story.directory_says(by_trade, delegations=(given(story, "marta.silva", expert),))
    list(story.cover(Stage.PRICE))
    story.propose_price(discount_percent=30)
    assert expert not in story.ask(AskKind.APPROVE_PRICE).asked


def test_a_condition_of_somebody_who_left_before_the_outcome_is_the_managers() -> None:
    story, ask = deciding()
    owner = story.holder("expert:development")
    conditions = (Condition(text="Insure the data", owner=owner, due=story.day(30)),)
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, by=story.holder("engagement_manager"), conditions=conditions)
    story.leaves(owner)
    story.answer(ask, by=story.holder("delivery_lead"))
    assert [task.owner for task in story.state.tasks.values()] == [story.holder("engagement_manager")]


@pytest.mark.parametrize("name", ["administrator", "directory", "their assistant", "experts"])
def test_no_position_is_named_like_a_right(name: str) -> None:
    problems = directory_problems(FIRM.replace(positions={**FIRM.positions, name: "sven.aas"}))
    assert [problem.where for problem in problems] == [f"positions.{name}"]


def test_the_managing_director_and_the_cfo_are_two_people() -> None:
    problems = directory_problems(
        FIRM.replace(positions={**FIRM.positions, "cfo": FIRM.positions["managing_director"]})
    )
    assert [problem.where for problem in problems] == ["positions.cfo"]


def test_every_state_on_the_way_loads_from_its_own_dump() -> None:
    story = at(Stage.DELIVER)
    last = ReplaceHolder(
        role="engagement_manager", person=story.person(PersonId("jonas.weber")), reason="Soon", last_day=story.day(300)
    )
    story.do(last, "tomasz.nowak")
    assert Engagement.model_validate_json(story.state.model_dump_json()) == story.state


def test_a_manager_who_heads_delivery_attests_nobodys_hours() -> None:
    story, pm = with_a_manager(Stage.ESTIMATE)
    story.until(lambda s: any(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    heading(story, "head_of_delivery", pm)
    list(story.answer_all(AskKind.CONFIRM_STAFFING))
    asked = {person for ask in story.state.open_asks(AskKind.ATTEST_ESTIMATE) for person in ask.asked}
    assert asked
    assert pm not in asked


@pytest.mark.parametrize(("role", "person"), [("quality", "hanne.lund"), ("finance", "marta.silva")])
def test_nobody_replaces_a_holder_by_themselves(role: str, person: PersonId) -> None:
    story = at(Stage.DELIVER)
    command = ReplaceHolder(role=role, person=story.person(person), reason="I do it better")
    with pytest.raises(OwnRequest):
        story.do(command, person)


def test_an_absences_delegate_answers_no_longer_than_it_lasts_however_high_the_ladder_stands() -> None:
    story, ask = deciding()
    manager = story.holder("engagement_manager")
    story.directory_says(absences=(away(story, manager, last=3, delegate="jonas.weber"),))
    story.wait(hours=1)
    assert "jonas.weber" in story.now_of(ask).asked
    story.wait(days=6)
    assert story.now_of(ask).rung > 0
    assert "jonas.weber" not in story.now_of(ask).asked


def test_a_further_expert_who_becomes_the_first_is_one_expert() -> None:
    story = at(Stage.DELIVER)
    story.propose("expert:testing", PersonId("rosa.klein"), waiver="Tested for years", further=True)
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    command = ReplaceHolder(
        role="expert:testing",
        person=story.person(PersonId("rosa.klein")),
        reason="Yuki moves on",
        waiver=story.waiver("Tested for years"),
    )
    story.do(command, story.holder("head_of_delivery"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    assert story.state.cast.experts("testing") == ("rosa.klein",)
