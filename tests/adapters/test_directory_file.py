"""The directory's file becomes a directory, with its holidays; every mistake in it has a line."""

from datetime import date, time
from pathlib import Path

import pytest

from adapters.files.directory_export import directory_as_yaml
from adapters.files.directory_file import directory_from, read_directory
from adapters.files.yaml_source import FileProblem, FileRefused, parse_source
from domain.shared.calendar import Calendar
from domain.shared.values import PersonId

SAMPLE = Path(__file__).parents[2] / "examples/directory.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")
CASES = Path(__file__).parents[1] / "data/cases"
FIRM = read_directory(SAMPLE, first_year=2026)


def problems(*changes: tuple[str, str]) -> list[FileProblem]:
    """What is wrong with the sample once these pieces of it are changed."""
    text = TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    with pytest.raises(FileRefused) as refused:
        directory_from(parse_source("d.yaml", text.encode()), 2026)
    return list(refused.value.problems)


def test_mistakes_of_form_and_of_sense_are_told_in_one_round() -> None:
    found = problems(
        ("deputy: anil.mehta}", "deputy: nobody.atall}"),  # nobody is called so
        ("foundation: 5", "foundation: 7"),  # no level
        ("manager: erik.strand, roles: []", "manger: erik.strand, roles: []"),  # no field
        ("email: yuki.tanaka@fjordline.example", "email: yuki.tanaka"),  # no address
        ("managing_director: ingrid.solberg", "managing_director: ingrid"),  # nobody
        (
            'calendar: NO, manager: anil.mehta, roles: ["expert:training"',
            'calendar: SE, manager: anil.mehta, roles: ["expert:training"',
        ),
    )
    told = {problem.path for problem in found}
    assert any(path.endswith("deputy") for path in told)
    assert any(path.endswith("competencies.foundation") for path in told)
    assert any("manger" in path for path in told)
    assert any(path.endswith("email") for path in told)
    assert "positions.managing_director" in told
    assert any(path.endswith("calendar") for path in told)
    assert len(found) == 6, [str(problem) for problem in found]


def test_what_stands_on_a_mistake_of_form_is_not_told_beside_it() -> None:
    (found,) = problems(("email: yuki.tanaka@fjordline.example", "email: [yuki.tanaka]"))
    assert found.path.endswith("email")
    (row,) = problems(("name: Yuki Tanaka, ", ""))
    assert row.message


def line_of(piece: str) -> int:
    return TEXT[: TEXT.index(piece)].count("\n") + 1


def test_people_keep_the_order_of_the_file() -> None:
    assert [person.id for person in FIRM.people[:3]] == ["ingrid.solberg", "tomasz.nowak", "priya.raman"]
    assert len(FIRM.people) == 26


def test_rates_with_which_no_sum_would_fit_are_refused_where_they_stand() -> None:
    with pytest.raises(FileRefused) as refused:
        read_directory(CASES / "directory-large-rates.yaml", first_year=2026)
    found = {(problem.line, problem.path) for problem in refused.value.problems}
    assert found == {(99, f"rate_card.grades.consultant.{rate}") for rate in ("cost", "list")}


def test_norway_is_no_boolean() -> None:
    assert list(FIRM.calendars) == ["NO", "DE", "IN", "US"]
    assert {person.calendar for person in FIRM.people} == {"NO", "DE", "IN", "US"}


def test_hours_are_minutes_after_midnight() -> None:
    india = FIRM.calendars["IN"]
    assert (india.opens, india.closes) == (9 * 60 + 30, 18 * 60)
    hours = india.hours_of(date(2026, 10, 5))
    assert hours is not None
    assert hours[0].time() == time(4, 0)


@pytest.mark.parametrize(
    ("calendar", "day", "works"),
    [
        ("NO", date(2026, 12, 25), False),
        ("NO", date(2027, 5, 17), False),
        ("NO", date(2026, 12, 24), True),
        ("DE", date(2027, 1, 6), False),
        ("NO", date(2027, 1, 6), True),
        ("US", date(2026, 11, 26), False),
        ("IN", date(2027, 1, 26), False),
        ("DE", date(2030, 10, 3), False),
        ("DE", date(2031, 10, 3), True),
    ],
)
def test_holidays_are_those_of_the_place_for_five_years(calendar: str, day: date, works: bool) -> None:
    assert (FIRM.calendars[calendar].hours_of(day) is not None) is works


def test_holidays_begin_in_the_year_before_since_clocks_may_run_since_then() -> None:
    later = read_directory(SAMPLE, first_year=2030)
    assert {day.year for day in later.calendars["NO"].holidays} == set(range(2029, 2035))


def calendar_with(changed: tuple[str, str], first_year: int = 2026) -> Calendar:
    """The calendar DE of the sample once this piece of its text is changed."""
    text = TEXT.replace(*changed)
    assert text != TEXT
    return directory_from(parse_source("d.yaml", text.encode()), first_year).calendars["DE"]


