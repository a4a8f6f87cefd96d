"""A directory that was edited behind the record has no power, and is mended by the next and by what facts say."""

import hashlib
import json

import pytest
from sqlalchemy import Engine, text

from adapters.db.database import reading, writing
from adapters.db.people_operations import PeopleOperations
from adapters.db.registry import Registry
from adapters.db.verification import Fault, verify
from domain.directory import commands as f
from domain.directory.decide import AN_ENGAGEMENT
from domain.directory.directory import client_facts
from domain.shared.calendar import Calendar
from domain.shared.errors import BadValue, IntegrityBroken
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import DIRECTORY
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, digest
from tests.adapters.builders import MONDAY, firm
from tests.adapters.test_integrity import fault_of, tampered


@pytest.mark.parametrize("edited", ["\"by\" = 'peter.olsen'", "imported_at = '2020-01-01 00:00:00+00:00'"])
def test_who_changed_the_directory_and_when_is_what_the_record_says(engine: Engine, edited: str) -> None:
    people = PeopleOperations(engine)
    people.import_directory(firm())
    (before,) = people.operations()
    tampered(engine, f"UPDATE directory_version SET {edited}")  # noqa: S608 -- the test's own words
    (after,) = people.operations()
    assert (after.by, after.at) == (before.by, before.at)
    assert "who did it, or when, was edited" in fault_of(engine).what


def another_administrator(document: str) -> str:
    plain = json.loads(document)
    plain["house_roles"]["administrator"] = "luca.ferri"
    return json.dumps(plain)


