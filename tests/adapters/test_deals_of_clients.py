"""A name with which deals run is nobody else's, whether the directory has the client by now or not."""

import pytest
from sqlalchemy import Engine

from adapters.people_operations import PeopleOperations
from adapters.records import Records
from domain.directory import Client, Directory
from domain.engagement import commands as c
from domain.firm import commands as f
from domain.refusals import BadValue, NotYours
from domain.turn import Actor
from tests.adapters.builders import Deal, firm

HALDEN, NEW_NAME = "Halden Energi AS", "Halden Kraft ASA"
LUCA, AISHA, CLAIRE = Actor(person="luca.ferri"), Actor(person="aisha.khan"), Actor(person="claire.dubois")
ADA = Actor(person="ida.holm", house_roles=("administrator",))
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
    return firm().having(clients=tuple(client for client in firm().clients if client.name != HALDEN))


def named(name: str) -> f.AddClient:
    return f.AddClient(name=name, vertical="energy", people=(EVA,))


@pytest.mark.parametrize("name", [HALDEN, "HALDEN  energi as"])
def test_another_seller_takes_it_neither_for_a_new_client_nor_for_one_of_theirs(
    people: PeopleOperations, name: str
) -> None:
    people.carry_out(named("Nordlys AS"), AISHA)
    commands: tuple[f.FirmCommand, ...] = (named(name), f.RenameClient(client="Nordlys AS", name=name))
    for command in commands:
        with pytest.raises(NotYours, match="Deals run with") as refused:
            people.carry_out(command, AISHA)
        assert "Ida Holm, the administrator, or Claire Dubois may, too" in refused.value.refused.remedy


@pytest.mark.parametrize("who", [LUCA, CLAIRE, ADA], ids=lambda actor: actor.person)
def test_who_sells_the_deal_and_who_heads_them_may(people: PeopleOperations, who: Actor) -> None:
    people.carry_out(named(HALDEN), who)
    assert people.directory().client(HALDEN) is not None


def test_it_is_free_once_no_deal_runs_with_it(engine: Engine, records: Records) -> None:
    people, deal = PeopleOperations(engine), Deal(seller="luca.ferri")
    people.import_directory(firm())
    records.append(deal.do("luca.ferri", c.LoseDeal(reason="Another was chosen.")).batch)
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
    renamed = of_name(firm().clients[0], formerly=(HALDEN,))
    others = firm().clients[1:]
    people.import_directory(firm().having(clients=(renamed, *others)))
    released = of_name(firm().clients[0], released_names=(HALDEN,))
    file = firm().having(clients=(released, *others, Client(name=HALDEN, vertical="retail")))
    people.review_import(file)
    records.append(Deal(seller="luca.ferri").batch)
    for taken in (people.review_import, people.import_directory):
        with pytest.raises(BadValue, match=f"Deals know {NEW_NAME} as {HALDEN} still") as refused:
            taken(file)
        assert refused.value.refused.field == "clients.0.released_names"


def of_name(client: Client, **said: tuple[str, ...]) -> Client:
    assert client.name == HALDEN
    people = tuple(person.having(client=NEW_NAME) for person in client.people)
    return client.having(name=NEW_NAME, people=people, **said)
