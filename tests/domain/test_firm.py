"""The directory's own door: who may do what to it, and what never comes into force whoever asks."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import commands as f
from domain.directory.decide import WHO_MAY, decide
from domain.directory.directory import Client, Directory
from domain.directory.events import DirectoryImported
from domain.directory.people import Absence, Delegation, EarlierLeaving
from domain.playbook.model import role_label
from domain.shared.errors import (
    BadValue,
    DoneAlready,
    NobodyAccountable,
    NotFound,
    OwnRequest,
    PermissionDenied,
    Refusal,
)
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM

TODAY = date(2026, 11, 2)
HEAD, ASSISTANT, COLLEAGUE, CLIENT = (
    PersonId("claire.dubois"),
    "aisha.khan",
    PersonId("luca.ferri"),
    PersonId("kari.moe"),
)
ADMINISTRATOR = Actor(person_id="ida.holm", house_roles=("administrator",))


def day(ahead: int = 0) -> date:
    return TODAY + timedelta(days=ahead)


def away(person: str, first: int, last: int, delegate: str | None = None, by: str | None = None) -> Absence:
    return Absence(person=person, first=day(first), last=day(last), delegate=delegate, by=by)


def lets(person: str, to: str, first: int = 0, last: int = 5, **scope: Any) -> Delegation:
    return Delegation(person=person, to=to, first=day(first), last=day(last), **scope)


def after(directory: Directory, *commands: f.FirmCommand, actor: Actor = ADMINISTRATOR) -> Directory:
    """The directory after these commands."""
    for command in commands:
        directory = decide(directory, command, actor, TODAY).directory
    return directory


# -- who may what

ACTORS = {
    "administrator": ADMINISTRATOR,
    "head of engagement management": Actor(person_id="tomasz.nowak", house_roles=("process_owner",)),
    "another head": Actor(person_id="hanne.lund"),
    "the person": Actor(person_id=HEAD),
    "their assistant": Actor(person_id=ASSISTANT),
    "a colleague": Actor(person_id=COLLEAGUE),
    "a client": Actor(person_id=CLIENT),
}
EVA = f.ClientPerson(name="Eva Berg", email="eva@nordlys.example", part=("client_sponsor",))
OWN = {"administrator", "the person", "their assistant"}
GONE = "diego.ramos"
KNOWN = FIRM.replace(
    people=tuple(p.replace(active=False, left_because="Left") if p.id == GONE else p for p in FIRM.people),
    absences=(away(HEAD, 1, 2),),
    delegations=(lets(HEAD, COLLEAGUE),),
    clients=(*FIRM.clients, Client(name="Polaris A", vertical="energy", added_by=COLLEAGUE)),
)
COMMANDS: dict[type[f.FirmCommand], tuple[f.FirmCommand, set[str]]] = {
    f.ImportDirectory: (f.ImportDirectory(directory=FIRM), {"administrator"}),
    f.SetPerson: (f.SetPerson(person=FIRM.people[8].replace(name="Luca F.")), {"administrator"}),
    f.DeactivatePerson: (
        f.DeactivatePerson(person_id=HEAD, reason="She left", positions={"head_of_sales": COLLEAGUE}),
        {"administrator"},
    ),
    f.ReinstatePerson: (f.ReinstatePerson(person_id=GONE, reason="Back from the competition"), {"administrator"}),
    f.ReplacePerson: (
        f.ReplacePerson(person_id=HEAD, successor=COLLEAGUE, reason="Time for it"),
        {"administrator", "head of engagement management"},
    ),
    f.RecordAbsence: (f.RecordAbsence(absence=away(HEAD, 3, 4)), OWN),
    f.RemoveAbsence: (f.RemoveAbsence(person_id=HEAD, first=day(1)), OWN),
    f.GiveDelegation: (f.GiveDelegation(delegation=lets(HEAD, "marta.silva")), OWN),
    f.EndDelegation: (f.EndDelegation(person_id=HEAD, to=COLLEAGUE, first=TODAY), OWN),
    f.AddClient: (
        f.AddClient(name="Nordlys AS", vertical="energy", people=(EVA,)),
        {"administrator", "the person", "their assistant", "a colleague"},  # the head of sales, and two who sell
    ),
    f.RenameClient: (
        f.RenameClient(client="Polaris A", name="Polaris AS", sold_by=(ASSISTANT, COLLEAGUE)),
        {"administrator", "the person", "their assistant", "a colleague"},
    ),
    f.ConfirmClient: (f.ConfirmClient(client="Nordlys AS", facts="0" * 64, engagement_id="ENG-2026-0001"), set()),
}


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_who_may_what(kind: type[f.FirmCommand], who: str) -> None:
    command, allowed = COMMANDS[kind]
    if who in allowed:
        assert decide(KNOWN, command, ACTORS[who], TODAY).events
        return
    with pytest.raises(PermissionDenied) as refused:
        decide(KNOWN, command, ACTORS[who], TODAY)
    assert all(role_label(name) in refused.value.refused.detail for name in WHO_MAY[kind])


def test_the_table_speaks_of_every_command() -> None:
    assert set(COMMANDS) == set(WHO_MAY) == set(f.FirmCommand.__subclasses__())


def test_an_assistant_arranges_nothing_for_anybody_else() -> None:
    with pytest.raises(PermissionDenied):
        after(FIRM, f.RecordAbsence(absence=away("tomasz.nowak", 0, 1)), actor=Actor(person_id=ASSISTANT))


def test_an_absence_says_who_recorded_it_whatever_was_sent() -> None:
    told = away(HEAD, 0, 1, by="tomasz.nowak")
    (absence,) = (
        a for a in after(FIRM, f.RecordAbsence(absence=told), actor=Actor(person_id=ASSISTANT)).absences if a.by
    )
    assert absence.by == ASSISTANT


# -- days


@pytest.mark.parametrize(("first", "last"), [(-5, -1), (3, 2), (0, 367)])
@pytest.mark.parametrize("kind", ["absence", "delegation"])
def test_days_that_are_over_or_turned_round_or_more_than_a_year_are_refused(kind: str, first: int, last: int) -> None:
    absence, delegation = away(HEAD, first, last), lets(HEAD, COLLEAGUE, first, last)
    command = f.RecordAbsence(absence=absence) if kind == "absence" else f.GiveDelegation(delegation=delegation)
    with pytest.raises(BadValue) as refused:
        after(FIRM, command)
    assert refused.value.refused.field == "last"


def test_an_absence_may_have_begun_and_end_today() -> None:
    assert away(HEAD, -5, 0, by="ida.holm") in after(FIRM, f.RecordAbsence(absence=away(HEAD, -5, 0))).absences


def test_an_absence_of_the_same_first_day_is_replaced() -> None:
    told = after(FIRM, f.RecordAbsence(absence=away(HEAD, 1, 2)), f.RecordAbsence(absence=away(HEAD, 1, 9, COLLEAGUE)))
    assert [a.last for a in told.absences if a.person == HEAD] == [day(9)]


@pytest.mark.parametrize("to", [HEAD, CLIENT, "nobody.known"])
def test_only_another_colleague_who_is_there_stands_in(to: str) -> None:
    with pytest.raises(BadValue):
        after(FIRM, f.GiveDelegation(delegation=lets(HEAD, to)))
    with pytest.raises(BadValue):
        after(FIRM, f.RecordAbsence(absence=away(HEAD, 0, 1, to)))


def test_a_delegation_that_is_not_there_cannot_be_taken_back() -> None:
    with pytest.raises(NotFound):
        after(KNOWN, f.EndDelegation(person_id=HEAD, to=COLLEAGUE, first=day(1)))


# -- circles

PEOPLE = ("claire.dubois", "luca.ferri", "marta.silva", "jonas.weber", "hanne.lund")
# Absence or delegation, whose, to whom, its first day, how many days more.
ARRANGED = st.tuples(
    st.booleans(), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(0, 9), st.integers(0, 5)
)


def standing(directory: Directory) -> list[tuple[PersonId, PersonId, date, date]]:
    given = [(d.person, d.to, d.first, d.last) for d in directory.delegations]
    return given + [(a.person, a.delegate, a.first, a.last) for a in directory.absences if a.delegate]


def has_circle(edges: Iterable[tuple[str, str, date, date]]) -> bool:
    """Whether on some day somebody's answer could come back to them: looked for day by day."""
    edges = list(edges)
    for number in range(20):
        today = [(person, to) for person, to, first, last in edges if first <= day(number) <= last]
        while today:
            targets = {person for person, _ in today}
            kept = [(person, to) for person, to in today if to in targets]
            if len(kept) == len(today):
                return True
            today = kept
    return False