@pytest.mark.parametrize(
    ("calendar", "first_year", "until"),
    [
        ("NO", 2026, date(2030, 12, 31)),
        ("IN", 2026, date(2030, 12, 31)),
        ("IN", 2034, date(2035, 12, 31)),  # the library has tables of the moon until 2035
        ("IN", 2040, None),
    ],
)
def test_a_calendar_says_until_when_all_its_holidays_are_known(
    calendar: str, first_year: int, until: date | None
) -> None:
    assert read_directory(SAMPLE, first_year).calendars[calendar].holidays_until == until


def test_holidays_of_years_of_which_the_library_knows_nothing_are_not_taken_for_known() -> None:
    lanka = calendar_with(('country: "DE", subdivision: "BY"', 'country: "LK"'))
    assert lanka.holidays_until == date(2026, 12, 31)
    assert calendar_with((', country: "DE", subdivision: "BY"', "")).holidays_until is None


def test_kinds_of_holidays_beside_the_public_ones_are_taken_where_they_are_named() -> None:
    assumption = date(2028, 8, 15)
    munich = calendar_with(('subdivision: "BY"', 'subdivision: "BY", also: [catholic]'))
    assert munich.hours_of(assumption) is None
    assert FIRM.calendars["DE"].hours_of(assumption) is not None


def test_people_of_a_client_are_marked_as_theirs() -> None:
    kari = FIRM.person(PersonId("kari.moe"))
    assert kari is not None
    assert (kari.client, kari.part, kari.title) == (
        "Halden Energi AS",
        ("client_sponsor", "client_signatory"),
        "Chief Operating Officer",
    )
    department = FIRM.client("Fjordline People Operations")
    assert department is not None
    assert department.in_house


def test_absences_capacity_and_rates_are_read() -> None:
    grace = FIRM.absences[1]
    assert (grace.first, grace.last, grace.delegate) == (date(2026, 12, 23), date(2026, 12, 31), "erik.strand")
    assert FIRM.capacity["development"] == 320
    assert FIRM.rate_card.grades["offshore_senior"].cost == 41


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("zone: Europe/Oslo", "zone: Europe/Olso", "calendars.NO.zone"),
        ('hours: "09:30-18:00"', 'hours: "18:00-09:30"', "calendars.IN.hours"),
        ('hours: "09:30-18:00"', "hours: nine to six", "calendars.IN.hours"),
        ('country: "DE"', 'country: "XX"', "calendars.DE.country"),
        ('subdivision: "BY"', 'subdivision: "QQ"', "calendars.DE.subdivision"),
        ('subdivision: "BY"', 'subdivision: "BY", also: [jedi]', "calendars.DE.also"),
        ('half_days: ["12-24"', 'half_days: ["24-12"', "calendars.NO.half_days.0"),
        ("currency: EUR", "currency: euro", "currency"),
        ("  cfo: erik.strand", "  cfo: peter.olsen", "positions.cfo"),
        ("from: 2026-12-23", "from: 2027-12-23", "absences.1"),
        ("from: 2026-12-23", "form: 2026-12-23", "absences.1.form"),
        ("  development: 320", "  development: -320", "capacity.development"),
        ("principal: {cost: 118", "principal: {cost: dear", "rate_card.grades.principal.cost"),
        ("deputy: miriam.katz", "deputy: miriam.kats", "people.22.deputy"),
        ("{id: kari.moe", "{id: Kari Moe", "clients.0.people.0.id"),
        ("email: odd.vik@halden.example", "email: kari.moe@halden.example", "clients.0.people.1.email"),
        ("roles: [resource_manager]", "roles: [Resource Manager]", "people.21.roles.0"),
    ],
)
def test_a_mistake_is_named_by_line_and_field(before: str, after: str, path: str) -> None:
    (problem,) = problems((before, after))
    assert (problem.file, problem.line, problem.path) == ("d.yaml", line_of(before), path)


def test_a_mistake_in_a_calendar_is_not_told_again_for_each_person() -> None:
    assert len(problems(("zone: Europe/Oslo", "zone: Europe/Olso"))) == 1


def test_an_empty_position_is_told_at_the_positions() -> None:
    (problem,) = problems(("  general_counsel: miriam.katz\n", ""))
    assert (problem.path, problem.line) == ("positions.general_counsel", line_of("positions:"))


@pytest.mark.parametrize(("country", "weekend"), [("SA", (4, 5)), ("IR", (4,)), ("BN", (4, 6)), ("NO", (5, 6))])
def test_a_country_brings_its_weekend(country: str, weekend: tuple[int, ...]) -> None:
    germany = 'country: "DE", subdivision: "BY"'
    assert calendar_with((germany, f'country: "{country}"')).weekend == weekend
    assert calendar_with((germany, f'country: "{country}", weekend: [0]')).weekend == (0,)


