"""What an import changes is told before it is done, and where many would leave it wants their number."""

from datetime import date

import pytest

from domain.directory import commands as f
from domain.directory.decide import decide, review_import
from domain.directory.directory import Client, Directory
from domain.directory.import_review import ImportReview, review_of
from domain.directory.people import Absence, Person
from domain.shared.calendar import Calendar
from domain.shared.errors import BadValue, LeavingNotConfirmed, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, PLAYBOOK

TODAY = date(2026, 11, 2)
ADMINISTRATOR = Actor(person_id="ida.holm", house_roles=("administrator",))
SALES = ("luca.ferri", "aisha.khan")
MANAGERS = ("marta.silva", "jonas.weber")


def without(*gone: str) -> Directory:
    """The firm's file without some people."""
    stay = (person for person in FIRM.people if person.id not in gone)
    people = tuple(p.replace(assistant=None if p.assistant in gone else p.assistant) for p in stay)
    return FIRM.replace(people=people)


def with_person(person: str, **facts: object) -> Directory:
    """The firm's file with other facts of somebody."""
    return FIRM.replace(people=tuple(p.replace(**facts) if p.id == person else p for p in FIRM.people))


def review(file: Directory, before: Directory = FIRM) -> ImportReview:
    after = review_import(before, f.ImportDirectory(directory=file), ADMINISTRATOR, TODAY)
    return review_of(before, after, PLAYBOOK, file, TODAY)


def let_go_of(command: f.DeactivatePerson) -> Directory:
    """The firm after somebody was let go."""
    return decide(FIRM, command, ADMINISTRATOR, TODAY).directory


def taken(file: Directory, leaving: int | None = None, before: Directory = FIRM) -> Directory:
    command = f.ImportDirectory(directory=file, leaving=leaving)
    return decide(before, command, ADMINISTRATOR, TODAY).directory


# -- what is shown


def test_the_same_file_again_changes_nothing() -> None:
    found = review(FIRM)
    assert found.changes_nothing
    assert (found.leaving, found.asks, found.warnings) == (0, False, ())


def test_who_joins_changes_and_leaves_is_named() -> None:
    luca = next(person for person in FIRM.people if person.id == "luca.ferri")
    nils = luca.replace(id="nils.dahl", name="Nils Dahl", email="nils.dahl@fjordline.example")
    file = without("luca.ferri")
    found = review(file.replace(people=(*file.people, nils)))
    assert [known.name for known in found.joined] == ["Nils Dahl"]
    assert [known.name for known in found.left] == ["Luca Ferri"]
    assert found.changed == ()
    found = review(with_person("luca.ferri", email="luca@fjordline.example", roles=("finance",)))
    (changed,) = found.changed
    assert changed.what == (
        "e-mail: luca.ferri@fjordline.example → luca@fjordline.example",
        "roles: + finance, - sales",
    )


def test_a_position_that_passes_on_is_told_by_name() -> None:
    found = review(FIRM.replace(positions={**FIRM.positions, "cfo": "hanne.lund"}))
    assert found.also == ("Cfo: Hanne Lund in place of Erik Strand.",)


def test_a_role_and_a_competency_that_the_playbook_does_not_know_are_warned_of_where_they_stand() -> None:
    file = without()
    first, *rest = file.people
    wrong = first.replace(roles=(*first.roles, "sale"), competencies={**first.competencies, "negotation": 4})
    found = {warning.where: warning for warning in review(file.replace(people=(wrong, *rest))).warnings}
    assert found["people.0.roles"].remedy == "Did you mean sales?"
    assert found["people.0.competencies"].remedy == "Did you mean negotiation?"
    assert not review(file).warnings