@settings(max_examples=150)
@given(st.lists(ARRANGED, max_size=14))
def test_no_circle_of_any_length_comes_into_force_and_nothing_else_is_refused(
    arranged: list[tuple[bool, str, str, int, int]],
) -> None:
    directory = FIRM.replace(absences=())
    for is_absence, person, to, first, more in arranged:
        if person == to:
            continue
        command: f.FirmCommand
        if is_absence:
            command = f.RecordAbsence(absence=away(person, first, first + more, to))
            others = [e for e in standing(directory) if e not in _of_that_day(directory, person, day(first))]
        else:
            command, others = f.GiveDelegation(delegation=lets(person, to, first, first + more)), standing(directory)
        wished = [*others, (person, to, day(first), day(first + more))]
        if has_circle(wished) or not_new(directory, command):
            with pytest.raises(BadValue, match=r"circle|already in place"):
                after(directory, command)
        else:
            directory = after(directory, command)


def not_new(directory: Directory, command: f.FirmCommand) -> bool:
    """True for a delegation that is in force word for word."""
    given = command.delegation if isinstance(command, f.GiveDelegation) else None
    return given is not None and given.replace(by=ADMINISTRATOR.person_id) in directory.delegations


def _of_that_day(directory: Directory, person: str, first: date) -> list[tuple[str, str | None, date, date]]:
    """The absence that one of the same first day replaces."""
    found = (a for a in directory.absences if (a.person, a.first) == (person, first))
    return [(a.person, a.delegate, a.first, a.last) for a in found]


