"""A client that is called otherwise now: known by what was said of it, however its people move; never guessed."""

from collections.abc import Iterable

import pytest
from ruamel.yaml import YAML

from domain.directory import commands as f
from domain.directory.checks import directory_problems
from domain.directory.decide import decide
from domain.directory.directory import Client, Directory
from domain.directory.import_review import review_of
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.playbook.model import Stage
from domain.shared.errors import BadValue
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story
from tests.domain.test_new_clients import HALDEN, LUCA, TODAY, added, says

ADA = Actor(person_id="ida.holm", house_roles=("administrator",))
ELSEWHERE, NEW_NAME = "Lindqvist Försäkring AB", "Halden Kraft ASA"


def client(name: str, directory: Directory = FIRM) -> Client:
    found = directory.client(name)
    assert found is not None
    return found


def of(one: Client, people: Iterable[Person]) -> Client:
    return one.replace(people=tuple(person.replace(client=one.name) for person in people))


def file(
    *, moves: Iterable[str] = (), to: str = ELSEWHERE, renamed: bool = True, formerly: tuple[str, ...] = ()
) -> Directory:
    """The firm's file, in which the client has another name, and some of its people are with another client."""
    halden = client(HALDEN)
    gone = [person for person in halden.people if person.id in set(moves)]
    stay = [person for person in halden.people if person not in gone]
    now = of(halden.replace(name=NEW_NAME if renamed else HALDEN, formerly=formerly), stay)
    others = (of(one, (*one.people, *gone)) if one.name == to else one for one in FIRM.clients if one.name != HALDEN)
    return FIRM.replace(clients=(now, *others))


def imported(directory: Directory, before: Directory = FIRM) -> Directory:
    return decide(before, f.ImportDirectory(directory=directory, leaving=None), ADA, TODAY).directory


def heard(directory: Directory) -> Engagement:
    told = Story("halden").to(Stage.DELIVER).copy()
    says(told, directory)
    return told.state


def here(state: Engagement) -> dict[str, bool]:
    return {name: state.cast.people[name].active for name in (PersonId("kari.moe"), PersonId("odd.vik"))}


def renamed() -> Directory:
    return imported(file(formerly=(HALDEN,)))


def test_a_client_of_which_it_is_said_has_another_name() -> None:
    state = heard(renamed())
    assert state.client == NEW_NAME
    assert here(state) == {"kari.moe": True, "odd.vik": True}


def test_where_nothing_is_said_it_is_taken_for_no_other_whoever_moved_and_whoever_is_there() -> None:
    """One of its people has left, one moved, and a stranger is with the new client: the deals would be theirs."""
    kari, odd = client(HALDEN).people[:2]
    stranger = odd.replace(id="a.stranger", name="A Stranger", email="a.stranger@other.example")
    for people in ((kari, odd), (kari,), (kari, stranger), (kari, odd, stranger)):
        other = of(client(HALDEN).replace(name="Quite Other AS", people=()), people)
        rest = (one for one in FIRM.clients if one.name != HALDEN)
        with pytest.raises(BadValue, match="it may be the same client by a new name, or another one"):
            imported(FIRM.replace(clients=(other, *rest)))


@pytest.mark.parametrize("moves", ["kari.moe", "odd.vik"])
def test_where_one_of_them_moves_in_the_same_file_it_says_what_the_client_was_called(moves: str) -> None:
    with pytest.raises(BadValue, match=f"{HALDEN} is not in the file") as refused:
        imported(file(moves=[moves]))
    assert f'formerly: ["{HALDEN}"]' in refused.value.refused.remedy
    state = heard(imported(file(moves=[moves], formerly=(HALDEN,))))
    assert state.client == NEW_NAME
    assert here(state) == {"kari.moe": moves != "kari.moe", "odd.vik": moves != "odd.vik"}


def test_whose_people_are_with_a_client_that_was_there_has_no_other_name_by_that() -> None:
    """It is gone, and they are elsewhere."""
    gone = file(moves=["kari.moe", "odd.vik"])
    state = heard(imported(gone.replace(clients=gone.clients[1:])))
    assert state.client == HALDEN
    assert here(state) == {"kari.moe": False, "odd.vik": False}


def test_a_client_that_stays_without_those_who_moved_is_no_other() -> None:
    """The way to say that a new client is another one."""
    halden = client(HALDEN)
    new = of(halden.replace(name=NEW_NAME), halden.people)
    others = (one for one in FIRM.clients if one.name != HALDEN)
    state = heard(imported(FIRM.replace(clients=(of(halden, ()), new, *others))))
    assert state.client == HALDEN
    assert not any(here(state).values())


