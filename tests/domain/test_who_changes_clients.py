"""Who changes what of a client that is known: its people are asked by mail, and whoever reads the mail answers."""

from typing import Any

import pytest

from application.queries.visibility import has_left
from domain.asks.facts_shown import rows_shown
from domain.asks.model import AskKind
from domain.directory import commands as f
from domain.directory.decide import AN_ENGAGEMENT, decide
from domain.directory.delta import delta_for
from domain.directory.directory import Client, Directory, client_facts
from domain.directory.importing import merged
from domain.directory.people import Person
from domain.engagement.roles.commands import NameParty
from domain.engagement.roles.events import DirectoryTaken
from domain.notifications.addresses import OLD_ADDRESS, address_before
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.record.facts import Recorded
from domain.shared.errors import BadValue, ClientNotConfirmed, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, digest
from tests.domain.story import FIRM, Story
from tests.domain.test_new_clients import EVA, FINANCE, HALDEN, LUCA, TODAY, added, nordlys, says, unconfirmed

AISHA, ADA = Actor(person_id="aisha.khan"), Actor(person_id="ida.holm", house_roles=("administrator",))
OLE = f.ClientPerson(name="Ole Dal", email="ole@nordlys.example", part=("client_sponsor",))
ELSEWHERE = EVA.replace(email="private@mail.example", id="eva.berg")
NEW = added().directory
RUNNING = ("luca.ferri",)


def confirmed(directory: Directory) -> Directory:
    sha = digest(client_facts(nordlys(directory)))
    command = f.ConfirmClient(client="Nordlys AS", facts=sha, engagement_id="ENG-2026-0001")
    return decide(directory, command, Actor(person_id=FINANCE, channel=AN_ENGAGEMENT), TODAY).directory


def people(directory: Directory) -> dict[str, Person]:
    return {person.id: person for person in nordlys(directory).people}


# -- whose it is to change


@pytest.mark.parametrize("said", [{"people": (OLE,)}, {"language": "nb"}, {"people": (), "without": ("eva.berg",)}])
def test_only_who_sells_to_it_says_something_of_a_known_client(said: dict[str, Any]) -> None:
    for sold_by in ((), ("luca.ferri",)):
        with pytest.raises(PermissionDenied, match="Only the seller of a running deal with it") as refused:
            added(NEW, AISHA, sold_by=sold_by, **said)
        assert "Ida Holm, the administrator, or Claire Dubois can do it" in refused.value.refused.remedy
    with pytest.raises(PermissionDenied):
        added(NEW, LUCA, sold_by=("aisha.khan",), **said)


def test_only_who_sells_to_it_gives_it_another_name() -> None:
    with pytest.raises(PermissionDenied):
        decide(NEW, f.RenameClient(client="Nordlys AS", name="Nordlys ASA"), AISHA, TODAY)


@pytest.mark.parametrize("moved", [ELSEWHERE, EVA.replace(name="Zed Other")], ids=["address", "name"])
@pytest.mark.parametrize("running", [True, False])
def test_whoever_sells_says_neither_name_nor_address_of_whom_mails_ask(moved: f.ClientPerson, *, running: bool) -> None:
    directory = NEW if running else confirmed(NEW)
    with pytest.raises(PermissionDenied, match="cannot change the name or address") as refused:
        added(directory, people=(moved,), sold_by=("luca.ferri",) if running else ())
    correct = RemedyAction.CORRECT_CLIENT.about(client="Nordlys AS")
    assert refused.value.refused.remedy.startswith(f"Ida Holm, the administrator, corrects them: {correct}.")
    after = people(added(directory, ADA, people=(moved,)).directory)["eva.berg"]
    assert (after.name, after.email, after.to_confirm) == (moved.name, moved.email, False)


def test_what_was_mistyped_is_corrected_before_a_deal_runs_with_it() -> None:
    assert people(added(NEW, people=(ELSEWHERE,)).directory)["eva.berg"].email == ELSEWHERE.email


