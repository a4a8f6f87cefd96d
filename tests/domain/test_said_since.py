"""What facts say stands beside the directory that came of them and was damaged: who left has left."""

import pytest

from domain.directory import commands as f
from domain.directory.decide import decide
from domain.directory.directory import Directory
from domain.directory.people import Absence, Delegation, Person
from domain.directory.replay import with_facts
from domain.record.facts import recorded
from domain.shared.streams import DIRECTORY
from domain.shared.transaction import Actor, Event
from domain.shared.values import Day, PersonId
from tests.domain.story import FIRM, MONDAY
from tests.domain.test_new_clients import EVA, LUCA, TODAY

ADA = Actor(person_id="ida.holm", house_roles=("administrator",))
HEAD = FIRM.positions["head_of_quality"]
DAYS = {"first": Day(2026, 12, 7), "last": Day(2026, 12, 11)}


def colleague(person: PersonId) -> Person:
    known = FIRM.colleague(person)
    assert known is not None
    return known


NINA = colleague(HEAD).replace(id="nina.new", name="Nina New", email="nina.new@fjordline.example")
WITH_NINA = FIRM.replace(people=(*FIRM.people, NINA))
HELD = {what: NINA.id for what, who in FIRM.positions.items() if who == HEAD}


def after_damage(*commands: f.FirmCommand, file: Directory) -> Directory:
    """The file imported at the machine after these, where every version that came of them was damaged."""
    directory, events = FIRM, list[Event]()
    for command in commands:
        decided = decide(directory, command, LUCA if isinstance(command, f.AddClient) else ADA, TODAY).sealed()
        directory, events = decided.directory, [*events, *decided.events]
    facts = recorded(DIRECTORY, 2, tuple(events), ADA, MONDAY)
    before = with_facts(FIRM, facts, file)
    return decide(before, f.ImportDirectory(directory=file), ADA, TODAY).directory


JOINS = f.ImportDirectory(directory=WITH_NINA)


@pytest.mark.parametrize(
    "leaving",
    [
        f.DeactivatePerson(person_id=HEAD, reason="Stole", positions=HELD),
        f.DeactivatePerson(person_id=HEAD, reason="Stole", positions=HELD, successor=NINA.id),
    ],
    ids=["positions", "successor"],
)
def test_who_left_has_left_though_what_they_held_passed_to_somebody_whom_only_the_damaged_version_knew(
    leaving: f.DeactivatePerson,
) -> None:
    lagging = WITH_NINA.replace(positions={**FIRM.positions, **HELD})
    left = after_damage(JOINS, leaving, file=lagging).person(HEAD)
    assert left is not None
    assert (left.active, left.left_because, left.successor) == (False, "Stole", leaving.successor)


def test_who_left_has_left_though_an_undamaged_version_has_a_position_theirs_that_had_passed_on_before() -> None:
    passed_on = f.ImportDirectory(directory=WITH_NINA.replace(positions={**FIRM.positions, **HELD}))
    assert passed_on.directory is not None
    leaving = f.DeactivatePerson(person_id=HEAD, reason="Stole")
    left = after_damage(passed_on, leaving, file=passed_on.directory).person(HEAD)
    assert left is not None
    assert not left.active


@pytest.mark.parametrize("is_back", [False, True])
def test_who_left_of_whom_only_the_damaged_version_and_the_file_know_has_left(*, is_back: bool) -> None:
    leaving = f.DeactivatePerson(person_id=NINA.id, reason="Stole")
    back = (f.ReinstatePerson(person_id=NINA.id, reason="Did not"),) if is_back else ()
    nina = after_damage(JOINS, leaving, *back, file=WITH_NINA).person(NINA.id)
    assert nina is not None
    assert (nina.name, nina.active) == ("Nina New", is_back)


def test_days_stay_whoever_answers_then_whom_only_the_damaged_version_knew() -> None:
    who = "kofi.mensah"
    away = Absence(person=who, delegate=NINA.id, **DAYS)
    given = Delegation(person=who, to=NINA.id, **DAYS)
    commands = (JOINS, f.RecordAbsence(absence=away), f.GiveDelegation(delegation=given))
    known = after_damage(*commands, file=WITH_NINA)
    assert [(one.person, one.delegate) for one in known.absences if one.by] == [(who, NINA.id)]
    assert [(one.person, one.to) for one in known.delegations] == [(who, NINA.id)]
    unknown = after_damage(*commands, file=FIRM)
    assert [(one.person, one.delegate) for one in unknown.absences if one.by] == [(who, None)]
    assert unknown.delegations == ()


def test_a_client_with_an_address_of_somebody_of_an_undamaged_version_is_left_out() -> None:
    taken = colleague(PersonId("kofi.mensah")).email
    without_kofi = FIRM.replace(people=tuple(one for one in FIRM.people if one.id != "kofi.mensah"))
    added = f.AddClient(name="Nordlys AS", vertical="energy", people=(EVA.replace(email=taken),))
    after = after_damage(f.ImportDirectory(directory=without_kofi), added, file=FIRM)
    assert after.client("Nordlys AS") is None
