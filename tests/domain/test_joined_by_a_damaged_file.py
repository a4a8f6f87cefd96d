"""Who joined by a file whose directory was damaged: their id is theirs, and goes to nobody else."""

import pytest

from domain.directory import commands as f
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.shared.errors import BadValue
from tests.domain.story import FIRM
from tests.domain.test_new_clients import HALDEN
from tests.domain.test_renamed_clients import ELSEWHERE, client, of
from tests.domain.test_said_since import JOINS, NINA, WITH_NINA, after_damage

NILS = NINA.replace(name="Nils Nygaard", email="nils@fjordline.example")


def with_colleague(person: Person) -> Directory:
    return FIRM.replace(people=(*FIRM.people, person))


def with_person_of(name: str, person: Person) -> Directory:
    one = client(name)
    theirs = of(one, (*one.people, Person(id=person.id, name=person.name, email=person.email, client=name)))
    return FIRM.replace(clients=tuple(theirs if known.name == name else known for known in FIRM.clients))


LEAVES = f.DeactivatePerson(person_id=NINA.id, reason="Stole")


@pytest.mark.parametrize("file", [with_colleague(NILS), with_person_of(HALDEN, NILS)], ids=["firm", "client"])
def test_an_id_of_whom_only_the_damaged_version_knew_is_nobody_elses(file: Directory) -> None:
    with pytest.raises(BadValue, match=r"The id nina\.new was Nina New's"):
        after_damage(JOINS, file=file)


def test_whoever_was_let_go_stays_so_by_their_own_name() -> None:
    for file in (with_person_of(HALDEN, NILS), with_colleague(NILS)):
        with pytest.raises(BadValue, match=r"The id nina\.new was Nina New's"):
            after_damage(JOINS, LEAVES, file=file)
    nina = after_damage(JOINS, LEAVES, file=with_colleague(NINA)).person(NINA.id)
    assert nina is not None
    assert (nina.name, nina.active, nina.left_because) == ("Nina New", False, "Stole")


def test_whom_the_next_file_lists_as_they_joined_joins_by_that() -> None:
    for file in (WITH_NINA, with_person_of(HALDEN, NINA)):
        nina = after_damage(f.ImportDirectory(directory=file), file=file).person(NINA.id)
        assert nina is not None
        assert (nina.active, nina.left) == (True, ())


def test_whom_the_next_file_lists_elsewhere_has_left_where_they_joined() -> None:
    joined = f.ImportDirectory(directory=with_person_of(HALDEN, NINA))
    for file in (WITH_NINA, with_person_of(ELSEWHERE, NINA)):
        nina = after_damage(joined, file=file).person(NINA.id)
        assert nina is not None
        assert [one.number for one in nina.left] == [1]


def test_whom_the_next_file_does_not_list_is_remembered() -> None:
    assert after_damage(JOINS, file=FIRM).former[NINA.id].name == "Nina New"