def test_a_saturday_that_a_country_works_is_a_working_day() -> None:
    hungary = directory_from(
        parse_source("d.yaml", TEXT.replace('country: "DE", subdivision: "BY"', 'country: "HU"').encode()), 2025
    ).calendars["DE"]
    assert hungary.hours_of(date(2025, 10, 18)) is not None
    assert hungary.hours_of(date(2025, 10, 25)) is None


@pytest.mark.parametrize(("written", "meant"), [("UK", "GB"), ("us", "US"), ("deu", "DE"), ("gb", "GB")])
def test_a_country_by_another_name_is_answered_with_its_code(written: str, meant: str) -> None:
    [problem] = problems(('country: "DE", subdivision: "BY"', f'country: "{written}"'))
    assert f"use {meant}" in problem.message


def test_a_table_is_told_what_a_directory_is() -> None:
    with pytest.raises(FileRefused) as refused:
        directory_from(parse_source("people.csv", b"id;name;email\nx.y;X Y;x@y.example\n"), 2026)
    assert "A directory is YAML" in str(refused.value)


@pytest.mark.parametrize("change", [("id: luca.ferri", "id: Luca Ferri"), ("currency: EUR", "currency: euro")])
def test_a_misspelt_value_is_answered_without_a_pattern(change: tuple[str, str]) -> None:
    told = " ".join(map(str, problems(change)))
    assert "must have the form" in told
    assert "[a-z" not in told.casefold()
    assert "^" not in told


def test_a_host_in_other_letters_is_taken_and_brackets_are_refused_by_line() -> None:
    anna, lena = "anna.lindqvist@lindqvist.example", "lena.fischer@fjordline.example"
    text = TEXT.replace(anna, "anna@försäkring.example", 1).replace(lena, '"Lena<lena@fjordline.example>"', 1)
    with pytest.raises(FileRefused) as refused:
        directory_from(parse_source("d.yaml", text.encode()), 2026)
    (only,) = refused.value.problems
    assert only.line == text[: text.index("Lena<lena")].count("\n") + 1
    assert "holds brackets, quotes" in str(only)


def test_an_address_is_another_persons_in_either_writing_of_its_host() -> None:
    anna, lena = "anna.lindqvist@lindqvist.example", "lena.fischer@fjordline.example"
    found = problems((anna, "a@försäkring.example"), (lena, "a@xn--frskring-2za1p.example"))
    assert "is used twice" in str(found)


def test_people_of_a_client_read_times_by_the_clock_of_its_country_and_who_has_a_zone_by_that() -> None:
    assert {person.zone for person in FIRM.client_people("Lindqvist Försäkring AB")} == {"Europe/Stockholm"}
    assert FIRM.zone_of(PersonId("anna.lindqvist")) == "Europe/Stockholm"
    assert FIRM.zone_of(PersonId("kari.moe")) is None
    own = TEXT.replace("{id: anna.lindqvist, ", "{id: anna.lindqvist, zone: Asia/Tokyo, ")
    assert (
        directory_from(parse_source("d.yaml", own.encode()), 2026).zone_of(PersonId("anna.lindqvist")) == "Asia/Tokyo"
    )


@pytest.mark.parametrize(
    ("client", "person", "zone", "works_by"),
    [
        ("    calendar: DE\n", "zone: Asia/Tokyo, calendar: NO, ", "Europe/Oslo", "NO"),
        ("    calendar: DE\n", "zone: Asia/Tokyo, ", "Asia/Tokyo", "DE"),
        ("    calendar: DE\n", "", "Europe/Berlin", "DE"),
        ("", "", "Europe/Stockholm", None),
    ],
)
def test_the_zone_of_a_clients_person_is_that_of_the_nearest_who_says_it_and_an_export_keeps_it(
    client: str, person: str, zone: str, works_by: str | None
) -> None:
    text = TEXT.replace("{id: anna.lindqvist, ", f"{{id: anna.lindqvist, {person}")
    text = text.replace("    country: SE ", f"{client}    country: SE ")
    firm = directory_from(parse_source("d.yaml", text.encode()), 2026)
    anna = firm.person(PersonId("anna.lindqvist"))
    assert (firm.zone_of(PersonId("anna.lindqvist")), anna.calendar if anna else "") == (zone, works_by)
    assert directory_from(parse_source("d.yaml", directory_as_yaml(firm).encode()), 2026) == firm


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("country: SE ", "country: XX ", "clients.1.country"),
        ("country: SE ", "country: Sweden ", "clients.1.country"),
        ("{id: anna.lindqvist, ", "{id: anna.lindqvist, zone: Mars/Olympus, ", "clients.1.people.0.zone"),
    ],
)
def test_a_country_or_a_zone_that_is_none_is_refused_where_it_stands(before: str, after: str, path: str) -> None:
    (problem,) = problems((before, after))
    assert (problem.path, problem.line) == (path, line_of(before.rstrip()))