def test_a_role_that_nobody_could_hold_is_warned_of_with_why() -> None:
    marta = next(person for person in FIRM.people if person.id == "marta.silva")
    file = without("jonas.weber")
    weaker = marta.replace(competencies={**marta.competencies, "negotiation": 1})
    found = review(file.replace(people=tuple(weaker if p.id == marta.id else p for p in file.people)))
    (warning,) = found.warnings
    assert warning.what == (
        "nobody could be engagement manager afterwards: Jonas Weber leaves; Marta Silva has negotiation 1, 3 is "
        "required"
    )


def test_a_file_whose_only_project_manager_holds_a_position_is_warned_of() -> None:
    """No ladder ends at a project manager: every deal would be refused."""
    people = tuple(
        person.replace(roles=tuple(role for role in person.roles if role != "project_manager"))
        if person.id != "peter.olsen"
        else person.replace(roles=("project_manager", "quality"))
        for person in FIRM.people
    )
    file = FIRM.replace(people=people)
    assert review(file).warnings == ()
    found = review(file.replace(positions={**FIRM.positions, "head_of_quality": "peter.olsen"}))
    (warning,) = found.warnings
    assert warning.what.startswith(
        "nobody may be project manager in any deal: Peter Olsen is head of quality, where ladders end"
    )


def test_a_head_whom_the_playbook_wants_and_the_file_does_not_name_is_warned_of() -> None:
    role = PLAYBOOK.roles["procurement"].replace(head="head_of_procurement")
    playbook = PLAYBOOK.replace(roles={**PLAYBOOK.roles, "procurement": role})
    found = review_of(FIRM, FIRM, playbook, FIRM, TODAY)
    assert any("nobody heads" in warning.what for warning in found.warnings)


def test_an_expert_of_a_discipline_without_hours_is_warned_of() -> None:
    file = with_person("kofi.mensah", roles=("expert:data", "expert:dta"))
    (warning,) = (found for found in review(file).warnings if found.where.endswith(".roles"))
    assert warning.what == "Kofi Mensah has expert for dta, and capacity says no hours of dta"
    assert warning.remedy == "Did you mean data?"


def test_a_client_of_a_trade_that_nearly_somebody_knows_is_warned_of() -> None:
    (first, *others) = FIRM.clients
    file = FIRM.replace(clients=(first.replace(vertical=f"{first.vertical}s"), *others))
    (warning,) = (found for found in review(file).warnings if found.where == "clients.0.vertical")
    assert warning.what == f"nobody in the firm knows the trade {first.vertical}s, which is {first.name}'s"
    assert warning.remedy == f"Did you mean {first.vertical}?"


def test_a_client_s_person_with_a_part_that_does_not_exist_is_refused() -> None:
    (first, *others) = FIRM.clients
    sponsor, *more = first.people
    client = first.replace(people=(sponsor.replace(part=("sponsor",)), *more))
    with pytest.raises(BadValue, match="there is no client part sponsor") as refused:
        review(FIRM.replace(clients=(client, *others)))
    assert refused.value.refused.field == "clients.0.people.0.part"


def test_whoever_the_file_lists_and_was_let_go_is_said_to_stay_gone() -> None:
    gone = let_go_of(f.DeactivatePerson(person_id="peter.olsen", reason="Left for the sea."))
    found, back = review(FIRM, gone), RemedyAction.REINSTATE_PERSON.about(person="peter.olsen")
    assert found.also == (f"Peter Olsen stays inactive: Left for the sea. To have them back: {back}.",)
    assert not review(without("peter.olsen"), gone).also


def test_the_id_of_whoever_was_let_go_becomes_nobody_else_s_by_a_file() -> None:
    gone = let_go_of(f.DeactivatePerson(person_id="peter.olsen", reason="Left for the sea."))
    other = with_person("peter.olsen", name="Petra Holt", email="petra.holt@nordlicht.example")
    with pytest.raises(BadValue, match="was Peter Olsen's, who has left"):
        review(other, gone)
    with pytest.raises(BadValue, match="was Peter Olsen's, who has left"):
        taken(other, before=gone)


