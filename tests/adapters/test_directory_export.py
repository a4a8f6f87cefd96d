"""The directory that is written down is the one that is read back."""

from datetime import UTC, date, datetime
from pathlib import Path

from adapters.db.people_operations import PeopleOperations
from adapters.files.directory_export import directory_as_yaml
from adapters.files.directory_file import directory_from, read_directory
from adapters.files.yaml_source import parse_source
from domain.directory import commands as f
from domain.directory.directory import Client, Directory
from domain.directory.import_review import review_of
from domain.directory.people import Absence, Person
from domain.shared.transaction import Actor
from tests.databases import migrated
from tests.samples import sample_playbook

SAMPLE = Path(__file__).parents[2] / "examples/directory.yaml"
DOCS = Path(__file__).parents[2] / "docs/directory.md"
YEAR = 2026
FIRM = read_directory(SAMPLE, YEAR)
IDA = Actor(person_id="ida.holm", house_roles=("administrator",))


def read_back(directory: Directory) -> Directory:
    return directory_from(parse_source("export", directory_as_yaml(directory).encode()), YEAR)


def test_the_sample_is_read_back_as_it_is() -> None:
    assert read_back(FIRM) == FIRM


def test_what_a_client_was_called_before_is_read_back() -> None:
    first, *others = FIRM.clients
    renamed = FIRM.replace(clients=(first.replace(formerly=("Before AS", "Long Before AS")), *others))
    assert read_back(renamed) == renamed


def test_every_field_is_read_back() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    text = text.replace(
        'subdivision: "BY"', 'subdivision: "BY", also: [catholic], weekend: [6], days_off: [2026-12-28]'
    )
    text = text.replace("    vertical: energy\n", "    vertical: energy\n    calendar: DE\n    language: nb\n", 1)
    text = text.replace("deputy: miriam.katz", 'deputy: miriam.katz, title: "no: yes # \\"quoted\\""', 1)
    text = text.replace("cost: 118,", "cost: 118.50,", 1)
    whole = directory_from(parse_source("whole", text.encode()), YEAR)
    assert whole.calendar_sources["DE"].also == ("catholic",)
    assert whole.client_people("Halden Energi AS")[0].calendar == "DE"
    assert read_back(whole) == whole


def test_a_calendar_of_which_only_the_days_are_known_keeps_them() -> None:
    older = read_back(FIRM.replace(calendar_sources={}))
    for name, calendar in FIRM.calendars.items():
        assert (older.calendars[name].holidays, older.calendars[name].weekend) == (calendar.holidays, calendar.weekend)


def test_a_client_that_waits_to_be_confirmed_waits_after_that_too() -> None:
    eva = Person(id="eva.berg", name="Eva Berg", email="eva@nordlys.example", client="Nordlys AS")
    added = Client(name="Nordlys AS", vertical="energy", people=(eva,), added_by="luca.ferri")
    known = FIRM.replace(clients=(*FIRM.clients, added))
    assert read_back(known) == known
    assert not read_back(known).clients[-1].is_confirmed


def test_who_is_to_be_confirmed_at_a_client_is_so_after_that_too() -> None:
    ole = Person(id="ole.dal", name="Ole Dal", email="ole@nordlys.example", client="Nordlys AS", to_confirm=True)
    added = Client(name="Nordlys AS", vertical="energy", people=(ole,), added_by="luca.ferri", was_confirmed=True)
    known = FIRM.replace(clients=(*FIRM.clients, added))
    assert read_back(known) == known


def test_an_import_of_the_export_is_no_new_version_whatever_was_done_here(tmp_path: Path) -> None:
    database = migrated(tmp_path / "interlock.db")
    people = PeopleOperations(database, lambda: datetime(YEAR, 11, 2, 9, tzinfo=UTC))
    people.import_directory(FIRM)
    day = datetime(YEAR, 11, 9, tzinfo=UTC).date()
    people.carry_out(f.RecordAbsence(absence=Absence(person="claire.dubois", first=day, last=day)), IDA)
    version = people.carry_out(f.DeactivatePerson(person_id="kofi.mensah", reason="To the competition"), IDA)
    before, _, _ = people.review_import(FIRM)
    assert before is not None
    assert people.import_directory(read_back(before)) == version


def test_the_example_of_the_documentation_is_a_directory() -> None:
    text = DOCS.read_text(encoding="utf-8")
    example = text.split("```yaml\n", 2)[1].split("```", 1)[0]
    directory = directory_from(parse_source("docs/directory.md", example.encode()), YEAR)
    assert len(directory.people) >= 8
    assert directory.clients[0].language
    assert read_back(directory) == directory
    assert review_of(None, directory, sample_playbook(), directory, date(YEAR, 1, 1)).warnings == ()