def test_periods_that_do_not_meet_on_one_day_make_no_circle() -> None:
    chain = (lets("luca.ferri", "marta.silva", 0, 1), lets("marta.silva", HEAD, 4, 5))
    directory = FIRM.replace(delegations=chain)
    assert len(after(directory, f.GiveDelegation(delegation=lets(HEAD, "luca.ferri", 0, 5))).delegations) == 3


def test_a_file_brings_no_circle_into_force_either() -> None:
    """What somebody arranged here gives way to the file; what the file says of itself must be sound."""
    own = after(FIRM, f.GiveDelegation(delegation=lets(HEAD, COLLEAGUE)))
    told = after(own, f.ImportDirectory(directory=FIRM.replace(absences=(away(COLLEAGUE, 1, 2, HEAD),))))
    assert told.delegations == ()
    among_themselves = FIRM.replace(absences=(away(HEAD, 1, 2, COLLEAGUE), away(COLLEAGUE, 2, 3, HEAD)))
    with pytest.raises(BadValue, match="circle"):
        after(FIRM, f.ImportDirectory(directory=among_themselves))
    own_absence = after(FIRM, f.RecordAbsence(absence=away(HEAD, 0, 5, COLLEAGUE)))
    told = after(own_absence, f.ImportDirectory(directory=FIRM.replace(absences=(away(COLLEAGUE, 1, 2, HEAD),))))
    assert away(HEAD, 0, 5, None, "ida.holm") in told.absences


# -- leaving


