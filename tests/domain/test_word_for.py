"""What an engagement is told of the directory: the difference, once, whatever happened; and nobody is left untold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.commands.people_introduced import newcomer
from domain.directory import commands as f
from domain.directory import decide as door
from domain.directory.delta import delta_for
from domain.directory.directory import Directory
from domain.directory.people import Absence, Delegation, Person
from domain.engagement.aggregate import Engagement
from domain.engagement.command import DIRECTORY
from domain.engagement.decide import decide
from domain.engagement.roles.commands import ProposeHolder
from domain.engagement.roles.values import VacancyCause
from domain.engagement.start import StartDeal
from domain.playbook.model import Stage
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story

ADMINISTRATOR = Actor(person_id="ida.holm", house_roles=("administrator",))
NAMES = tuple(person.id for person in FIRM.people)


class Sparing(Story):
    """A story that knows, at first, only those whom it must."""

    def opening(self) -> StartDeal:
        whole = super().opening()
        named = {whole.salesperson, whole.provider_sponsor, *whole.positions.values()}
        return whole.replace(people=tuple(p for p in whole.people if p.client is not None or p.id in named))


@cache
def known_at(stage: Stage) -> Story:
    """An engagement that knows all the directory has to say of it."""
    story = Sparing("lindqvist").to(stage)
    story.state = told(FIRM, story.state, story.now)
    return story


def told(directory: Directory, state: Engagement, now: datetime) -> Engagement:
    """The engagement after the directory's word, if there is one."""
    word = delta_for(directory, state.directory + 1, state, now, "The directory says so")
    if word is None:
        return state
    return decide(state, word, Actor(person_id="ida.holm", channel=DIRECTORY), now).state


STAGES = st.sampled_from([Stage.QUALIFY, Stage.DECIDE, Stage.DELIVER])

# -- whatever happens to the directory

ONE = st.sampled_from(NAMES)
SET: dict[str, Callable[[str], dict[str, Any]]] = {
    "has a deputy": lambda other: {"deputy": other},
    "has an assistant": lambda other: {"assistant": other},
    "forgets": lambda _: {"competencies": {}, "roles": ()},
    "moves": lambda _: {"calendar": "US"},
}
WHAT = (*SET, "leaves", "is dropped", "heads", "is away", "delegates", "feasts")
CHANGE = st.tuples(st.sampled_from(WHAT), ONE, ONE)
BEGUN = datetime(2026, 11, 2, tzinfo=UTC).date()


def commanded(directory: Directory, what: str, who: PersonId, other: str, days: int) -> f.FirmCommand:
    """A change as a command to the directory."""
    person = directory.person(who) or FIRM.person(who)
    assert person is not None
    first = BEGUN + timedelta(days=days)
    if what == "leaves":
        own = {name: other for name, holder in directory.positions.items() if holder == who}
        keys = {role: other for role, holder in directory.house_roles.items() if holder == who}
        return f.DeactivatePerson(person_id=who, reason="Left", positions=own, house_roles=keys)
    if what in SET:
        return f.SetPerson(person=person.replace(active=True, **SET[what](other)))
    if what == "is away":
        absence = Absence(person=who, first=first, last=first + timedelta(days=9), delegate=other)
        return f.RecordAbsence(absence=absence)
    if what == "delegates":
        given = Delegation(person=who, to=other, first=first, last=first + timedelta(days=30))
        return f.GiveDelegation(delegation=given)
    return f.ImportDirectory(directory=_file(directory, what, who, other))


def _file(directory: Directory, what: str, who: str, other: str) -> Directory:
    if what == "heads":
        return directory.replace(positions={**directory.positions, "head_of_delivery": who, "cfo": other})
    if what == "feasts":
        name = "NO" if who < other else "DE"
        calendar = directory.calendars[name]
        more = calendar.replace(holidays=(*calendar.holidays, BEGUN + timedelta(days=len(calendar.holidays))))
        return directory.replace(calendars={**directory.calendars, name: more})
    gone = {"deputy", "assistant", "manager"}
    rest = (p for p in directory.people if p.id != who)
    people = tuple(p.replace(**{n: None for n in gone if getattr(p, n) == who}) for p in rest)
    return directory.replace(
        people=people,
        positions={n: other if h == who else h for n, h in directory.positions.items()},
        house_roles={n: other if h == who else h for n, h in directory.house_roles.items()},
        absences=tuple(a for a in directory.absences if who not in {a.person, a.delegate}),
    )


@settings(max_examples=60)
@given(STAGES, st.lists(st.tuples(CHANGE, st.integers(-3, 20)), min_size=1, max_size=6), st.integers(0, 12))
def test_an_engagement_that_was_told_knows_all_of_it_whatever_had_happened(
    stage: Stage, changes: list[tuple[tuple[str, PersonId, str], int]], days: int
) -> None:
    story, directory = known_at(stage), FIRM
    for (what, who, other), ahead in changes:
        try:
            directory = door.decide(
                directory, commanded(directory, what, who, other, ahead), ADMINISTRATOR, BEGUN
            ).directory
        except Refusal:
            continue
    now = story.now + timedelta(days=days)
    state = told(directory, story.state, now)
    assert delta_for(directory, 9, state, now, "again") is None
    for person in state.cast.people.values():
        there = directory.person(person.id)
        assert person.active == (there is not None and there.active)


