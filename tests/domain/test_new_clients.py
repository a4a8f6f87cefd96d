"""A client that sales added: known at once, shown to finance, and sent no SOW before finance has confirmed it."""

from datetime import date
from typing import Any

import pytest

from application.commands.clients import client_changes
from domain.asks.card import changed_since_seen
from domain.asks.model import AskKind, Outcome, Verdict
from domain.directory import commands as f
from domain.directory.clients import _plain, what_may_be_meant
from domain.directory.decide import AN_ENGAGEMENT, decide
from domain.directory.decision import DirectoryDecision
from domain.directory.delta import confirmation_from, delta_for
from domain.directory.directory import Client, Directory, client_facts
from domain.directory.people import Person
from domain.engagement.command import DIRECTORY
from domain.engagement.documents.commands import SendDocument
from domain.engagement.documents.values import DocumentStatus
from domain.engagement.needs.events import ClientConfirmed
from domain.engagement.roles.commands import ReleaseRole, TakeDirectory
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import next_steps
from domain.next_steps.texts import HOW, why
from domain.playbook.model import Stage
from domain.shared.calendar import Calendar
from domain.shared.errors import AlreadyDecided, BadValue, ClientNotConfirmed, NotWhatWasShown, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, digest
from tests.domain.story import FIRM, Story

TODAY = date(2026, 11, 2)
HALDEN, FINANCE = "Halden Energi AS", PersonId("grace.oduya")
LUCA = Actor(person_id="luca.ferri")
EVA = f.ClientPerson(name="Eva Berg", email="eva@nordlys.example", part=("client_sponsor", "client_signatory"))
OSLO = Calendar(name="Europe-Oslo", zone="Europe/Oslo", opens=540, closes=1020)
TOKYO = Calendar(name="Asia-Tokyo", zone="Asia/Tokyo", opens=540, closes=1020)


def added(directory: Directory = FIRM, actor: Actor = LUCA, **said: Any) -> DirectoryDecision:
    known: dict[str, Any] = {"name": "Nordlys AS", "vertical": "energy", "people": (EVA,)}
    return decide(directory, f.AddClient(**known | said), actor, TODAY)


def nordlys(directory: Directory) -> Client:
    client = directory.client("Nordlys AS")
    assert client is not None
    return client


# -- in the directory


def test_a_name_that_a_client_had_before_is_taken_for_nobodys_whoever_says_it() -> None:
    """Neither is the client changed that had it, nor is another one made of that name."""
    named = decide(
        added().directory, f.RenameClient(client="Nordlys AS", name="Nordlys Kraft AS"), LUCA, TODAY
    ).directory
    for actor in (LUCA, Actor(person_id="aisha.khan"), Actor(person_id="ida.holm", house_roles=("administrator",))):
        with pytest.raises(BadValue, match=r"Nordlys Kraft AS was called nordlys  AS before") as refused:
            added(named, actor, name="nordlys  AS")
        assert "Another client needs another name" in refused.value.refused.remedy


def test_a_name_with_more_blanks_is_the_same_name() -> None:
    with pytest.raises(PermissionDenied):
        added(added().directory, Actor(person_id="aisha.khan"), name="Nordlys   AS")


def test_a_new_client_is_known_with_its_people_and_unconfirmed() -> None:
    decided = added(calendar=OSLO, language="nb")
    client = nordlys(decided.directory)
    assert (client.added_by, client.is_confirmed, client.language) == ("luca.ferri", False, "nb")
    (eva,) = client.people
    assert (eva.id, eva.client, eva.part) == ("eva.berg", "Nordlys AS", ("client_sponsor", "client_signatory"))
    assert decided.directory.clients[:-1] == FIRM.clients