def test_two_clients_whose_people_are_with_one_new_client_are_not_both_that_one() -> None:
    halden, other = client(HALDEN), client(ELSEWHERE)
    new = of(halden.replace(name=NEW_NAME), (*halden.people, *other.people))
    rest = tuple(one for one in FIRM.clients if one.name not in {HALDEN, ELSEWHERE})
    with pytest.raises(BadValue, match="or another one"):
        imported(FIRM.replace(clients=(new, *rest)))
    merged = imported(FIRM.replace(clients=(new.replace(formerly=(HALDEN, ELSEWHERE)), *rest)))
    assert heard(merged).client == NEW_NAME


@pytest.mark.parametrize("written_down", [False, True])
def test_an_engagement_that_hears_late_knows_its_client_by_any_name_that_it_had(*, written_down: bool) -> None:
    first = renamed()
    known = client(NEW_NAME, first)
    said = (*known.formerly, NEW_NAME) if written_down else (NEW_NAME,)
    second_name = of(known.replace(name="HALDEN KRAFT", formerly=said), known.people)
    file_again = first.replace(
        clients=tuple(second_name if c.name == NEW_NAME else c for c in first.clients), former={}
    )
    moved = imported(file_again, first)
    assert set(client("HALDEN KRAFT", moved).formerly) == {HALDEN, NEW_NAME}
    assert heard(moved).client == "HALDEN KRAFT"
    assert client("HALDEN KRAFT", imported(file_again, moved)).formerly == client("HALDEN KRAFT", moved).formerly


def test_a_name_that_a_client_had_is_no_other_clients_until_the_file_lets_go_of_it() -> None:
    now = renamed()
    again = stranger_of(HALDEN)
    both = now.replace(clients=(*now.clients, again), former={})
    for said in (now.clients, tuple(one.replace(formerly=()) for one in now.clients)):
        with pytest.raises(BadValue, match=f"{NEW_NAME} was called {HALDEN} before, and {HALDEN} is another client"):
            imported(both.replace(clients=(*said, again)), now)
    after = imported(released(both), now)
    assert client(NEW_NAME, after).formerly == client(NEW_NAME, after).released_names == ()
    assert client(HALDEN, after).people[0].name == "A Stranger"
    kept_as_it_is = imported(released(both, formerly=(HALDEN,)), after)
    assert client(NEW_NAME, kept_as_it_is).formerly == ()


def test_no_file_lets_go_of_the_name_that_deals_know_until_now() -> None:
    file_of_both = file(formerly=(HALDEN,)).replace(clients=(*file(formerly=(HALDEN,)).clients, stranger_of(HALDEN)))
    assert not directory_problems(released(file_of_both, formerly=(HALDEN,)))
    renamed_alone = file_of_both.replace(clients=file_of_both.clients[:-1])
    for said in (file_of_both, renamed_alone):
        with pytest.raises(BadValue, match=f"Deals know {NEW_NAME} as {HALDEN} still"):
            imported(released(said, formerly=(HALDEN,)))


def released(directory: Directory, formerly: tuple[str, ...] = ()) -> Directory:
    """In which the client lets go of the name that it had."""
    one = client(NEW_NAME, directory).replace(formerly=formerly, released_names=(HALDEN,))
    return directory.replace(clients=tuple(one if known.name == NEW_NAME else known for known in directory.clients))


def stranger_of(name: str) -> Client:
    odd = client(HALDEN).people[1]
    stranger = odd.replace(id="a.stranger", name="A Stranger", email="a@other.example", client=name)
    return Client(name=name, vertical="retail", people=(stranger,))


def test_a_file_that_names_another_by_a_name_of_before_and_leaves_the_client_out_says_which_it_is() -> None:
    now = renamed()
    rest = tuple(one for one in now.clients if one.name != NEW_NAME)
    left_out = now.replace(clients=(stranger_of(HALDEN), *rest), former={})
    with pytest.raises(BadValue, match=f"{NEW_NAME} is not in the file, and was called {HALDEN} before") as refused:
        imported(left_out, now)
    same, other = refused.value.refused.remedy.split("If it is another, ")
    assert same == f'If it is the same, add to {HALDEN}: formerly: ["{NEW_NAME}"]. '
    assert other == f'leave {NEW_NAME} in the file, with released_names: ["{HALDEN}"].'
    back = imported(now.replace(clients=(stranger_of(HALDEN).replace(formerly=(NEW_NAME,)), *rest), former={}), now)
    assert client(HALDEN, back).formerly == (NEW_NAME,)
    both = left_out.replace(clients=(*left_out.clients, client(NEW_NAME, now).replace(formerly=())))
    assert heard(imported(released(both), now)).client == HALDEN