def test_days_that_change_are_named() -> None:
    away = Absence(person="marta.silva", first=date(2026, 11, 9), last=date(2026, 11, 13), delegate="jonas.weber")
    others = tuple(one for one in FIRM.absences if one.person != "marta.silva")
    before, after = FIRM.replace(absences=others), FIRM.replace(absences=(*others, away))
    assert review(after, before).also == (
        "Marta Silva is away from Mon 9 Nov 2026 to Fri 13 Nov 2026, and Jonas Weber answers for them.",
    )
    alone = FIRM.replace(absences=(*others, away.replace(delegate=None)))
    assert review(before, alone).also == ("Marta Silva is not away from Mon 9 Nov 2026 to Fri 13 Nov 2026.",)


def test_the_last_expert_of_a_discipline_who_leaves_is_warned_of() -> None:
    assert any("expert for data" in warning.what for warning in review(without("kofi.mensah")).warnings)


def test_a_review_is_refused_like_the_import_and_to_whom_it_is() -> None:
    with pytest.raises(BadValue):
        review(without("erik.strand"))
    with pytest.raises(PermissionDenied):
        review_import(FIRM, f.ImportDirectory(directory=FIRM), Actor(person_id="luca.ferri"), TODAY)


# -- many who leave


def test_up_to_a_tenth_leave_without_a_question() -> None:
    there = sum(person.active for person in FIRM.everyone())
    few = [*SALES, *MANAGERS][: there // 10]
    assert not review(without(*few)).asks
    taken(without(*few))


def test_more_than_a_tenth_leave_only_where_their_number_is_said() -> None:
    file = without(*SALES, *MANAGERS)
    assert review(file).asks
    for said in (None, 3, 5):
        with pytest.raises(LeavingNotConfirmed) as refused:
            taken(file, said)
        assert "4 of 31 people would leave by this file: Luca Ferri" in refused.value.refused.detail
    assert taken(file, 4).colleague(PersonId("luca.ferri")) is None


def test_a_number_that_nobody_asked_for_is_in_the_way_of_nothing() -> None:
    assert taken(FIRM, 7) == FIRM


# -- clients that sales added here


def added(name: str = "Nordlys AS") -> Client:
    eva = Person(id="eva.berg", name="Eva Berg", email="eva@nordlys.example", client=name, part=("client_sponsor",))
    return Client(name=name, vertical="energy", people=(eva,), added_by="luca.ferri")


def test_a_client_that_sales_added_outlives_a_file_that_does_not_know_it() -> None:
    before = FIRM.replace(clients=(*FIRM.clients, added()))
    assert taken(FIRM, before=before) == before
    assert review(FIRM, before).changes_nothing


def test_a_client_that_the_file_names_is_as_the_file_says() -> None:
    before = FIRM.replace(clients=(*FIRM.clients, added()))
    named = added().replace(added_by=None)
    after = taken(FIRM.replace(clients=(*FIRM.clients, named)), before=before)
    assert after.clients[-1].is_confirmed


def test_the_calendar_that_was_made_for_an_added_client_outlives_it_too() -> None:
    tokyo = Calendar(name="Asia-Tokyo", zone="Asia/Tokyo", opens=540, closes=1020)
    client = added().replace(calendar="Asia-Tokyo")
    before = FIRM.replace(clients=(*FIRM.clients, client), calendars={**FIRM.calendars, "Asia-Tokyo": tokyo})
    assert taken(FIRM, before=before) == before


def test_a_person_of_the_file_does_not_take_the_id_of_an_added_clients_person() -> None:
    before = FIRM.replace(clients=(*FIRM.clients, added()))
    luca = next(person for person in FIRM.people if person.id == "luca.ferri")
    eva = luca.replace(id="eva.berg", email="eva.berg@fjordline.example")
    with pytest.raises(BadValue, match=r"eva\.berg is used twice"):
        taken(FIRM.replace(people=(*FIRM.people, eva)), before=before)
