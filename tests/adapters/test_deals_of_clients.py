"""A name with which deals run is nobody else's, whether the directory has the client by now or not."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from adapters.db.database import reading, writing
from adapters.db.deals_being_started import DealsBeingStarted, being_started
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.registry import ClientChanged, NumberWanted, Registry
from domain.directory import commands as f
from domain.directory.directory import Client, Directory, name_key
from domain.engagement.closing.commands import LoseDeal
from domain.shared.errors import BadValue, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.adapters.builders import MONDAY, Deal, firm

MINUTE = timedelta(minutes=1)
HALDEN, NEW_NAME = "Halden Energi AS", "Halden Kraft ASA"
LUCA, AISHA, CLAIRE = Actor(person_id="luca.ferri"), Actor(person_id="aisha.khan"), Actor(person_id="claire.dubois")
ADA = Actor(person_id="ida.holm", house_roles=("administrator",))
EVA = f.ClientPerson(name="Eva Berg", email="eva@nordlys.example", part=("client_sponsor", "client_signatory"))


@pytest.fixture
def people(engine: Engine, records: Records) -> PeopleOperations:
    """Of a firm in which Luca sells a deal with a client that has been left out of the file since."""
    people = PeopleOperations(engine)
    people.import_directory(firm())
    records.append(Deal(seller="luca.ferri").batch)
    people.import_directory(without_halden())
    return people


def without_halden() -> Directory:
    return firm().replace(clients=tuple(client for client in firm().clients if client.name != HALDEN))


def named(name: str) -> f.AddClient:
    return f.AddClient(name=name, vertical="energy", people=(EVA,))


@pytest.mark.parametrize("name", [HALDEN, "HALDEN  energi as"])
def test_another_seller_takes_it_neither_for_a_new_client_nor_for_one_of_theirs(
    people: PeopleOperations, name: str
) -> None:
    people.carry_out(named("Nordlys AS"), AISHA)
    commands: tuple[f.FirmCommand, ...] = (named(name), f.RenameClient(client="Nordlys AS", name=name))
    for command in commands:
        with pytest.raises(PermissionDenied, match="Deals run with") as refused:
            people.carry_out(command, AISHA)
        assert "Ida Holm, the administrator, or Claire Dubois can do it" in refused.value.refused.remedy


@pytest.mark.parametrize("who", [LUCA, CLAIRE, ADA], ids=lambda actor: actor.person_id)
def test_who_sells_the_deal_and_who_heads_them_may(people: PeopleOperations, who: Actor) -> None:
    people.carry_out(named(HALDEN), who)
    assert people.directory().client(HALDEN) is not None


def test_it_is_free_once_no_deal_runs_with_it(engine: Engine, records: Records) -> None:
    people, deal = PeopleOperations(engine), Deal(seller="luca.ferri")
    people.import_directory(firm())
    records.append(deal.do("luca.ferri", LoseDeal(reason="Another was chosen.")).batch)
    people.import_directory(without_halden())
    people.carry_out(named(HALDEN), AISHA)


def test_whoever_sells_a_deal_that_has_not_heard_of_its_clients_new_name_may_correct_it(
    engine: Engine, records: Records
) -> None:
    people = PeopleOperations(engine)
    people.import_directory(without_halden())
    people.carry_out(named(HALDEN), AISHA)
    records.append(Deal(seller="luca.ferri").batch)
    people.carry_out(f.RenameClient(client=HALDEN, name=NEW_NAME), ADA)
    people.carry_out(f.RenameClient(client=NEW_NAME, name="Halden AS"), LUCA)


def test_no_file_lets_go_of_a_name_by_which_a_deal_knows_its_client(engine: Engine, records: Records) -> None:
    people = PeopleOperations(engine)
    people.import_directory(firm())
    people.import_directory(renamed())
    file = released()
    people.review_import(file)
    records.append(Deal(seller="luca.ferri").batch)
    for taken in (people.review_import, people.import_directory):
        with pytest.raises(BadValue, match=f"Deals know {NEW_NAME} as {HALDEN} still") as refused:
            taken(file)
        assert refused.value.refused.field == "clients.0.released_names"


@pytest.fixture
def on_its_way(engine: Engine) -> Registry:
    """Of a firm that knows a client by a new name, and in which a deal with it is being started by the old one."""
    people, registry = PeopleOperations(engine), Registry(engine, lambda: MONDAY)
    people.import_directory(firm())
    registry.engagement_number(
        NumberWanted("on its way", "b", firm().clients[0], (PersonId("kari.moe"),), PersonId("luca.ferri")), 2026
    )
    people.import_directory(renamed())
    return registry


@pytest.fixture
def people_then(engine: Engine) -> PeopleOperations:
    """At the time at which the deal is being started."""
    return PeopleOperations(engine, lambda: MONDAY)


@pytest.mark.usefixtures("on_its_way")
def test_a_deal_that_is_being_started_holds_its_clients_name_as_one_that_runs(people_then: PeopleOperations) -> None:
    with pytest.raises(BadValue, match=f"Deals know {NEW_NAME} as {HALDEN} still"):
        people_then.import_directory(released())
    people_then.import_directory(without_halden())
    with pytest.raises(PermissionDenied, match="Deals run with"):
        people_then.carry_out(named(HALDEN), AISHA)
    people_then.carry_out(named(HALDEN), LUCA)


@pytest.mark.usefixtures("on_its_way")
def test_its_name_is_held_while_the_deal_runs_and_no_longer(people_then: PeopleOperations, records: Records) -> None:
    deal = Deal(seller="luca.ferri")
    records.append(deal.batch)
    with pytest.raises(BadValue):
        people_then.import_directory(released())
    records.append(deal.do("luca.ferri", LoseDeal(reason="Another was chosen.")).batch)
    people_then.import_directory(released())


@pytest.mark.usefixtures("on_its_way")
def test_a_number_that_is_given_up_holds_no_name(engine: Engine, people_then: PeopleOperations) -> None:
    starting, number = DealsBeingStarted(engine), EngagementId("ENG-2026-0001")
    assert starting.of_before(MONDAY) == ()
    assert starting.of_before(MONDAY + MINUTE) == (number,)
    starting.give_up(number, MONDAY)
    with pytest.raises(BadValue):  # it was asked for again since
        people_then.import_directory(released())
    starting.give_up(number, MONDAY + MINUTE)
    people_then.import_directory(released())


@pytest.mark.usefixtures("on_its_way")
def test_a_name_in_deals_comes_back_into_the_directory_with_whom_they_know_alone(people_then: PeopleOperations) -> None:
    """Left out under its new name, and then named anew: the way of who was refused to let go of the name."""
    people_then.import_directory(without_halden())
    with pytest.raises(BadValue, match=f"Deals know a client as {HALDEN}, with Kari Moe") as refused:
        people_then.import_directory(with_strangers())
    assert refused.value.refused.field == "clients.0.people"
    people_then.import_directory(firm())


@pytest.mark.usefixtures("on_its_way")
def test_so_it_does_where_its_deals_have_heard_that_it_was_left_out(
    people_then: PeopleOperations, records: Records
) -> None:
    deal = Deal(seller="luca.ferri")
    records.append(deal.batch)
    people_then.import_directory(without_halden())
    records.append(deal.left_by_its_client().batch)
    assert deal.state.cast.holder("client_sponsor") is None
    with pytest.raises(BadValue, match=f"Deals know a client as {HALDEN}, with .*Kari Moe"):
        people_then.import_directory(with_strangers())
    people_then.import_directory(firm())


@pytest.mark.usefixtures("on_its_way")
def test_somebody_of_the_firm_whom_its_deals_knew_makes_no_stranger_known(
    people_then: PeopleOperations, records: Records
) -> None:
    records.append(Deal(seller="luca.ferri").batch)
    people_then.import_directory(without_halden())
    luca = next(person for person in firm().people if person.id == "luca.ferri")
    moved = luca.replace(client=HALDEN, roles=(), part=("client_contact",))
    file = firm().replace(clients=(Client(name=HALDEN, vertical="retail", people=(moved,)), *firm().clients[1:]))
    with pytest.raises(BadValue):
        people_then.import_directory(file.replace(people=tuple(p for p in file.people if p.id != luca.id)))


@pytest.mark.usefixtures("on_its_way")
def test_nor_is_it_claimed_by_another_as_a_name_of_before(people_then: PeopleOperations, records: Records) -> None:
    records.append(Deal(seller="luca.ferri").batch)
    new, known = (Client(name=name, vertical="retail") for name in ("Ganz AS", "Dritte AS"))
    people_then.import_directory(firm().replace(clients=(known, *firm().clients[1:])))
    for clients in ((known, new.replace(formerly=(HALDEN,))), (known.replace(formerly=(HALDEN,)),)):
        with pytest.raises(BadValue, match=f"Deals know a client as {HALDEN}"):
            people_then.import_directory(firm().replace(clients=(*clients, *firm().clients[1:])))
    people_then.import_directory(renamed())


def with_strangers() -> Directory:
    return firm().replace(clients=(Client(name=HALDEN, vertical="retail"), *firm().clients[1:]))


def test_of_two_requests_that_share_a_number_each_holds_the_name_of_its_client(
    engine: Engine, people_then: PeopleOperations
) -> None:
    people_then.import_directory(firm())
    registry, (first, second, *_) = Registry(engine, lambda: MONDAY), firm().clients
    number = registry.engagement_number(
        NumberWanted("first", "b", first, (PersonId("kari.moe"),), PersonId("luca.ferri"), "crm:1"), 2026
    )
    other = NumberWanted("second", "b", second, (PersonId("anna.lindqvist"),), PersonId("aisha.khan"), "crm:1")
    assert registry.share_number(other, number) == number
    assert names_held(engine) == {first.name, second.name}
    registry.forget_number(other)
    assert names_held(engine) == {first.name}


def test_two_clients_do_not_exchange_their_names_while_a_deal_runs_under_one_of_them(
    people: PeopleOperations,
) -> None:
    people.import_directory(firm())
    halden, other, *rest = firm().clients
    both = (
        called(other.name, halden, formerly=(halden.name,), released_names=(halden.name,)),
        called(halden.name, other, formerly=(other.name,), released_names=(other.name,)),
    )
    with pytest.raises(BadValue, match="Deals know"):
        people.import_directory(firm().replace(clients=(*both, *rest)))


def names_held(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        keys = [name_key(client.name) for client in firm().clients]
        return {deal.client for deal in being_started(connection, keys)}


def test_no_number_is_given_for_a_client_that_was_changed_meanwhile(on_its_way: Registry) -> None:
    wanted = NumberWanted("another", "b", firm().clients[0], (PersonId("kari.moe"),), PersonId("luca.ferri"))
    with pytest.raises(ClientChanged):
        on_its_way.engagement_number(wanted, 2026)
    with pytest.raises(ClientChanged):
        on_its_way.share_number(wanted, EngagementId("ENG-2026-0001"))


def test_a_number_waits_for_a_change_of_the_directory_that_is_under_way(engine: Engine) -> None:
    people, wanted = (
        PeopleOperations(engine),
        NumberWanted("meanwhile", "b", firm().clients[0], (PersonId("kari.moe"),), PersonId("luca.ferri")),
    )
    people.import_directory(firm())
    with ThreadPoolExecutor(1) as thread:
        with writing(engine) as connection:
            people.import_directory(renamed(), within=connection)
            started = thread.submit(Registry(engine).engagement_number, wanted, 2026)
            time.sleep(0.5)
        with pytest.raises(ClientChanged):
            started.result()


def renamed() -> Directory:
    return firm().replace(clients=(of_name(firm().clients[0], formerly=(HALDEN,)), *firm().clients[1:]))


def released() -> Directory:
    """A file that gives the name to others."""
    freed = of_name(firm().clients[0], released_names=(HALDEN,))
    return firm().replace(clients=(freed, *firm().clients[1:], Client(name=HALDEN, vertical="retail")))


def of_name(client: Client, **said: tuple[str, ...]) -> Client:
    assert client.name == HALDEN
    return called(NEW_NAME, client, **said)


def called(name: str, client: Client, **said: tuple[str, ...]) -> Client:
    people = tuple(person.replace(client=name) for person in client.people)
    return client.replace(name=name, people=people, **said)