def test_who_holds_a_position_or_keeps_the_house_leaves_only_when_both_pass_on() -> None:
    with pytest.raises(NobodyAccountable, match="Tomasz Nowak is head of engagement management and process owner"):
        after(FIRM, f.DeactivatePerson(person_id="tomasz.nowak", reason="Left"))
    left = f.DeactivatePerson(
        person_id="tomasz.nowak",
        reason="Left",
        positions={"head_of_engagement_management": "marta.silva"},
        house_roles={"process_owner": "ida.holm"},
    )
    directory = after(FIRM, left)
    assert directory.positions["head_of_engagement_management"] == "marta.silva"
    assert directory.house_roles["process_owner"] == "ida.holm"
    assert directory.colleague(PersonId("tomasz.nowak")) is None


@pytest.mark.parametrize("heir", ["peter.olsen", CLIENT, "nobody.known", HEAD])
def test_a_position_passes_to_nobody_at_whom_no_ladder_may_end(heir: str) -> None:
    with pytest.raises((BadValue, NobodyAccountable)):
        after(FIRM, f.DeactivatePerson(person_id=HEAD, reason="Left", positions={"head_of_sales": heir}))


@pytest.mark.parametrize(
    "passed",
    [{"positions": {"cfo": "marta.silva"}}, {"house_roles": {"ops": "marta.silva"}}, {"positions": {"x": HEAD}}],
)
def test_nobody_passes_on_what_they_do_not_hold(passed: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match="is not"):
        after(FIRM, f.DeactivatePerson(person_id=COLLEAGUE, reason="Left", **passed))


NAMES = tuple(person.id for person in FIRM.people)
HEIRS = st.dictionaries(st.sampled_from(sorted(FIRM.positions)), st.sampled_from(NAMES), max_size=3)
KEEPERS = st.dictionaries(st.sampled_from(sorted(FIRM.house_roles)), st.sampled_from(NAMES), max_size=2)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(NAMES), HEIRS, KEEPERS), min_size=1, max_size=8))
def test_whoever_leaves_no_position_and_no_key_of_the_house_is_ever_empty(
    leaving: list[tuple[PersonId, dict[str, PersonId], Any]],
) -> None:
    directory = FIRM
    for person, positions, house_roles in leaving:
        own = {name: heir for name, heir in positions.items() if directory.positions[name] == person}
        keys = {name: heir for name, heir in house_roles.items() if directory.house_roles[name] == person}
        try:
            directory = after(
                directory, f.DeactivatePerson(person_id=person, reason="Left", positions=own, house_roles=keys)
            )
        except Refusal:
            continue
        assert directory.colleague(person) is None
    assert set(directory.positions) == set(FIRM.positions)
    assert set(directory.house_roles) == set(FIRM.house_roles)
    for holder in (*directory.positions.values(), *directory.house_roles.values()):
        assert directory.colleague(holder) is not None, holder


def test_nobody_answers_to_or_by_somebody_who_left() -> None:
    with_deputy = tuple(p.replace(deputy="rosa.klein") if p.id == "kofi.mensah" else p for p in FIRM.people)
    directory = FIRM.replace(
        people=with_deputy,
        absences=(away("rosa.klein", 0, 3), away("kofi.mensah", 0, 3, "rosa.klein")),
        delegations=(lets("rosa.klein", HEAD), lets(COLLEAGUE, "rosa.klein"), lets(HEAD, COLLEAGUE)),
    )
    left = after(directory, f.DeactivatePerson(person_id="rosa.klein", reason="Left"))
    assert left.absences == (away("kofi.mensah", 0, 3),)
    assert left.delegations == (lets(HEAD, COLLEAGUE),)
    assert (left.person(PersonId("kofi.mensah")) or FIRM.people[0]).deputy is None
    assert not any("rosa.klein" in {p.deputy, p.assistant, p.manager} for p in left.people)


def test_who_left_leaves_no_more() -> None:
    left = f.DeactivatePerson(person_id=COLLEAGUE, reason="Left")
    with pytest.raises(NotFound):
        after(FIRM, left, left)