def test_another_administrator_written_into_the_directory_has_no_power(engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    assert verify(engine).is_sound
    with reading(engine) as connection:
        document = connection.execute(text("SELECT document FROM directory_version")).scalar_one()
    forged = another_administrator(document)
    sha = hashlib.sha256(forged.encode()).hexdigest()
    tampered(engine, "UPDATE directory_version SET document = :d, sha = :s", d=forged, s=sha)
    assert fault_of(engine) == Fault(DIRECTORY, 1, "directory 1: the document was edited")
    with pytest.raises(IntegrityBroken):
        Registry(engine).directory()
    with pytest.raises(IntegrityBroken, match="the document was edited"):
        PeopleOperations(engine).import_directory(firm(), Actor(person_id="ida.holm", house_roles=("administrator",)))


DAMAGE = "UPDATE directory_version SET document = replace(document, 'Fjordline', 'Fjordlime') WHERE version = :v"


@pytest.mark.parametrize("damaged", [1, 2])
def test_who_sits_at_the_machine_puts_the_next_directory_over_a_damaged_one(engine: Engine, damaged: int) -> None:
    """Of the damaged one nothing counts: whoever it may have let in is out, and the record still names it."""
    people, now = PeopleOperations(engine), MONDAY
    joins = firm().people[0].replace(id="gone.soon", name="Gone Soon", email="gone.soon@fjordline.example")
    everybody = firm().replace(people=(*firm().people, joins))
    for directory in (firm(), everybody)[:damaged]:
        people.import_directory(directory)
    registry = Registry(engine)
    owners = (PersonId("luca.ferri"), PersonId("gone.soon"))[:damaged]
    tokens = {person_id: registry.tokens.create(person_id, "test", now) for person_id in owners}
    with writing(engine) as connection:
        connection.execute(text(DAMAGE), {"v": damaged})
    with pytest.raises(IntegrityBroken, match="the document was edited") as refused:
        Registry(engine).directory()
    assert refused.value.refused.action is RemedyAction.IMPORT_HERE
    with pytest.raises(IntegrityBroken):
        registry.sound_directory()
    before, after, _ = people.review_import(firm())
    known = after.replace(former={})
    assert (before and before.replace(former={}), known) == (firm() if damaged > 1 else None, firm())
    assert [*after.former] == ["gone.soon"][: damaged - 1]
    assert people.import_directory(firm()) == damaged + 1
    assert registry.sound_directory() == Registry(engine).directory() == after
    assert people.operation(damaged + 1).concerned >= tuple(sorted(person.id for person in firm().everyone()))
    assert [who for who in tokens if registry.tokens.person_of(tokens[who], now)] == ["luca.ferri"]
    assert [fault.what for fault in verify(engine).faults] == [f"directory {damaged}: the document was edited"]
    assert people.import_directory(firm()) == damaged + 1


KEEPERS_WORD = Actor(person_id="ida.holm", house_roles=("administrator",))


@pytest.mark.parametrize("is_back", [False, True])
def test_who_left_or_came_back_by_the_act_whose_directory_was_damaged_has_left_or_is_back(
    engine: Engine, *, is_back: bool
) -> None:
    """The fact of it stands; a file that lags behind brings nobody back, and takes nobody who was reinstated."""
    people = PeopleOperations(engine)
    people.import_directory(firm())
    left = people.carry_out(f.DeactivatePerson(person_id="kofi.mensah", reason="To the competition"), KEEPERS_WORD)
    newest = (
        people.carry_out(f.ReinstatePerson(person_id="kofi.mensah", reason="Back"), KEEPERS_WORD) if is_back else left
    )
    tampered(engine, DAMAGE, v=newest)
    people.import_directory(firm())
    kofi = Registry(engine).directory().person(PersonId("kofi.mensah"))
    assert kofi is not None
    assert kofi.active is is_back
    assert kofi.left_because == (None if is_back else "To the competition")


def test_a_token_of_whom_only_the_damaged_version_knew_is_ended_and_their_id_is_nobody_elses(engine: Engine) -> None:
    people, now, registry = PeopleOperations(engine), MONDAY, Registry(engine)
    nina = firm().people[0].replace(id="nina.ny", name="Nina Ny", email="nina.ny@fjordline.example")
    people.import_directory(firm())
    newest = people.import_directory(firm().replace(people=(*firm().people, nina)))
    token = registry.tokens.create(PersonId("nina.ny"), "test", now)
    tampered(engine, DAMAGE, v=newest)
    nils = nina.replace(name="Nils Nygaard")
    with pytest.raises(BadValue, match=r"The id nina\.ny was Nina Ny's"):
        people.import_directory(firm().replace(people=(*firm().people, nils)))
    people.import_directory(firm().replace(people=(*firm().people, nina)))
    assert registry.tokens.person_of(token, now) is None


SELLER = Actor(person_id="luca.ferri")
EVA = f.ClientPerson(name="Eva Berg", email="eva@nordlys.example", part=("client_sponsor", "client_signatory"))
NORDLYS = "Nordlys AS"


def test_clients_that_sales_added_stay_as_they_are_where_the_directory_that_came_of_it_was_damaged(
    engine: Engine,
) -> None:
    """Added, renamed, corrected, confirmed: each says so in a fact; a file that knows none of it takes none away."""
    people = PeopleOperations(engine)
    people.import_directory(firm())
    calendar = Calendar(name="Asia-Tokyo", zone="Asia/Tokyo", opens=540, closes=1020)
    people.carry_out(f.AddClient(name="Nordlis AS", vertical="energy", people=(EVA,), calendar=calendar), SELLER)
    people.carry_out(f.RenameClient(client="Nordlis AS", name=NORDLYS), SELLER)
    corrected = EVA.replace(id="eva.berg", email="eva.berg@nordlys.example")
    people.carry_out(f.AddClient(name=NORDLYS, people=(corrected,)), SELLER)
    client = Registry(engine).directory().client(NORDLYS)
    assert client is not None
    confirmed = f.ConfirmClient(client=NORDLYS, facts=digest(client_facts(client)), engagement_id="ENG-2026-0001")
    newest = people.carry_out(confirmed, Actor(person_id="grace.oduya", channel=AN_ENGAGEMENT))
    for version in range(2, newest + 1):
        tampered(engine, DAMAGE, v=version)
    people.import_directory(firm())
    after = Registry(engine).directory().client(NORDLYS)
    assert after is not None
    assert [(person.id, person.email) for person in after.people] == [("eva.berg", "eva.berg@nordlys.example")]
    assert (after.added_by, after.confirmed_by, after.calendar) == ("luca.ferri", "grace.oduya", None)
    assert Registry(engine).directory().client("Nordlis AS") is None


def test_an_id_of_who_left_a_client_by_an_act_whose_directory_was_damaged_is_given_to_nobody(engine: Engine) -> None:
    people, keeper = PeopleOperations(engine), Actor(person_id="ida.holm", house_roles=("administrator",))
    people.import_directory(firm())
    tom = f.ClientPerson(name="Tom Lie", email="tom@nordlys.example", part=("client_contact",))
    people.carry_out(f.AddClient(name=NORDLYS, vertical="energy", people=(EVA, tom)), SELLER)
    newest = people.carry_out(f.AddClient(name=NORDLYS, without=("eva.berg",)), keeper)
    for version in range(2, newest + 1):
        tampered(engine, DAMAGE, v=version)
    people.import_directory(firm())
    another = EVA.replace(email="eva@annen.example")
    people.carry_out(f.AddClient(name="Annen AS", vertical="energy", people=(another,)), SELLER)
    client = Registry(engine).directory().client("Annen AS")
    assert client is not None
    assert [person.id for person in client.people] == ["eva.berg2"]


COUNTED = "UPDATE sequence SET value = :n WHERE name = 'directory'"


def test_a_count_of_versions_that_was_set_back_is_counted_on_from_the_newest(engine: Engine) -> None:
    people = PeopleOperations(engine)
    people.import_directory(firm())
    people.carry_out(f.DeactivatePerson(person_id="kofi.mensah", reason="To the competition"), KEEPERS_WORD)
    tampered(engine, COUNTED, n=0)
    assert people.carry_out(f.ReinstatePerson(person_id="kofi.mensah", reason="Back"), KEEPERS_WORD) == 3


def test_a_count_that_no_counter_reaches_is_damage_and_changes_nothing(engine: Engine) -> None:
    people = PeopleOperations(engine)
    people.import_directory(firm())
    tampered(engine, COUNTED, n=2**62)
    with pytest.raises(IntegrityBroken, match="was edited in the database"):
        people.carry_out(f.DeactivatePerson(person_id="kofi.mensah", reason="To the competition"), KEEPERS_WORD)
    assert Registry(engine).directory().colleague(PersonId("kofi.mensah"))


def test_a_fact_that_was_edited_takes_nobody_out(engine: Engine) -> None:
    people = PeopleOperations(engine)
    people.import_directory(firm())
    newest = people.carry_out(f.DeactivatePerson(person_id="kofi.mensah", reason="To the competition"), KEEPERS_WORD)
    tampered(engine, "UPDATE ledger SET body = replace(body, 'kofi.mensah', 'luca.ferri') WHERE kind = :k", k=LEFT)
    tampered(engine, DAMAGE, v=newest)
    people.import_directory(firm())
    assert {person.id for person in Registry(engine).directory().people if not person.active} == set()


LEFT = "PersonDeactivated"


def test_a_directory_taken_back_behind_the_records_back_is_found(engine: Engine) -> None:
    people = PeopleOperations(engine)
    people.import_directory(firm())
    registry = Registry(engine)
    before = registry.directory()
    people.import_directory(before.replace(firm="Another name"))
    assert verify(engine).is_sound
    tampered(engine, "DELETE FROM directory_version WHERE version = 2")
    assert fault_of(engine) == Fault(DIRECTORY, 2, "the newest directory ends at fact 1, and the record says 2")
    with pytest.raises(IntegrityBroken):
        registry.directory()