# -- who is new


def test_who_is_added_to_a_confirmed_client_is_to_be_confirmed_before_mail_and_part() -> None:
    assert not people(added(NEW, people=(OLE,)).directory)["ole.dal"].to_confirm
    known = added(added(confirmed(NEW), language="nb").directory, people=(OLE,), sold_by=RUNNING).directory
    assert people(known)["ole.dal"].to_confirm
    assert not people(known)["eva.berg"].to_confirm
    shown = rows_shown(str, AskKind.CONFIRM_CLIENT, client_facts(nordlys(known)))
    assert shown["person 2"].text == "Ole Dal, ole@nordlys.example: client sponsor (new)"
    assert people(added(known, people=(OLE,), sold_by=RUNNING).directory)["ole.dal"].to_confirm
    assert not people(confirmed(known))["ole.dal"].to_confirm
    assert not people(added(known, ADA, people=(OLE,)).directory)["ole.dal"].to_confirm


def with_ole(**facts: Any) -> Directory:
    """The firm, whose first client was confirmed, and has somebody new."""
    ole = Person(id="ole.dal", name="Ole Dal", email="ole@halden.example", client=HALDEN, part=("client_contact",))
    before = unconfirmed(was_confirmed=True)
    clients = (
        one.replace(people=(*one.people, ole.replace(**facts))) if one.name == HALDEN else one for one in before.clients
    )
    return before.replace(clients=tuple(clients))


def client_of(firm: Directory) -> Client:
    found = firm.client(HALDEN)
    assert found is not None
    return found


def test_finance_confirms_who_is_new_after_the_signatures_before_they_take_a_part() -> None:
    told = Story("halden").to(Stage.DELIVER)
    firm = with_ole(to_confirm=True)
    says(told, firm)
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    assert ask.asked == (told.holder("finance"),)
    ole = firm.person(PersonId("ole.dal"))
    assert ole is not None
    named = NameParty(party="client_sponsor", person=ole, reason="Kari moved on")
    with pytest.raises(ClientNotConfirmed, match="Sales added Ole Dal") as refused:
        told.do(named, told.holder("engagement_manager"))
    assert "Grace Oduya must confirm it first" in refused.value.refused.remedy
    told.answer(ask)
    told.do(named.replace(person=ole.replace(to_confirm=False)), told.holder("engagement_manager"))
    assert told.holder("client_sponsor") == "ole.dal"


# -- ids


def test_an_id_that_was_somebodys_becomes_nobody_elses() -> None:
    left = added(NEW, people=(OLE,), without=("eva.berg",)).directory
    assert left.former[PersonId("eva.berg")].name == "Eva Berg"
    assert left.name_of(PersonId("eva.berg")) == "Eva Berg"
    zed = EVA.replace(name="Zed Other", email="zed@mail.example")
    with pytest.raises(BadValue, match="was Eva Berg's, who has left"):
        added(left, people=(zed.replace(id="eva.berg"),))
    with pytest.raises(BadValue, match="was Eva Berg's, who has left"):
        added(left, name="Another AS", people=(EVA.replace(id="eva.berg"),))
    same_name = EVA.replace(email="other@nordlys.example")
    assert "eva.berg2" in people(added(left, people=(same_name,)).directory)


def test_who_left_comes_back_as_who_they_were_and_to_be_confirmed() -> None:
    left = added(confirmed(NEW), people=(OLE,), without=("eva.berg",)).directory
    back = added(left, people=(EVA,)).directory
    assert people(back)["eva.berg"].to_confirm
    assert "eva.berg" not in back.former
    with pytest.raises(PermissionDenied, match="the name or address"):
        added(left, people=(ELSEWHERE,))


def test_who_left_is_remembered_through_files_and_new_names_of_clients() -> None:
    left = added(NEW, people=(OLE,), without=("eva.berg",)).directory
    renamed = decide(left, f.RenameClient(client="Nordlys AS", name="Nordlys ASA"), LUCA, TODAY).directory
    assert renamed.former[PersonId("eva.berg")].client == "Nordlys ASA"
    imported = decide(renamed, f.ImportDirectory(directory=FIRM), ADA, TODAY).directory
    assert imported.former == renamed.former