def test_a_successor_is_another_colleague_who_is_there() -> None:
    for successor in (COLLEAGUE, CLIENT, "nobody.known"):
        with pytest.raises(BadValue):
            after(FIRM, f.DeactivatePerson(person_id=COLLEAGUE, reason="Left", successor=successor))
        with pytest.raises(BadValue):
            after(FIRM, f.ReplacePerson(person_id=COLLEAGUE, reason="Left", successor=successor))


def test_a_replacement_changes_nothing_in_the_directory_and_its_last_day_lies_ahead() -> None:
    command = f.ReplacePerson(person_id="marta.silva", successor="jonas.weber", reason="Time", last_day=day(5))
    assert after(FIRM, command) == FIRM
    with pytest.raises(BadValue, match="within the next year"):
        after(FIRM, command.replace(last_day=day(-1)))


# -- one colleague


def test_setting_somebody_neither_takes_them_away_nor_makes_a_client_of_them() -> None:
    luca = FIRM.person(COLLEAGUE)
    kari = FIRM.person(CLIENT)
    assert luca is not None
    assert kari is not None
    with pytest.raises(BadValue, match="deactivated"):
        after(FIRM, f.SetPerson(person=luca.replace(active=False)))
    with pytest.raises(BadValue, match="at clients are added with the directory file"):
        after(FIRM, f.SetPerson(person=luca.replace(client="Halden Energi AS")))
    with pytest.raises(BadValue, match="at clients are added with the directory file"):
        after(FIRM, f.SetPerson(person=kari.replace(client=None, calendar="NO")))


def test_setting_a_head_who_would_only_be_a_project_manager_is_refused() -> None:
    claire = FIRM.person(HEAD)
    assert claire is not None
    with pytest.raises(BadValue, match="and no ladder may end there"):
        after(FIRM, f.SetPerson(person=claire.replace(roles=("project_manager",))))


def test_a_person_who_left_comes_back_and_engagements_that_knew_them_hear_of_it() -> None:
    luca = FIRM.person(COLLEAGUE)
    assert luca is not None
    left = after(FIRM, f.DeactivatePerson(person_id=COLLEAGUE, reason="Left"))
    decided = decide(left, f.SetPerson(person=luca), ADMINISTRATOR, TODAY)
    back = luca.replace(left=(EarlierLeaving(number=1, because="Left"),))
    assert decided.directory.colleague(COLLEAGUE) == back
    assert COLLEAGUE in decided.concerned


def test_who_is_reinstated_is_as_they_were_and_has_nothing_of_what_was_handed_on() -> None:
    directory = FIRM.replace(absences=(away("erik.strand", 0, 3),), delegations=(lets("erik.strand", HEAD),))
    leaving = f.DeactivatePerson(
        person_id="erik.strand", reason="Left", positions={"cfo": "hanne.lund"}, successor="hanne.lund"
    )
    decided = decide(
        after(directory, leaving), f.ReinstatePerson(person_id="erik.strand", reason="Back"), ADMINISTRATOR, TODAY
    )
    before, back = FIRM.person(PersonId("erik.strand")), decided.directory.colleague(PersonId("erik.strand"))
    assert before is not None
    left = (EarlierLeaving(number=1, because="Left", successor="hanne.lund"),)
    assert back == before.replace(manager=None, deputy=None, assistant=None, left=left)
    assert decided.directory.positions["cfo"] == "hanne.lund"
    assert (decided.directory.absences, decided.directory.delegations) == ((), ())
    assert "erik.strand" in decided.concerned
    assert [event.kind for event in decided.events] == ["PersonReinstated"]


def test_only_who_was_deactivated_is_reinstated() -> None:
    for person, refusal in ((COLLEAGUE, DoneAlready), (CLIENT, BadValue), ("nobody.known", NotFound)):
        with pytest.raises(refusal):
            after(FIRM, f.ReinstatePerson(person_id=person, reason="Back"))


