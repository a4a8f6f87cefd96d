"""Who is chosen from a directory, and for what a directory is refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.directory.checks import directory_problems
from domain.directory.directory import REQUIRED_POSITIONS, Directory, gaps
from domain.directory.people import Absence, Person
from domain.shared.errors import Rule
from domain.shared.values import PersonId
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
FIRM = sample_directory()
PLAYBOOK = sample_playbook()


def firm(**changes: Any) -> Directory:
    """The sample firm with these fields changed."""
    return FIRM.replace(**changes)


def with_person(person: str, **changes: Any) -> Directory:
    """The sample firm with one of its people changed."""
    return firm(people=tuple(p.replace(**changes) if p.id == person else p for p in FIRM.people))


def chosen(role: str, vertical: str | None = None, *, among: Directory = FIRM, excluding: tuple[str, ...] = ()) -> str:
    found = among.first_competent(role, PLAYBOOK, vertical, excluding=excluding)
    return found.id if found else ""


@pytest.mark.parametrize(
    ("role", "vertical", "holder"),
    [
        pytest.param("engagement_manager", "energy", "marta.silva", id="by vertical"),
        pytest.param("engagement_manager", "insurance", "jonas.weber", id="vertical goes before order"),
        pytest.param("engagement_manager", "mining", "marta.silva", id="else by order"),
        pytest.param("engagement_manager", None, "marta.silva", id="no vertical"),
        pytest.param("project_manager", "energy", "peter.olsen", id="first in the file"),
        pytest.param("agreement_custodian", None, "olga.petrova", id="held as quality"),
        pytest.param("expert:data", None, "kofi.mensah", id="expert of the discipline"),
        pytest.param("expert:alchemy", None, "", id="no expert of it"),
        pytest.param("head_of_sales", None, "", id="a position is no role"),
    ],
)
def test_the_first_competent_person_is_chosen(role: str, vertical: str | None, holder: str) -> None:
    assert chosen(role, vertical) == holder


def test_the_excluded_are_passed_over() -> None:
    assert chosen("engagement_manager", "energy", excluding=("marta.silva",)) == "jonas.weber"


def test_those_below_the_profile_are_passed_over() -> None:
    weaker = with_person("marta.silva", competencies={"foundation": 5})
    assert chosen("engagement_manager", "energy", among=weaker) == "jonas.weber"


def test_those_who_left_are_passed_over() -> None:
    assert chosen("project_manager", among=with_person("peter.olsen", active=False)) == "nadia.haddad"


def test_a_person_with_several_roles_is_found_by_each() -> None:
    assert [p.id for p in FIRM.people_with_role("finance")] == [p.id for p in FIRM.people_with_role("procurement")]


def test_gaps_name_what_is_had_and_what_is_needed() -> None:
    peter = FIRM.person(PersonId("peter.olsen"))
    assert peter is not None
    profile = {"foundation": 4, "negotiation": 3, "hypnosis": 1}
    assert gaps(peter, profile) == {"negotiation": (2, 3), "hypnosis": (0, 1)}


def test_people_of_a_client_know_their_client_and_are_no_colleagues() -> None:
    assert {p.id for p in FIRM.client_people("Halden Energi AS")} == {"kari.moe", "odd.vik"}
    kari = FIRM.person(PersonId("kari.moe"))
    assert kari is not None
    assert kari.client == "Halden Energi AS"
    assert FIRM.colleague(PersonId("kari.moe")) is None
    assert FIRM.client_people("Nobody Ltd") == ()


def test_the_sample_has_no_problems() -> None:
    assert directory_problems(FIRM) == ()


@pytest.mark.parametrize("position", REQUIRED_POSITIONS)
@pytest.mark.parametrize("holder", [None, "kari.moe", "nobody", "peter.olsen"])
def test_a_position_is_held_by_a_colleague_who_is_more_than_a_project_manager(
    position: str, holder: str | None
) -> None:
    others = {name: person for name, person in FIRM.positions.items() if name != position}
    positions = others | ({position: holder} if holder else {})
    problem = directory_problems(firm(positions=positions))[0]
    assert (problem.rule, problem.where) == (Rule.SOMEONE_IS_ACCOUNTABLE, f"positions.{position}")


def test_who_leaves_a_position_leaves_it_empty() -> None:
    places = [problem.where for problem in directory_problems(with_person("erik.strand", active=False))]
    assert places == ["positions.cfo", "people.23.deputy", "absences.1.delegate"]


def test_a_position_of_the_firms_own_is_filled_too() -> None:
    problems = directory_problems(firm(positions={**FIRM.positions, "head_of_tea": "nobody"}))
    assert [problem.where for problem in problems] == ["positions.head_of_tea"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"deputy": "nobody"}, "deputy"),
        ({"manager": "nobody"}, "manager"),
        ({"assistant": "nobody"}, "assistant"),
        ({"deputy": "ingrid.solberg"}, "deputy"),
        ({"calendar": "FR"}, "calendar"),
        ({"email": "ingrid"}, "email"),
        ({"client": "Halden Energi AS"}, "client"),
    ],
)
def test_a_person_names_only_what_is_known(changes: dict[str, str], field: str) -> None:
    problems = directory_problems(with_person("ingrid.solberg", **changes))
    assert [problem.where for problem in problems] == [f"people.0.{field}"]


def test_a_colleague_has_a_calendar_and_a_client_need_not() -> None:
    problems = directory_problems(with_person("ingrid.solberg", calendar=None))
    assert [problem.where for problem in problems] == ["people.0"]


def test_ids_and_addresses_are_one_persons_across_firm_and_clients() -> None:
    kari = Person(id="luca.ferri", name="Kari", email="Luca.Ferri@fjordline.example", client="Halden Energi AS")
    halden, *others = FIRM.clients
    problems = directory_problems(firm(clients=(halden.replace(people=(*halden.people, kari)), *others)))
    assert [problem.where for problem in problems] == ["clients.0.people.2.id", "clients.0.people.2.email"]


def test_two_clients_do_not_share_a_name() -> None:
    problems = directory_problems(firm(clients=(*FIRM.clients, FIRM.clients[0].replace(people=()))))
    assert [problem.where for problem in problems] == ["clients.3.name"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"person": "nobody"}, "absences.0.person"),
        ({"delegate": "nobody"}, "absences.0.delegate"),
        ({"delegate": "sven.aas"}, "absences.0.delegate"),
        ({"first": date(2027, 2, 1)}, "absences.0"),
    ],
)
def test_an_absence_has_known_people_and_ends_after_it_begins(changes: dict[str, Any], where: str) -> None:
    away = Absence(person="sven.aas", first=date(2027, 1, 4), last=date(2027, 1, 4))
    assert directory_problems(firm(absences=(away,))) == ()
    assert [problem.where for problem in directory_problems(firm(absences=(away.replace(**changes),)))] == [where]


def test_somebody_keeps_the_house() -> None:
    problems = directory_problems(firm(house_roles={"process_owner": "tomasz.nowak", "administrator": "nobody"}))
    assert [p.where for p in problems] == ["roles_of_the_house.administrator", "roles_of_the_house.ops"]


def test_a_rate_card_without_grades_prices_nothing() -> None:
    problems = directory_problems(firm(rate_card=FIRM.rate_card.replace(grades={})))
    assert [problem.where for problem in problems] == ["rate_card.grades"]