def test_the_zone_takes_the_firms_calendar_where_it_has_one_else_one_is_made() -> None:
    ours, theirs = added(calendar=OSLO), added(calendar=TOKYO)
    assert nordlys(ours.directory).people[0].calendar == "NO"
    assert ours.directory.calendars == FIRM.calendars
    assert nordlys(theirs.directory).people[0].calendar == "Asia-Tokyo"
    assert theirs.directory.calendars["Asia-Tokyo"] == TOKYO


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Eva Berg", "eva.berg"),
        ("Øyvind Aas-Li", "oyvind.aas-li"),
        ("José María Ñuñez", "jose.maria.nunez"),
        ("-- '", ""),
        ("王小明", ""),
    ],
)
def test_an_id_is_made_of_a_name(name: str, made: str) -> None:
    assert _plain(name) == made


def test_an_id_is_nobody_elses() -> None:
    luca = f.ClientPerson(name="Luca Ferri", email="luca@nordlys.example", part=("client_contact",))
    wang = f.ClientPerson(name="王小明", email="wang@nordlys.example", part=("client_contact",))
    client = nordlys(added(people=(EVA, luca, wang)).directory)
    assert [person.id for person in client.people] == ["eva.berg", "luca.ferri2", "wang"]


def test_the_same_again_changes_nothing() -> None:
    once = added().directory
    assert added(once).directory == once


def test_what_finance_does_not_judge_leaves_it_confirmed() -> None:
    before = added().directory
    gone = nordlys(before).people[0].replace(id="was.there", email="gone@nordlys.example", active=False)
    confirmed = nordlys(before).replace(confirmed_by=FINANCE, people=(*nordlys(before).people, gone))
    known = before.replace(clients=(*FIRM.clients, confirmed))
    after = nordlys(added(known, people=(EVA,), without=("was.there",)).directory)
    assert after != confirmed
    assert after.confirmed_by == FINANCE


def test_one_that_sales_added_is_corrected_by_the_address_and_is_to_be_confirmed_anew() -> None:
    before = added().directory
    confirmed = before.replace(clients=(*FIRM.clients, nordlys(before).replace(confirmed_by=FINANCE)))
    other = EVA.replace(title="Head of IT", part=("client_signatory",))
    ole = f.ClientPerson(name="Ole Dal", email="ole@nordlys.example", part=("client_sponsor",))
    client = nordlys(added(confirmed, vertical=None, people=(other, ole)).directory)
    assert [(p.id, p.title) for p in client.people] == [("eva.berg", "Head of IT"), ("ole.dal", None)]
    assert not client.is_confirmed
    moved = nordlys(added(confirmed, vertical=None, people=(), calendar=TOKYO).directory)
    assert [(person.name, person.calendar) for person in moved.people] == [("Eva Berg", "Asia-Tokyo")]
    left = nordlys(added(confirmed, people=(ole,), without=("eva.berg",)).directory)
    assert [person.id for person in left.people] == ["ole.dal"]


OLA = f.ClientPerson(name="Ola Tveit", email="ola.tvet@nordlys.example", part=("client_signatory",))
RIGHT = OLA.replace(email="ola.tveit@nordlys.example")


def test_what_changed_of_its_people_is_told_by_person_wherever_they_stand() -> None:
    """Who is taken out is gone; nobody who stood below them is told to have become somebody else."""
    mia = f.ClientPerson(name="Mia Aas", email="mia@nordlys.example", part=("client_contact",))
    eva = EVA.replace(part=("client_sponsor",))
    before = added(people=(eva, OLA, mia)).directory
    after = added(before, people=(eva.replace(title="CIO"), RIGHT.replace(name="Per Nes")), without=("ola.tveit",))
    assert client_changes(nordlys(before), nordlys(after.directory)) == (
        "person: Eva Berg, eva@nordlys.example: client sponsor → Eva Berg, CIO, eva@nordlys.example: client sponsor",
        "person: gone, was Ola Tveit, ola.tvet@nordlys.example: client signatory",
        "person: new, Per Nes, ola.tveit@nordlys.example: client signatory",
    )


