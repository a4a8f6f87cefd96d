"""Who could fill a role: ranked by what lacks, vertical, load; whoever may not is named with the reason."""

from datetime import datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.asks.model import AskKind, Verdict
from domain.directory.candidates import Candidate, CandidateFit, candidates
from domain.directory.directory import Directory
from domain.directory.people import Absence
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.roles.qualification import gaps_of
from domain.engagement.roles.values import VacancyCause
from domain.notifications.vacancy_offers import offers, vacancies_told
from domain.playbook.model import Stage, role_label
from domain.record.facts import Message
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.domain.story import FIRM, PLAYBOOK, Story, at

MANAGER = "engagement_manager"


def ranked(
    story: Story, role: str, firm: Directory = FIRM, now: datetime | None = None, **loads: int
) -> list[Candidate]:
    known = {PersonId(person.replace("_", ".")): load for person, load in loads.items()}
    return list(candidates(story.state, role, firm, known, now or story.now))


def one(found: list[Candidate], person: str) -> Candidate:
    return next(candidate for candidate in found if candidate.person_id == person)


@cache
def fresh() -> Story:
    return Story("halden")


def names(found: list[Candidate]) -> list[str]:
    return [candidate.person_id for candidate in found if candidate.barred is None]


def firm_with(person: str, **changed: Any) -> Directory:
    people = tuple(known.replace(**changed) if known.id == person else known for known in FIRM.people)
    return FIRM.replace(people=people)


# -- the order


def test_the_service_delivery_manager_is_ready_to_step_up_to_engagement_manager_with_her_gaps_named() -> None:
    sofie = one(ranked(Story("halden"), MANAGER), "sofie.berg")
    assert sofie.standing is CandidateFit.READY_TO_STEP_UP
    assert sofie.gaps == (
        "is not engagement manager in the directory",
        "client acquisition 2 of 4",
        "business leadership 3 of 4",
    )
    assert (sofie.total_gap, sofie.barred) == (3, None)


def test_the_competent_come_first_and_who_knows_the_vertical_before_who_has_less_to_do() -> None:
    found = ranked(Story("halden"), MANAGER, marta_silva=9)
    assert names(found)[:2] == ["marta.silva", "jonas.weber"]
    insured = ranked(Story("lindqvist"), MANAGER, jonas_weber=9)
    assert names(insured)[:2] == ["jonas.weber", "marta.silva"]


def test_of_two_alike_the_one_with_less_to_do_comes_first_and_then_the_directorys_order() -> None:
    firm = firm_with("jonas.weber", verticals=("energy",))
    assert names(ranked(Story("halden"), MANAGER, firm))[:2] == ["marta.silva", "jonas.weber"]
    assert names(ranked(Story("halden"), MANAGER, firm, marta_silva=2, jonas_weber=1))[0] == "jonas.weber"


@pytest.mark.parametrize(("levels", "ready"), [(2, False), (3, True)])
def test_how_much_may_lack_is_the_playbooks(levels: int, ready: bool) -> None:
    story = Story("halden", playbook=PLAYBOOK.replace(step_up_levels=levels))
    assert ("sofie.berg" in names(ranked(story, MANAGER))) == ready


def test_a_role_without_a_profile_has_nobody_on_the_way() -> None:
    found = ranked(Story("halden"), "legal")
    assert [(of.person_id, of.standing) for of in found] == [("sven.aas", CandidateFit.COMPETENT)]


def test_who_is_away_is_listed_with_the_day_of_their_return_and_who_left_is_not() -> None:
    story = Story("halden")
    absence = Absence(person="marta.silva", first=story.day(-1), last=story.day(3))
    found = ranked(story, MANAGER, FIRM.replace(absences=(absence,)))
    assert one(found, "marta.silva").away_until == absence.last
    assert "jonas.weber" not in names(ranked(story, MANAGER, firm_with("jonas.weber", active=False)))


# -- who may not


