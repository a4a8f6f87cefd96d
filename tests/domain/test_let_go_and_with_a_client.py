"""Whom the firm let go stays so, also where they are with a client meanwhile: a file that lags brings nobody back."""

import pytest

from domain.directory import commands as f
from domain.directory.decide import decide
from domain.directory.directory import Directory
from domain.directory.import_review import review_of
from domain.directory.people import Person
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.domain.story import FIRM, PLAYBOOK
from tests.domain.test_new_clients import HALDEN, TODAY
from tests.domain.test_renamed_clients import ADA, client, of

WHO = PersonId("kofi.mensah")


def after(directory: Directory, *commands: f.FirmCommand) -> Directory:
    for command in commands:
        directory = decide(directory, command, ADA, TODAY).directory
    return directory


def with_halden() -> Directory:
    """The firm's file, in which they are with a client."""
    theirs = client(HALDEN)
    kofi = Person(id=WHO, name="Kofi Mensah", email="kofi@halden.example", client=HALDEN, part=("client_contact",))
    people = tuple(one for one in FIRM.people if one.id != WHO)
    clients = (of(theirs, (*theirs.people, kofi)), *FIRM.clients[1:])
    return FIRM.replace(people=people, clients=clients)


def without() -> Directory:
    return with_halden().replace(clients=FIRM.clients)


def imports(directory: Directory) -> f.ImportDirectory:
    return f.ImportDirectory(directory=directory)


LET_GO = f.DeactivatePerson(person_id=WHO, reason="Dismissed for theft")
BACK = f.ReinstatePerson(person_id=WHO, reason="Was not him")


def kofi_of(directory: Directory) -> Person:
    known = directory.person(WHO)
    assert known is not None
    return known


def test_whom_the_firm_let_go_may_be_with_a_client_and_the_review_says_so() -> None:
    gone = after(FIRM, LET_GO)
    moved = after(gone, imports(with_halden()))
    assert (kofi_of(moved).active, kofi_of(moved).client) == (True, HALDEN)
    said = f"Kofi Mensah, whom the firm let go (Dismissed for theft), is with {HALDEN} now."
    assert said in review_of(gone, moved, PLAYBOOK, with_halden(), TODAY).also
    again = after(moved, imports(with_halden()))
    assert again == moved
    assert review_of(moved, again, PLAYBOOK, with_halden(), TODAY).changes_nothing


@pytest.mark.parametrize("between", [(), (without(),)], ids=["at once", "out of the file meanwhile"])
def test_a_file_that_lags_brings_them_back_from_no_client(between: tuple[Directory, ...]) -> None:
    moved = after(FIRM, LET_GO, imports(with_halden()), *map(imports, between))
    lagging = after(moved, imports(FIRM))
    kofi = kofi_of(lagging)
    assert (kofi.active, kofi.client, kofi.left_because) == (False, None, "Dismissed for theft")
    back = RemedyAction.REINSTATE_PERSON.about(person=WHO)
    said = f"Kofi Mensah stays inactive: Dismissed for theft. To have them back: {back}."
    assert said in review_of(moved, lagging, PLAYBOOK, FIRM, TODAY).also
    assert WHO not in lagging.former
    assert kofi_of(after(lagging, imports(FIRM))) == kofi


def test_whoever_was_let_go_is_back_where_the_firm_says_so() -> None:
    moved = after(FIRM, LET_GO, imports(with_halden()), imports(FIRM), BACK)
    assert kofi_of(moved).active
    assert kofi_of(after(moved, imports(with_halden()), imports(FIRM))).active


def test_each_time_that_they_left_is_counted_once() -> None:
    moved = after(FIRM, LET_GO, imports(with_halden()))
    out_and_in = after(moved, imports(without()), imports(with_halden()))
    assert [one.number for one in kofi_of(moved).left] == [1]
    assert [one.number for one in kofi_of(out_and_in).left] == [1, 2]