def test_another_address_of_somebody_known_is_a_correction_where_sales_may_make_it() -> None:
    before = added(people=(EVA, OLA)).directory
    client = nordlys(added(before, people=(RIGHT,)).directory)
    assert [(person.id, person.email) for person in client.people][1:] == [("ola.tveit", RIGHT.email)]
    both = nordlys(added(before, people=(OLA, RIGHT)).directory)
    assert [person.id for person in both.people] == ["eva.berg", "ola.tveit", "ola.tveit2"]


def test_where_only_the_administrator_may_a_second_entry_of_one_name_is_pointed_out() -> None:
    before = confirm(added(people=(EVA, OLA)).directory)
    twice = added(before, people=(RIGHT,)).directory
    (said,) = what_may_be_meant(before, nordlys(twice))
    assert "Ola Tveit is of Nordlys AS twice now: ola.tveit, ola.tvet@nordlys.example, and ola.tveit2" in said
    assert str(RemedyAction.LEAVE_OUT_CLIENT_PERSON.about(client="Nordlys AS", person="ola.tveit2")) in said
    keeper = Actor(person_id="ida.holm", house_roles=("administrator",))
    corrected = nordlys(added(before, keeper, people=(RIGHT,)).directory)
    assert [(person.id, person.email) for person in corrected.people][1:] == [("ola.tveit", RIGHT.email)]
    assert what_may_be_meant(before, corrected) == ()


def test_a_new_client_that_is_called_nearly_as_another_is_pointed_out() -> None:
    before = added().directory
    after = added(before, name="Nordlis AS", people=(EVA.replace(email="eva@nordlis.example"),)).directory
    (said,) = what_may_be_meant(before, after.clients[-1])
    assert said.startswith("Nordlys AS is already a client")
    other = added(before, name="Vestkraft AS", people=(EVA.replace(email="eva@vestkraft.example"),)).directory
    assert what_may_be_meant(before, other.clients[-1]) == ()


def test_an_address_that_is_used_twice_is_said_to_be_whose() -> None:
    before = added().directory
    with pytest.raises(BadValue, match=r"eva@nordlys\.example is used twice: by Eva Berg and by Eva Lund"):
        added(before, name="Sirius AS", people=(EVA.replace(name="Eva Lund"),))


@pytest.mark.parametrize(
    "said",
    [
        {"name": HALDEN},
        {"name": HALDEN.upper()},
        {"vertical": None},
        {"people": ()},
        {"people": (EVA.replace(email="nowhere"),)},
        {"people": (EVA.replace(email="marta.silva@fjordline.example"),)},
        {"people": (EVA.replace(id="marta.silva"),)},
        {"without": ("eva.berg",)},
    ],
    ids=str,
)
def test_what_would_be_no_client_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(BadValue) as refused:
        added(**said)
    assert refused.value.refused.remedy


@pytest.mark.parametrize("who", ["marta.silva", "grace.oduya", "kari.moe"])
def test_only_who_sells_adds_one(who: str) -> None:
    with pytest.raises(PermissionDenied):
        added(actor=Actor(person_id=who))


def confirm(directory: Directory, facts: str | None = None, actor: Actor | None = None) -> Directory:
    sha = facts or digest(client_facts(nordlys(directory)))
    command = f.ConfirmClient(client="Nordlys AS", facts=sha, engagement_id="ENG-2026-0001")
    return decide(directory, command, actor or Actor(person_id=FINANCE, channel=AN_ENGAGEMENT), TODAY).directory


def test_it_is_confirmed_by_what_was_decided_in_an_engagement_and_by_no_other_door() -> None:
    before = added().directory
    assert nordlys(confirm(before)).confirmed_by == FINANCE
    for who in (FINANCE, "ida.holm"):
        with pytest.raises(PermissionDenied):
            confirm(before, actor=Actor(person_id=who, house_roles=("administrator",)))


def test_it_is_confirmed_only_as_it_was_shown_and_once() -> None:
    before = added().directory
    with pytest.raises(NotWhatWasShown):
        confirm(before, digest({}))
    with pytest.raises(AlreadyDecided):
        confirm(confirm(before))


