"""Clients whose people a file exchanges: nobody's deals pass to the people of another known client without a word."""

from collections.abc import Iterable

import pytest

from domain.directory import commands as f
from domain.directory.checks import directory_problems
from domain.directory.decide import decide
from domain.directory.directory import Client, Directory
from domain.directory.import_review import review_of
from domain.directory.people import Person
from domain.shared.errors import BadValue
from tests.domain.story import FIRM, PLAYBOOK
from tests.domain.test_new_clients import HALDEN, TODAY
from tests.domain.test_renamed_clients import ADA, ELSEWHERE, client, of, stranger_of

THIRD = "Nordlys AS"


def imported(*clients: Client, deals: tuple[str, ...] = (), before: Directory = FIRM) -> Directory:
    """After a file of these clients beside the firm's others, while deals run under these names."""
    named = {one.name for one in clients}
    rest = tuple(one for one in FIRM.clients if one.name not in {HALDEN, ELSEWHERE, *named})
    file = FIRM.replace(clients=(*clients, *rest))
    in_deals = {name: tuple(person.id for person in people_of(name)) for name in deals}
    said = f.ImportDirectory(directory=file, names_in_deals=in_deals, leaving=20)
    return decide(before, said, ADA, TODAY).directory


def people_of(name: str) -> tuple[Person, ...]:
    return client(name).people


def with_people(name: str, people: Iterable[Person], **said: tuple[str, ...]) -> Client:
    return of(client(name).replace(**said), people)


@pytest.mark.parametrize("deals", [(), (HALDEN, ELSEWHERE)])
def test_two_clients_whose_people_are_with_each_other_are_refused_by_name(deals: tuple[str, ...]) -> None:
    with pytest.raises(BadValue, match=f"Nobody of {HALDEN} is there any more") as refused:
        imported(with_people(HALDEN, people_of(ELSEWHERE)), with_people(ELSEWHERE, people_of(HALDEN)), deals=deals)
    assert people_of(ELSEWHERE)[0].name in refused.value.refused.detail
    assert refused.value.refused.field == "clients.0.people"


def test_two_names_that_the_file_exchanges_are_exchanged_and_refused_while_deals_run_under_them() -> None:
    """By the remedy that is typed literally: each lets go of the name that it says it had."""
    halden = with_people(ELSEWHERE, people_of(HALDEN), formerly=(HALDEN,), released_names=(HALDEN,))
    other = with_people(HALDEN, people_of(ELSEWHERE), formerly=(ELSEWHERE,), released_names=(ELSEWHERE,))
    assert not directory_problems(FIRM.replace(clients=(halden, other, *FIRM.clients[2:])))
    for deals in ((HALDEN,), (ELSEWHERE,), (HALDEN, ELSEWHERE)):
        with pytest.raises(BadValue, match=r"Deals know .* still") as refused:
            imported(halden, other, deals=deals)
        assert "a name that nobody has" in refused.value.refused.remedy
    assert client(ELSEWHERE, imported(halden, other)).people[0].name == people_of(HALDEN)[0].name


def test_a_name_that_a_known_client_says_was_its_own_is_no_strangers_while_deals_run_under_it() -> None:
    both = (*people_of(ELSEWHERE), *people_of(HALDEN))
    merged = with_people(ELSEWHERE, both, formerly=(HALDEN,), released_names=(HALDEN,))
    with pytest.raises(BadValue, match=f"Deals know {ELSEWHERE} as {HALDEN} still"):
        imported(merged, stranger_of(HALDEN), deals=(HALDEN,))


def test_people_who_pass_along_a_chain_of_names_are_refused() -> None:
    before = FIRM.replace(clients=(*FIRM.clients, stranger_of(THIRD)))
    first = with_people(ELSEWHERE, people_of(HALDEN), formerly=(HALDEN,))
    released = stranger_of(THIRD).replace(formerly=(ELSEWHERE,), released_names=(ELSEWHERE,))
    last = of(released, (*released.people, *people_of(ELSEWHERE)))
    with pytest.raises(BadValue, match=f"Deals know {THIRD} as {ELSEWHERE} still"):
        imported(first, last, deals=(ELSEWHERE,), before=before)
    silent = (with_people(ELSEWHERE, people_of(HALDEN)), of(stranger_of(THIRD), people_of(ELSEWHERE)))
    with pytest.raises(BadValue, match="is there any more"):
        imported(*silent, before=before)


def test_one_of_several_who_changes_employer_is_taken_and_so_are_more_beside_somebody_who_stays() -> None:
    kari, *others = people_of(HALDEN)
    halden = with_people(HALDEN, others)
    alone = imported(halden, with_people(ELSEWHERE, (kari,)))
    assert client(ELSEWHERE, alone).people[0].id == kari.id
    beside = imported(with_people(HALDEN, ()), with_people(ELSEWHERE, (*people_of(ELSEWHERE), *people_of(HALDEN))))
    assert len(client(ELSEWHERE, beside).people) == len(people_of(ELSEWHERE)) + len(people_of(HALDEN))


def test_a_client_of_whom_nobody_stays_is_warned_of_by_name() -> None:
    after = imported(stranger_of(HALDEN), client(ELSEWHERE))
    found = review_of(FIRM, after, PLAYBOOK, after, TODAY).warnings
    (warning,) = (one for one in found if one.where.startswith("clients"))
    assert warning.what.startswith(
        f"nobody of {HALDEN} as it was is with it: Kari Moe and Odd Vik. Its deals are with A "
    )


def test_a_client_that_was_left_out_and_is_listed_again_with_strangers_is_warned_of_by_name() -> None:
    gone = imported(client(ELSEWHERE))
    assert gone.client(HALDEN) is None
    strangers = imported(stranger_of(HALDEN), before=gone)
    warned = [one.what for one in review_of(gone, strangers, PLAYBOOK, strangers, TODAY).warnings]
    assert any(what.startswith(f"nobody of {HALDEN} as it was is with it: Kari Moe and Odd Vik.") for what in warned)
    same = imported(client(HALDEN), before=gone)
    assert not any(one.where.startswith("clients") for one in review_of(gone, same, PLAYBOOK, same, TODAY).warnings)


def test_a_client_does_not_let_go_of_the_name_that_it_has() -> None:
    wrong = client(HALDEN).replace(released_names=(HALDEN,))
    (problem,) = directory_problems(FIRM.replace(clients=(wrong, *FIRM.clients[1:])))
    assert problem.where == "clients.0.released_names"
    assert problem.what == f"{HALDEN} lets go of {HALDEN}, which is its name"