@settings(max_examples=100)
@given(STAGES, CHANGE, st.integers(-3, 20))
def test_no_operation_forgets_an_engagement_that_has_to_hear_of_it(
    stage: Stage, change: tuple[str, PersonId, str], ahead: int
) -> None:
    """What is told later by the nightly comparison is what got lost, and never what nobody had thought of."""
    story = known_at(stage)
    try:
        decided = door.decide(FIRM, commanded(FIRM, *change, ahead), ADMINISTRATOR, BEGUN)
    except Refusal:
        return
    if delta_for(decided.directory, 9, story.state, story.now, "told") is not None:
        assert set(decided.concerned) & set(story.state.cast.people), change


# -- one by one


def differing(edit: Callable[[Person], Person], *who: str) -> Directory:
    return FIRM.replace(people=tuple(edit(p) if p.id in who else p for p in FIRM.people))


@pytest.mark.parametrize("stage", [Stage.QUALIFY, Stage.DECIDE, Stage.DELIVER])
def test_there_is_no_word_where_nothing_concerns_the_engagement(stage: Stage) -> None:
    story = known_at(stage)
    unknown = next(name for name in NAMES if name not in story.state.cast.people)
    assert delta_for(FIRM, 9, story.state, story.now, "told") is None
    other = differing(lambda p: p.replace(name="Another Name", deputy="ida.holm"), unknown)
    assert delta_for(other, 9, story.state, story.now, "told") is None


def test_who_is_dropped_from_the_file_has_left_and_keeps_their_name() -> None:
    story = known_at(Stage.DELIVER).copy()
    manager = story.holder("engagement_manager")
    name = story.state.cast.name(manager)
    without = FIRM.replace(people=tuple(p for p in FIRM.people if p.id != manager))
    state = told(without, story.state, story.now)
    assert manager not in state.cast.holders.values()
    assert state.vacancies["engagement_manager"].cause is VacancyCause.LEFT
    assert (state.cast.people[manager].active, state.cast.name(manager)) == (False, name)


def test_an_absence_that_is_past_is_not_told_again() -> None:
    story = known_at(Stage.DELIVER).copy()
    manager = story.holder("engagement_manager")
    today = story.now.date()
    past = Absence(person=manager, first=today - timedelta(days=9), last=today - timedelta(days=2))
    directory = FIRM.replace(absences=(*FIRM.absences, past))
    assert delta_for(directory, 9, story.state, story.now, "told") is None
    coming = past.replace(last=today + timedelta(days=1))
    with_it = told(FIRM.replace(absences=(*FIRM.absences, coming)), story.state, story.now)
    assert coming in with_it.cast.absences
    later = story.now + timedelta(days=9)
    assert delta_for(FIRM.replace(absences=(*FIRM.absences, coming)), 9, with_it, later, "told") is None


def test_who_may_be_asked_for_somebody_known_is_made_known_with_their_own_days_away() -> None:
    story = known_at(Stage.DELIVER).copy()
    manager = story.holder("engagement_manager")
    unknown = next(name for name in NAMES if name not in story.state.cast.people)
    today = story.now.date()
    given = Delegation(person=manager, to=unknown, first=today, last=today + timedelta(days=5))
    own = Absence(person=unknown, first=today, last=today + timedelta(days=2))
    directory = FIRM.replace(delegations=(given,), absences=(*FIRM.absences, own))
    state = told(directory, story.state, story.now)
    assert unknown in state.cast.people
    assert {given, own} <= {*state.cast.delegations, *state.cast.absences}


def test_a_holiday_that_the_file_brings_is_known_and_one_that_was_stays() -> None:
    """A file of another year has forgotten those of this one, on which clocks that ran through them still stand."""
    story = known_at(Stage.DELIVER)
    today, calendar = story.now.date(), FIRM.calendars["NO"]
    was, comes = today - timedelta(days=3), today + timedelta(days=3)
    with_feast = FIRM.replace(calendars={**FIRM.calendars, "NO": calendar.replace(holidays=(was,))})
    state = told(with_feast, story.state, story.now - timedelta(days=9))
    later = FIRM.replace(calendars={**FIRM.calendars, "NO": calendar.replace(holidays=(comes,))})
    assert told(later, state, story.now).cast.calendars["NO"].holidays == (
        *(day for day in calendar.holidays if day < today - timedelta(days=9)),
        was,
        comes,
    )


def test_a_newcomer_is_known_as_the_directory_has_them() -> None:
    """Whoever is proposed comes with all that the next word would tell of them."""
    story = Sparing("lindqvist")
    story.state = told(FIRM, story.state, story.now)
    today = story.now.date()
    people = differing(lambda p: p.replace(deputy="sofie.berg"), "jonas.weber").people
    directory = FIRM.replace(
        people=tuple(p.replace(deputy="nadia.haddad") if p.id == "sofie.berg" else p for p in people),
        absences=(*FIRM.absences, Absence(person="sofie.berg", first=today, last=today + timedelta(days=3))),
    )
    assert delta_for(directory, 9, story.state, story.now, "told") is None
    story.do(ProposeHolder(**newcomer(directory, "engagement_manager", PersonId("jonas.weber"))), "tomasz.nowak")
    assert delta_for(directory, 9, story.state, story.now, "told") is None