# -- in a deal


def unconfirmed(**facts: Any) -> Directory:
    """The firm, whose first client was added by sales."""
    clients = (client.replace(added_by="luca.ferri", **facts) for client in FIRM.clients if client.name == HALDEN)
    others = (client for client in FIRM.clients if client.name != HALDEN)
    return FIRM.replace(clients=(*clients, *others))


def story(*, until: Stage = Stage.SOW) -> Story:
    """A deal with it, as far as its SOW being approved inside where it goes so far."""
    told = Story("halden", firm=unconfirmed()).to(until)
    if until is Stage.SOW:
        told.until(lambda one: _status(one) is DocumentStatus.APPROVED_INSIDE)
    return told


def _status(told: Story) -> DocumentStatus | None:
    sow = told.state.documents.get("sow")
    return sow.status if sow else None


def send(told: Story) -> None:
    told.do(SendDocument(document="sow"), told.state.seller)


def says(told: Story, firm: Directory) -> TakeDirectory | None:
    """The directory's word to this deal, given where there is one."""
    word = delta_for(firm, told.state.directory + 1, told.state, told.now, "The directory has changed")
    if word is not None:
        told.do(word, "luca.ferri", channel=DIRECTORY)
    return word


def test_finance_is_asked_once_somebody_holds_the_role_and_is_shown_who_it_is() -> None:
    told = Story("halden", firm=unconfirmed()).to(Stage.DECIDE)
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    assert ask.asked == (told.holder("finance"),)
    assert ask.requester == told.state.seller
    assert told.shown(ask)["person 1"].startswith(
        "Kari Moe, Chief Operating Officer, kari.moe@halden.example: client sponsor"
    )
    assert ask.id in {step.ref for step in next_steps(told.state, told.now)}


def test_no_sow_goes_out_before_finance_has_confirmed_the_client() -> None:
    told = story()
    with pytest.raises(ClientNotConfirmed) as refused:
        send(told)
    assert refused.value.refused.waits_for[0].who == "Grace Oduya"
    assert "Grace Oduya must confirm it first." in refused.value.refused.remedy
    assert not [act for act in told.state.acts.values() if act.kind is ActKind.SEND_SOW]
    told.answer(told.ask(AskKind.CONFIRM_CLIENT))
    assert told.state.client_confirmed is not None
    assert told.state.client_confirmed.by == FINANCE
    assert [act.kind for act in told.state.acts.values()] == [ActKind.SEND_SOW]
    send(told)
    assert _status(told) is DocumentStatus.SENT


def test_while_nobody_holds_finance_the_refusal_says_so_and_the_role_is_vacant() -> None:
    told = story()
    told.do(ReleaseRole(role="finance", reason="On other deals"), told.holder(told.state.head_role("finance")))
    assert "finance" in told.state.vacancies
    with pytest.raises(ClientNotConfirmed):
        send(told)


@pytest.mark.parametrize("verdict", [Verdict.RETURN])
def test_what_finance_sends_back_sales_corrects_and_finance_is_asked_anew(verdict: Verdict) -> None:
    told = story()
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    told.answer(ask, verdict, reason="Which of their companies?")
    (owed,) = [act for act in told.state.acts.values() if act.kind is ActKind.CORRECT_CLIENT]
    assert (owed.owner, owed.returned) == (told.state.seller, ask.id)
    assert str(RemedyAction.ADD_CLIENT.about()) in HOW[ActKind.CORRECT_CLIENT]
    assert not any(told.state.open_asks(AskKind.CONFIRM_CLIENT))
    with pytest.raises(ClientNotConfirmed, match="has not confirmed") as refused:
        send(told)
    assert refused.value.refused.action is RemedyAction.CORRECT_CLIENT
    assert says(told, unconfirmed(language="nb")) is not None
    again = told.ask(AskKind.CONFIRM_CLIENT)
    assert told.shown(again)["language"] == "nb"
    assert owed.id not in told.state.acts
    told.answer(again)
    send(told)