def test_the_project_manager_is_never_a_candidate_for_anything_else() -> None:
    story = at(Stage.DELIVER)
    firm = firm_with("peter.olsen", roles=("project_manager", "quality", "customer_care"))
    for role, why in (("quality", "needs their own words"), ("customer_care", "cannot be the same person")):
        assert why in str(one(ranked(story, role, firm), "peter.olsen").barred)


def test_who_sells_is_barred_from_judging_and_says_so() -> None:
    story = Story("halden")
    firm = firm_with("luca.ferri", roles=("sales", "finance"))
    assert (
        one(ranked(story, "finance", firm), "luca.ferri").barred
        == "Luca Ferri sells or sold this deal, and cannot judge it."
    )


def test_excluded_pairs_are_barred() -> None:
    story = at(Stage.DELIVER)
    firm = firm_with("marta.silva", roles=(MANAGER, "customer_care"))
    assert one(ranked(story, "customer_care", firm), "marta.silva").barred == (
        "Engagement manager and customer care cannot be the same person."
    )


def test_the_holder_and_whoever_is_asked_already_are_barred_and_come_last() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"))
    found = ranked(story, MANAGER)
    assert found[-1].person_id == "marta.silva"
    assert "is asked already" in str(found[-1].barred)
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert one(ranked(story, MANAGER), "marta.silva").barred == "holds engagement manager now"


LEVELS = st.dictionaries(st.sampled_from(sorted(PLAYBOOK.roles[MANAGER].profile)), st.integers(0, 5))


@given(st.lists(st.tuples(LEVELS, st.booleans(), st.booleans()), min_size=1, max_size=6), st.data())
def test_whoever_is_listed_is_near_enough_and_nobody_before_them_lacks_more(
    rows: list[tuple[dict[str, int], bool, bool]], data: st.DataObject
) -> None:
    story = fresh()
    firm = FIRM.replace(
        people=tuple(
            FIRM.people[0].replace(
                id=f"person.{n}",
                name=f"Person {n}",
                competencies=levels,
                roles=(MANAGER,) if has else (),
                verticals=("energy",) if knows else (),
            )
            for n, (levels, has, knows) in enumerate(rows)
        )
    )
    loads = {person.id: data.draw(st.integers(0, 3)) for person in firm.people}
    found = candidates(story.state, MANAGER, firm, loads, story.now)
    defined = PLAYBOOK.roles[MANAGER]
    for person in firm.people:
        listed = next((of for of in found if of.person_id == person.id), None)
        lacking = gaps_of(person, MANAGER, defined)
        short = sum(max(0, needs - person.competencies.get(name, 0)) for name, needs in defined.profile.items())
        assert (listed is not None) == (not lacking or short <= PLAYBOOK.step_up_levels)
        assert listed is None or (listed.standing is CandidateFit.COMPETENT) == (not lacking)
    ranks = [
        (of.standing is CandidateFit.READY_TO_STEP_UP, of.total_gap, not of.knows_vertical, of.load) for of in found
    ]
    assert ranks == sorted(ranks)


# -- the offer


def told(story: Story, since: int = 0, firm: Directory = FIRM) -> list[Message]:
    """What people are told of the vacancies in the facts from a place on."""
    return list(offers(story.state, vacancies_told(story.facts[since:]), firm, {}))


def offered(messages: list[Message], role: str) -> dict[str, str]:
    return {
        message.to: message.text
        for message in messages
        if f" {role_label(role)} of " in message.text or f'"{role_label(role)}"' in message.text
    }


def test_a_new_deal_tells_the_head_who_could_and_the_competent_that_they_may_ask() -> None:
    of_manager = offered(told(Story("halden")), MANAGER)
    assert set(of_manager) == {"tomasz.nowak", "marta.silva", "jonas.weber"}
    assert "Marta Silva (competent); Jonas Weber (competent)" in of_manager["tomasz.nowak"]
    assert "Sofie Berg (ready to step up, is not engagement manager in the directory" in of_manager["tomasz.nowak"]
    assert "client acquisition 2 of 4, business leadership 3 of 4" in of_manager["tomasz.nowak"]
    asks_for_it = RemedyAction.REQUEST_ROLE.about(engagement="ENG-2026-0001", role="engagement manager")
    assert f"`{asks_for_it}`" in of_manager["marta.silva"]