def test_nobody_of_the_firm_gets_the_id_of_who_left() -> None:
    fewer = FIRM.replace(clients=tuple(one for one in FIRM.clients if one.name != HALDEN))
    left = decide(FIRM, f.ImportDirectory(directory=fewer, leaving=2), ADA, TODAY).directory
    assert {"kari.moe", "odd.vik"} <= left.former.keys()
    kari = Person(id="kari.moe", name="Karl Mo", email="karl@fjordline.example", calendar="NO")
    with pytest.raises(BadValue, match="was Kari Moe's, who has left"):
        decide(left, f.SetPerson(person=kari), ADA, TODAY)
    back = decide(left, f.ImportDirectory(directory=FIRM), ADA, TODAY).directory
    assert back.former == {}
    assert [one.name for one in merged(left, FIRM, TODAY).clients] == [one.name for one in FIRM.clients]
    assert {one.id: one.replace(left=()) for one in back.everyone()} == {one.id: one for one in FIRM.everyone()}


def moved_to(client: str) -> Directory:
    """The firm, whose first client's sponsor is with another client, or of the firm, now."""
    kari = FIRM.person(PersonId("kari.moe"))
    assert kari is not None
    without = [
        one.replace(people=tuple(p for p in one.people if p.id != "kari.moe")) if one.name == HALDEN else one
        for one in FIRM.clients
    ]
    if not client:
        here = Person(id=kari.id, name=kari.name, email=kari.email, calendar="NO")
        return FIRM.replace(clients=tuple(without), people=(*FIRM.people, here))
    there = kari.replace(client=client)
    clients = (one.replace(people=(*one.people, there)) if one.name == client else one for one in without)
    return FIRM.replace(clients=tuple(clients))


@pytest.mark.parametrize("client", ["Lindqvist Försäkring AB", ""])
def test_who_is_with_another_client_or_of_the_firm_now_has_left_this_one(client: str) -> None:
    told = Story("halden").to(Stage.DELIVER)
    firm = moved_to(client)
    says(told, firm)
    kari = told.state.cast.people[PersonId("kari.moe")]
    assert (kari.client, kari.active) == (HALDEN, False)
    assert {"client_sponsor", "client_signatory"} & told.state.vacancies.keys()
    assert has_left(firm, told.state, PersonId("kari.moe"))
    assert not has_left(FIRM, told.state, PersonId("kari.moe"))
    assert not has_left(firm, told.state, PersonId("odd.vik"))


# -- an address that moves


def test_finance_manager_and_seller_hear_of_another_address_and_the_old_one_gets_a_word() -> None:
    told = Story("halden").to(Stage.DELIVER)
    clients = (
        one.replace(people=tuple(p.replace(email="kari@new.example") if p.id == "kari.moe" else p for p in one.people))
        for one in FIRM.clients
    )
    firm = FIRM.replace(clients=tuple(clients))
    word = delta_for(firm, told.state.directory + 1, told.state, told.now, "The directory has changed")
    assert word is not None
    says(told, firm)
    taken = told.events(DirectoryTaken)[-1]
    fact = Recorded(
        stream="engagement/ENG-2026-0001",
        seq=1,
        at=told.now,
        by="ida.holm",
        channel="directory",
        event=taken,
        command="c",
    )
    said = {(one.to, one.kind): one.text for one in messages(told.state, fact)}
    holders = {told.holder(role) for role in ("finance", "engagement_manager", "sales")}
    assert {who for who, kind in said if kind == "address"} == holders
    old = said[PersonId("kari.moe"), OLD_ADDRESS]
    assert "no longer comes to this address" in old
    assert "kari@new.example" not in old
    assert address_before(taken, PersonId("kari.moe")) == "kari.moe@halden.example"