def test_a_file_that_lags_brings_nobody_back() -> None:
    left = after(FIRM, f.DeactivatePerson(person_id="erik.strand", reason="Left", positions={"cfo": "hanne.lund"}))
    file = FIRM.replace(positions={**FIRM.positions, "cfo": "hanne.lund"})
    decided = decide(left, f.ImportDirectory(directory=file), ADMINISTRATOR, TODAY)
    assert decided.directory.colleague(PersonId("erik.strand")) is None
    grace = decided.directory.person(PersonId("grace.oduya"))
    assert grace is not None
    assert grace.deputy is None


def test_who_left_is_in_the_way_of_no_later_file() -> None:
    left = after(FIRM, f.DeactivatePerson(person_id="kofi.mensah", reason="Left"))
    smaller = tuple(
        person.replace(deputy=None, manager="priya.raman" if person.manager == "anil.mehta" else person.manager)
        for person in FIRM.people
        if person.id not in {"kofi.mensah", "anil.mehta"}
    )
    decided = decide(left, f.ImportDirectory(directory=FIRM.replace(people=smaller)), ADMINISTRATOR, TODAY)
    assert decided.directory.colleague(PersonId("kofi.mensah")) is None
    assert decided.directory.colleague(PersonId("anil.mehta")) is None


def test_nobody_makes_themselves_the_deputy_of_another() -> None:
    grace = FIRM.person(PersonId("grace.oduya"))
    assert grace is not None
    with pytest.raises(OwnRequest):
        decide(FIRM, f.SetPerson(person=grace.replace(deputy="ida.holm")), ADMINISTRATOR, TODAY)


def test_a_smaller_step_is_judged_by_what_it_changes() -> None:
    older = FIRM.replace(positions={**FIRM.positions, "cfo": FIRM.positions["managing_director"]})
    assert after(older, f.RecordAbsence(absence=away(HEAD, 1, 2)))


# -- a whole file


def test_an_import_keeps_what_people_arranged_here_and_drops_it_of_who_left() -> None:
    own = after(
        FIRM,
        f.RecordAbsence(absence=away(HEAD, 1, 2, "rosa.klein")),
        f.RecordAbsence(absence=away("rosa.klein", 4, 5)),
        f.GiveDelegation(delegation=lets(HEAD, COLLEAGUE)),
        f.GiveDelegation(delegation=lets("kofi.mensah", "rosa.klein")),
    )
    without = tuple(p for p in FIRM.people if p.id != "rosa.klein")
    decided = decide(own, f.ImportDirectory(directory=FIRM.replace(people=without)), ADMINISTRATOR, TODAY)
    assert away(HEAD, 1, 2, None, "ida.holm") in decided.directory.absences
    assert {a.person for a in decided.directory.absences} == {HEAD, *(a.person for a in FIRM.absences)}
    assert [d.person for d in decided.directory.delegations] == [HEAD]
    (event,) = decided.events
    assert isinstance(event, DirectoryImported)
    assert (event.joined, event.left, event.changed) == ((), ("rosa.klein",), ())
    assert set(decided.concerned) >= {"rosa.klein", HEAD, "kofi.mensah"}


def test_an_absence_that_a_person_corrected_here_outlives_the_files_next_word() -> None:
    file = FIRM.replace(absences=(away(HEAD, 1, 2),))
    own = after(file, f.RecordAbsence(absence=away(HEAD, 1, 7, COLLEAGUE)))
    again = after(own, f.ImportDirectory(directory=file))
    assert [(a.last, a.delegate) for a in again.absences if a.person == HEAD] == [(day(7), COLLEAGUE)]


def test_an_absence_that_is_over_does_not_outlive_an_import() -> None:
    own = FIRM.replace(absences=(away(HEAD, -9, -1, by=HEAD),))
    assert after(own, f.ImportDirectory(directory=FIRM)).absences == FIRM.absences


def test_the_same_file_again_concerns_nobody() -> None:
    own = after(FIRM, f.GiveDelegation(delegation=lets(HEAD, COLLEAGUE)))
    decided = decide(own, f.ImportDirectory(directory=FIRM), ADMINISTRATOR, TODAY)
    assert decided.directory == own
    assert decided.concerned == ()