def test_a_client_that_sales_renamed_is_not_the_one_whom_a_file_names_by_its_name_of_before() -> None:
    before = decide(
        added().directory, f.RenameClient(client="Nordlys AS", name="Nordlys Energi AS"), LUCA, TODAY
    ).directory
    theirs = client("Nordlys Energi AS", before)
    file_of_strangers = FIRM.replace(clients=(*FIRM.clients, stranger_of("Nordlys AS")))
    with pytest.raises(
        BadValue, match="Nordlys Energi AS is not in the file, and was called Nordlys AS before"
    ) as refused:
        imported(file_of_strangers, before)
    assert f"as `{RemedyAction.EXPORT_PEOPLE.about()}` writes it, added_by too" in refused.value.refused.remedy
    exported = theirs.replace(released_names=("Nordlys AS",))
    after = imported(file_of_strangers.replace(clients=(*file_of_strangers.clients, exported)), before)
    assert (client("Nordlys Energi AS", after).added_by, client("Nordlys AS", after).added_by) == ("luca.ferri", None)
    assert not client("Nordlys Energi AS", after).is_confirmed


def test_a_client_whose_name_of_before_the_file_says_is_not_new_to_who_moves_to_it() -> None:
    """The other client of theirs is gone; which one they moved to is said."""
    halden, other = client(HALDEN), client(ELSEWHERE)
    now = of(halden.replace(name=NEW_NAME, formerly=(HALDEN,)), (*halden.people, *other.people))
    rest = tuple(one for one in FIRM.clients if one.name not in {HALDEN, ELSEWHERE})
    after = imported(FIRM.replace(clients=(now, *rest)))
    assert client(NEW_NAME, after).formerly == (HALDEN,)


def test_whose_new_name_is_said_does_not_take_that_of_a_client_that_is_left_out() -> None:
    now = renamed()
    other = client(ELSEWHERE)
    takes_it = of(other.replace(name=HALDEN, formerly=(ELSEWHERE,)), other.people)
    rest = tuple(one for one in now.clients if one.name not in {NEW_NAME, ELSEWHERE})
    with pytest.raises(BadValue, match=f"{NEW_NAME} is not in the file, and was called {HALDEN} before"):
        imported(now.replace(clients=(takes_it, *rest), former={}), now)


@pytest.mark.parametrize("name", ["Acme, Inc.", "Moe & Co", "#1 AS", "Firma: Nord", '"Nord" AS', "Ørsted"])
def test_a_remedy_can_be_copied_into_the_file_whatever_signs_are_in_the_name(name: str) -> None:
    named = FIRM.replace(clients=(of(client(HALDEN).replace(name=name), client(HALDEN).people), *FIRM.clients[1:]))
    other = FIRM.replace(clients=(of(client(HALDEN).replace(name=NEW_NAME), client(HALDEN).people), *FIRM.clients[1:]))
    with pytest.raises(BadValue) as refused:
        imported(other, named)
    said = refused.value.refused.remedy.split(f"add to {NEW_NAME}: ")[1].split(". If it is")[0]
    assert YAML(typ="safe").load(said) == {"formerly": [name]}


def test_a_client_that_sales_added_is_known_by_the_name_that_the_file_gives_it() -> None:
    before = added().directory
    nordlys = client("Nordlys AS", before)
    theirs = of(nordlys.replace(name="Nordlys ASA", added_by=None, formerly=("Nordlys AS",)), nordlys.people)
    after = imported(FIRM.replace(clients=(*FIRM.clients, theirs)), before)
    assert after.client("Nordlys AS") is None
    assert client("Nordlys ASA", after).formerly == ("Nordlys AS",)


def test_a_client_that_is_renamed_says_so_itself_and_can_have_its_name_back() -> None:
    before = added().directory
    renamed = decide(before, f.RenameClient(client="Nordlys AS", name="Nordlys ASA"), LUCA, TODAY).directory
    assert client("Nordlys ASA", renamed).formerly == ("Nordlys AS",)
    back = decide(renamed, f.RenameClient(client="Nordlys AS", name="Nordlys AS"), LUCA, TODAY).directory
    assert client("Nordlys AS", back).formerly == ("Nordlys ASA",)


def test_whoever_was_with_another_client_meanwhile_unheard_holds_nothing_any_more() -> None:
    told = Story("halden").to(Stage.DELIVER).copy()
    elsewhere = imported(file(moves=["kari.moe"], renamed=False))
    back = imported(FIRM, elsewhere)
    at_once = told.copy()
    for directory in (elsewhere, back):
        says(at_once, directory)
    says(told, back)
    assert here(told.state) == here(at_once.state) == {"kari.moe": True, "odd.vik": True}
    assert told.state.cast.holders == at_once.state.cast.holders
    assert told.state.cast.holder("client_sponsor") is None


def test_a_review_says_what_a_client_is_called_now() -> None:
    review = review_of(FIRM, renamed(), Story("halden").playbook, renamed(), TODAY)
    assert f"The client {HALDEN} is called {NEW_NAME} now." in review.also
    assert not any(text.startswith(("New client", "Client removed")) for text in review.also)