def test_a_climb_tells_the_next_above_and_offers_the_role_to_the_same_people_only_once() -> None:
    story = Story("halden")
    first, before = {message.key for message in told(story)}, len(story.facts)
    story.wait(days=4)
    of_manager = [message for message in told(story, before) if role_label(MANAGER) in message.text]
    again = {message.to for message in of_manager if message.key not in first}
    assert again == {"ingrid.solberg"}


def test_no_offer_is_made_while_somebody_is_asked_to_hold_the_role() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"))
    before = len(story.facts)
    story.wait(days=2)
    assert MANAGER in vacancies_told(story.facts[before:])
    assert offered(told(story, before), MANAGER) == {}


def test_who_declined_is_not_offered_it_again() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE, reason="Too much on my plate")
    assert set(offered(told(story), MANAGER)) == {"tomasz.nowak", "jonas.weber"}


def test_an_absence_names_who_could_and_offers_the_absent_ones_role_to_nobody() -> None:
    story = at(Stage.DELIVER)
    before = len(story.facts)
    story.directory_says(absences=(Absence(person="marta.silva", first=story.day(), last=story.day(9)),))
    story.wait(hours=1)
    assert story.state.vacancies[MANAGER].cause is VacancyCause.AWAY
    assert set(offered(told(story, before), MANAGER)) == {"tomasz.nowak"}


def test_a_role_that_soon_ends_is_offered_as_such() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"), until=story.day(20))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    before = len(story.facts)
    story.wait(days=14)
    of_manager = offered(told(story, before), MANAGER)
    assert "will soon have no engagement manager: Marta Silva holds it until" in of_manager["jonas.weber"]


def test_a_vacancy_that_nobody_can_fill_says_so_to_whoever_must() -> None:
    story = at(Stage.DELIVER)
    before = len(story.facts)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    told_head = offered(told(story, before, firm_with("olga.petrova", roles=())), "quality")
    assert set(told_head) == {"hanne.lund"}
    assert told_head["hanne.lund"].startswith(
        "Nobody in the directory is both free and competent, or nearly competent, for quality of ENG-2026-0001"
    )


def test_a_vacancy_filled_in_the_same_facts_is_offered_to_nobody() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert offered(told(story), MANAGER) == {}


def test_who_was_released_is_not_offered_it_again_and_is_told_apart() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Yes")
    before = len(story.facts)
    story.do(ReleaseRole(role=MANAGER, reason="Late twice"), "tomasz.nowak")
    assert set(offered(told(story, before), MANAGER)) == {"tomasz.nowak", "jonas.weber"}
    released = one(ranked(story, MANAGER), "marta.silva")
    assert (released.passed_over, released.is_offered) == ("was released from it here", False)
    story.propose(MANAGER, PersonId("jonas.weber"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE, reason="No time")
    found = ranked(story, MANAGER)
    assert one(found, "jonas.weber").passed_over == "declined it here"
    assert not one(found, "marta.silva").is_offered


def test_whoever_is_asked_for_the_first_time_is_told_no_difference_from_what_another_was_asked() -> None:
    story = Story("halden")
    story.propose(MANAGER, PersonId("marta.silva"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE, reason="No time")
    story.propose(MANAGER, PersonId("jonas.weber"), until=story.day(20))
    assert story.ask(AskKind.ACCEPT_ROLE).difference == ()
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE, reason="Too long")
    story.propose(MANAGER, PersonId("jonas.weber"), until=story.day(10))
    assert story.ask(AskKind.ACCEPT_ROLE).difference != ()
