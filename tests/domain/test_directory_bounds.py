"""How much a directory may say of people, so that no engagement that knows them outgrows what carries it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from domain.directory import commands as f
from domain.directory.decide import decide
from domain.directory.delta import delta_for
from domain.directory.directory import Directory
from domain.directory.participants_size import MAX_OF_PEOPLE
from domain.directory.size_limits import MAX_ABSENCES, MAX_DELEGATIONS, all_problems
from domain.engagement.command import DIRECTORY
from domain.playbook.model import Stage
from domain.shared.errors import BadValue
from domain.shared.transaction import Actor
from domain.shared.values import weight
from tests.domain.story import FIRM, Story
from tests.domain.test_firm import ADMINISTRATOR, TODAY, after, away, lets

LONG = "\U00010348" * 1990
MARTA = Actor(person_id="marta.silva")


def given(directory: Directory, n: int, reason: str | None = None) -> Directory:
    """The directory after Marta has let another answer on that day."""
    said = lets("marta.silva", "anil.mehta", n, n, reason=reason)
    return after(directory, f.GiveDelegation(delegation=said), actor=MARTA)


def test_of_one_person_no_more_delegations_are_taken_than_engagements_have_room_for() -> None:
    directory = FIRM
    for n in range(MAX_DELEGATIONS):
        directory = given(directory, n)
    with pytest.raises(BadValue, match=f"Marta Silva has more than {MAX_DELEGATIONS} current and future delegations"):
        given(directory, MAX_DELEGATIONS)
    ended = f.EndDelegation(person_id="marta.silva", to="anil.mehta", first=TODAY)
    given(after(directory, ended, actor=MARTA), MAX_DELEGATIONS)


def test_delegations_that_are_over_make_room_for_others() -> None:
    directory = FIRM
    for n in range(MAX_DELEGATIONS):
        directory = given(directory, n)
    later = TODAY + timedelta(days=MAX_DELEGATIONS + 5)
    again = lets("marta.silva", "anil.mehta", MAX_DELEGATIONS + 5, MAX_DELEGATIONS + 5)
    decided = decide(directory, f.GiveDelegation(delegation=again), MARTA, later)
    assert decided.directory.delegations == (again.replace(by="marta.silva"),)


def test_what_is_said_of_all_delegations_of_one_person_is_bounded_as_it_travels() -> None:
    with pytest.raises(BadValue, match="reasons of Marta Silva's delegations take more than"):
        given(given(FIRM, 1, LONG), 2, LONG)


def test_of_one_person_no_more_absences_are_taken_here() -> None:
    directory = FIRM
    for n in range(MAX_ABSENCES):
        directory = after(directory, f.RecordAbsence(absence=away("marta.silva", n, n)), actor=MARTA)
    with pytest.raises(
        BadValue, match=f"Marta Silva has more than {MAX_ABSENCES} current and future absences that were recorded here"
    ):
        after(directory, f.RecordAbsence(absence=away("marta.silva", MAX_ABSENCES, MAX_ABSENCES)), actor=MARTA)


def test_a_file_is_refused_by_the_line_that_is_too_many_or_too_large() -> None:
    person = FIRM.people[3]
    days = tuple(away(person.id, n, n) for n in range(MAX_ABSENCES + 1))
    wide = person.replace(roles=tuple(f"expert:{n:040d}" for n in range(200)))
    too_large = FIRM.replace(absences=days, people=(*FIRM.people[:3], wide, *FIRM.people[4:]))
    places = [problem.where for problem in all_problems(too_large, TODAY)]
    assert places == ["people.3", f"absences.{MAX_ABSENCES}"]
    over = TODAY + timedelta(days=1)
    assert all_problems(FIRM.replace(absences=days), over) == ()
    with pytest.raises(BadValue):
        after(FIRM, f.ImportDirectory(directory=too_large))


def test_no_reason_of_a_delegation_goes_into_an_engagement() -> None:
    story = Story().to(Stage.ESTIMATE).copy()
    manager = story.holder("engagement_manager")
    said = lets(manager, "anil.mehta", 1, 400, reason=LONG)
    word = delta_for(FIRM.replace(delegations=(said,)), story.state.directory + 1, story.state, story.now, "A reason")
    assert word is not None
    assert [(one.person, one.to, one.reason) for one in word.delegations] == [(manager, "anil.mehta", None)]
    story.do(word, ADMINISTRATOR.person_id, channel=DIRECTORY)
    assert delta_for(FIRM.replace(delegations=(said,)), 9, story.state, story.now, "A reason") is None


def test_however_long_the_chain_of_stand_ins_no_word_outgrows_the_room_for_people() -> None:
    story = Story().to(Stage.ESTIMATE).copy()
    manager = story.holder("engagement_manager")
    names = [manager, *(f"x{n}" for n in range(900))]
    like = FIRM.people[5].replace(deputy=None, title="T" * 200)
    crowd = tuple(like.replace(id=name, email=f"{name}@x.example") for name in names[1:])
    chain = tuple(lets(person, to, 1, 400) for person, to in pairwise(names))
    directory = FIRM.replace(people=(*FIRM.people, *crowd), delegations=chain)
    for version in range(1, 4):
        word = delta_for(directory, version, story.state, story.now, "A reason")
        if word is not None:
            story.do(word, ADMINISTRATOR.person_id, channel=DIRECTORY)
    assert {"x0", "x1"} <= story.state.cast.people.keys()
    assert weight(story.state.cast) <= MAX_OF_PEOPLE
    assert len(story.state.cast.people) > 50