def test_whoever_sent_it_back_reads_all_that_changed_since_then() -> None:
    """Corrected in two steps, of which finance answered none between."""
    told = story()
    asked = told.ask(AskKind.CONFIRM_CLIENT)
    told.answer(asked, Verdict.RETURN, reason="The trade is wrong, and no language is said")
    returned = told.state.asks[asked.id]
    says(told, unconfirmed(vertical="grid"))
    says(told, unconfirmed(vertical="grid", language="nb"))
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    assert changed_since_seen(told.state, (returned, *told.state.asks.values()), ask, FINANCE) == (
        "trade: energy → grid",
        "language: new, nb",
    )


def test_finance_reads_who_added_a_client_and_what_waits_for_it() -> None:
    told = story()
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    assert ask.beside["added by"] == "Luca Ferri"
    assert ask.beside["waits for it"].startswith("No SOW is sent")
    told.answer(ask)
    send(told)
    list(told.answer_all(AskKind.SIGN_SOW))
    says(told, unconfirmed(language="nb"))
    later = told.ask(AskKind.CONFIRM_CLIENT)
    assert "get no mail" in later.beside["waits for it"]
    (step,) = [one for one in next_steps(told.state, told.now) if one.ref == later.id]
    assert why(told.state, step) == later.beside["waits for it"]


def test_a_correction_while_finance_is_asked_voids_the_ask_and_asks_anew() -> None:
    told = story()
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    says(told, unconfirmed(language="nb"))
    assert told.state.asks[ask.id].outcome is Outcome.SUPERSEDED
    assert told.ask(AskKind.CONFIRM_CLIENT).difference


def test_a_correction_after_the_yes_is_asked_again() -> None:
    told = story()
    told.answer(told.ask(AskKind.CONFIRM_CLIENT))
    says(told, unconfirmed(language="nb"))
    with pytest.raises(ClientNotConfirmed):
        send(told)


def test_confirmed_in_another_deal_it_is_confirmed_here() -> None:
    told = story()
    ask = told.ask(AskKind.CONFIRM_CLIENT)
    says(told, unconfirmed(confirmed_by=FINANCE))
    assert told.state.asks[ask.id].outcome is Outcome.WITHDRAWN
    send(told)


def test_what_was_confirmed_here_the_directory_is_told_as_long_as_it_does_not_know() -> None:
    told, firm = story(), unconfirmed()
    assert confirmation_from(told.state, firm) is None
    told.answer(told.ask(AskKind.CONFIRM_CLIENT))
    command = confirmation_from(told.state, firm)
    assert command is not None
    assert says(told, firm) is None
    after = decide(firm, command, Actor(person_id=FINANCE, channel=AN_ENGAGEMENT), TODAY).directory
    assert confirmation_from(told.state, after) is None
    assert confirmation_from(told.state, unconfirmed(language="nb")) is None
    says(told, after)
    assert told.state.client_to_confirm is None
    send(told)


def test_a_client_of_the_file_is_asked_of_nobody() -> None:
    told = Story("halden").to(Stage.BRD)
    assert not told.events(ClientConfirmed)
    assert not any(ask.kind is AskKind.CONFIRM_CLIENT for ask in told.state.asks.values())


def test_finance_confirms_a_correction_after_both_have_signed_too() -> None:
    told = story()
    told.answer(told.ask(AskKind.CONFIRM_CLIENT))
    send(told)
    list(told.answer_all(AskKind.SIGN_SOW))
    assert told.state.baseline_signed
    assert says(told, unconfirmed(language="nb")) is not None
    assert told.ask(AskKind.CONFIRM_CLIENT).asked == (FINANCE,)


def test_a_person_of_a_client_can_be_inactive_and_is_then_not_shown() -> None:
    gone = Person(id="old.one", name="Old One", email="old@nordlys.example", client="Nordlys AS", active=False)
    client = nordlys(added().directory)
    assert client_facts(client.replace(people=(*client.people, gone))) == client_facts(client)
