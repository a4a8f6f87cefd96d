"""Reads the directory's YAML form (examples/directory.yaml) into `domain.directory.directory.Directory`.

Holidays are taken from the library once, here, and are data from then on: what the library says next year must not
change what was decided under this year's.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from adapters.files.country_zones import zone_of_country
from adapters.files.directory_repair import elsewhere, read_as_if_mended
from adapters.files.yaml_source import FileProblem, FileRefused, Source, in_order, read_source, reading_of
from domain.directory.directory import CalendarSource, Client, Directory, HouseRole
from domain.directory.people import Absence, Person, RateCard
from domain.directory.size_limits import all_problems
from domain.shared.calendar import Calendar, CalendarName, is_zone
from domain.shared.text import ShortText
from domain.shared.values import CURRENCY_FORM, Day, Hours, Name, PersonId, Value

A_DIRECTORY = "A directory is YAML; see docs/directory.md and examples/directory.yaml."
YEARS_OF_HOLIDAYS = 5
# An engagement that gets this calendar today may have clocks that have been running since last year.
YEARS_BEFORE = 1
MAX_DAYS_OFF = 500
OFFICE_HOURS = "09:00-17:00"


def _opens_before_it_closes(hours: str) -> str:
    opens, closes = _minutes(hours)
    if opens >= closes:
        raise ValueError("working hours must open before they close")
    return hours


def _minutes(hours: str) -> tuple[int, int]:
    """Parses `08:00-16:30` into minutes after midnight."""
    figures = [int(figure) for figure in re.split("[:-]", hours)]
    return figures[0] * 60 + figures[1], figures[2] * 60 + figures[3]


_HOURS = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"
WorkingHours = Annotated[str, Field(pattern=_HOURS), AfterValidator(_opens_before_it_closes)]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
# Monday is 0.
WeekDay = Annotated[int, Field(ge=0, le=6)]


@contextmanager
def _without_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Collects the library's warnings, which say that it does not know a year, instead of printing them."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DeprecationWarning)
        yield warned


def _code_of(country: str) -> str:
    """Returns the two-letter code of a country given in lower case, by three letters, or by its usual short name."""
    written = country.strip().upper()
    name = getattr(holidays, written, None) if written.isalpha() else None
    return str(getattr(name, "country", written))


class _CalendarRow(Value):
    """Each field is validated on its own, so that a refusal can name it."""

    zone: Annotated[str, Field(max_length=64)]
    hours: WorkingHours
    country: str | None = None
    subdivision: str | None = None
    also: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    """Kinds of holidays besides the public ones, named as in the library: Assumption in Bavaria is `catholic`."""
    half_days: Annotated[tuple[MonthDay, ...], Field(max_length=100)] = ()
    weekend: Annotated[tuple[WeekDay, ...], Field(max_length=6)] | None = None
    """None: the country's own; without a country, Saturday and Sunday."""
    days_off: Annotated[tuple[Day, ...], Field(max_length=MAX_DAYS_OFF)] = ()
    """The firm's own days off, in addition to public holidays."""

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a known time zone, such as Europe/Oslo") from None
        return zone

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, country: str | None) -> str | None:
        if country is None:
            return None
        known = holidays.list_supported_countries(include_aliases=False)
        if country in known:
            return country
        meant = _code_of(country)
        if meant in known:
            raise ValueError(f"is not a country code; use {meant}")
        raise ValueError("is not a country with known holidays; use a two-letter code, such as NO for Norway")

    @field_validator("subdivision")
    @classmethod
    def _subdivision_is_known(cls, subdivision: str | None, info: ValidationInfo) -> str | None:
        if subdivision is None or "country" not in info.data:
            return subdivision
        country = info.data["country"]
        if subdivision not in holidays.list_supported_countries().get(country or "", ()):
            raise ValueError(f"is not a known part of the country {country}")
        return subdivision

    @field_validator("also")
    @classmethod
    def _further_kinds_are_known(cls, also: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        country = info.data.get("country")
        known = holidays.country_holidays(country).supported_categories if country else ()
        unknown = [kind for kind in also if kind not in known]
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)} is not a known kind of holiday there; use one of:  {', '.join(known)}"
            )
        return also

    def calendar(self, name: str, first_year: int) -> Calendar:
        """Builds the calendar, with public holidays from the year before `first_year` on."""
        opens, closes = _minutes(self.hours)
        days, until = self._holidays(first_year)
        days |= set(self.days_off)
        weekend, worked = self._weekend(first_year)
        return Calendar(
            name=name,
            zone=self.zone,
            opens=opens,
            closes=closes,
            weekend=weekend,
            working_days=tuple(sorted(worked - days)),
            holidays=tuple(sorted(days)),
            half_days=self.half_days,
            holidays_until=until,
        )

    @property
    def source(self) -> CalendarSource:
        """What the calendar is built from, for writing the directory back as a file."""
        days_off = tuple(sorted(set(self.days_off)))
        return CalendarSource(
            country=self.country,
            subdivision=self.subdivision,
            also=self.also,
            weekend=self.weekend,
            days_off=days_off,
        )

    def _weekend(self, first_year: int) -> tuple[tuple[int, ...], set[date]]:
        """Days off each week, and dates worked nevertheless. A weekend that is given replaces the country's own."""
        if self.weekend is not None:
            return self.weekend, set()
        if self.country is None:
            return (5, 6), set()
        years = self._years(first_year)
        with _without_warnings():
            known = holidays.country_holidays(self.country, subdiv=self.subdivision, years=years)
        return tuple(sorted(known.weekend)), {day for day in known.weekend_workdays if day.year in years}

    @staticmethod
    def _years(first_year: int) -> range:
        return range(first_year - YEARS_BEFORE, first_year + YEARS_OF_HOLIDAYS)

    def _holidays(self, first_year: int) -> tuple[set[date], date | None]:
        """The holidays, and the last day through which the library vouches that they are complete."""
        if self.country is None:
            return set(), None
        wanted = self._years(first_year)
        years = {year: self._holidays_of(self.country, year) for year in wanted}
        whole = list(takewhile(lambda year: years[year][1], wanted))
        return set[date]().union(*(days for days, _ in years.values())), date(whole[-1], 12, 31) if whole else None

    def _holidays_of(self, country: str, year: int) -> tuple[set[date], bool]:
        """The holidays of a year, and whether that is all: for years it does not know, the library has few or none."""
        kinds = (holidays.PUBLIC, *self.also)
        with _without_warnings() as warned:
            known = holidays.country_holidays(country, subdiv=self.subdivision, years=year, categories=kinds)
        return set(known), known.start_year <= year <= known.end_year and not warned


class _AbsenceRow(Value):
    person: PersonId
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    delegate: PersonId | None = None


class _DirectoryRows(Value):
    firm: ShortText
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    calendars: Annotated[dict[CalendarName, _CalendarRow], Field(min_length=1)]
    positions: dict[Name, PersonId]
    roles_of_the_house: dict[HouseRole, PersonId]
    people: Annotated[tuple[Person, ...], Field(min_length=1)]
    absences: tuple[_AbsenceRow, ...] = ()
    capacity: dict[Name, Hours] = {}
    clients: tuple[Client, ...] = ()
    rate_card: RateCard


def read_directory(path: Path, first_year: int) -> Directory:
    """Returns the directory of a file, with holidays for five years from `first_year` and for the year before.

    Raises FileRefused with every reason for which it cannot be imported.
    """
    return directory_from(read_source(path), first_year)


def directory_from(source: Source, first_year: int) -> Directory:
    """The same for a source that has been read already."""
    if not isinstance(source.data, dict):
        raise FileRefused(source.problem("", "is not a directory", A_DIRECTORY))
    source = _with_norway(source)
    reading = reading_of(source, _DirectoryRows, ignore_unknown=False)
    rows = read_as_if_mended(source.data, _DirectoryRows) if reading.problems else reading.value
    directory = _directory(rows, first_year) if rows is not None else None
    problems = reading.problems
    if rows and directory:
        problems = (*problems, *_faults(source, rows, directory, date(first_year, 1, 1), reading.problems))
    if problems or directory is None:
        raise FileRefused(*in_order(problems))
    return directory


def _faults(
    source: Source, rows: _DirectoryRows, directory: Directory, since: date, of_form: tuple[FileProblem, ...]
) -> Iterator[FileProblem]:
    """Yields what is wrong with a readable directory, except faults that follow from mistakes of form."""
    for n, client in enumerate(rows.clients):
        if client.country and zone_of_country(client.country) is None:
            what = "is not a country code; use two capital letters, such as NO for Norway"
            yield source.problem(f"clients.{n}.country", what, A_DIRECTORY)
    for problem in all_problems(directory, since):
        if elsewhere(problem.where, of_form):
            yield source.problem(problem.where, problem.what, problem.remedy)


def calendar_of_zone(zone: str, country: str | None, first_year: int) -> tuple[Calendar, CalendarSource]:
    """Builds a calendar of usual office hours for people with only a known zone; also returns what it was built from.

    Raises ValidationError if the zone or the country does not exist.
    """
    row = _CalendarRow(zone=zone, hours=OFFICE_HOURS, country=country)
    return row.calendar(re.sub(r"[^A-Za-z0-9_-]", "-", zone)[:32], first_year), row.source


def _with_norway(source: Source) -> Source:
    """YAML 1.1 tools turn NO, the code of Norway, into `false`; it is read as the country that was meant."""
    if not isinstance(source.data, dict):
        return source

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(item) for item in value]
        if isinstance(value, dict):
            return {
                "NO" if key == "false" else key: "NO"
                if key in {"calendar", "country"} and inner is False
                else read(inner)
                for key, inner in value.items()
            }
        return value

    return replace(source, data=read(source.data))


def _directory(rows: _DirectoryRows, first_year: int) -> Directory:
    return Directory(
        firm=rows.firm,
        currency=rows.currency,
        calendars={name: row.calendar(name, first_year) for name, row in rows.calendars.items()},
        calendar_sources={name: row.source for name, row in rows.calendars.items()},
        positions=rows.positions,
        house_roles=rows.roles_of_the_house,
        people=rows.people,
        absences=tuple(
            Absence(person=row.person, first=row.first, last=row.last, delegate=row.delegate) for row in rows.absences
        ),
        capacity=rows.capacity,
        clients=tuple(_with_their_client(client) for client in rows.clients),
        rate_card=rows.rate_card,
    )


def _with_their_client(client: Client) -> Client:
    """Gives a client's people its name and, if they have none of their own, its calendar and zone."""
    return client.replace(people=tuple(_of_client(person, client) for person in client.people))


def _of_client(person: Person, client: Client) -> Person:
    """The zone is their own calendar's, else their own, else that of the client's calendar, else of its country."""
    if person.calendar is not None:
        zone = None if person.zone and is_zone(person.zone) else person.zone
    else:
        zone = person.zone or (usual_zone(client) if client.calendar is None else None)
    return person.replace(client=client.name, calendar=person.calendar or client.calendar, zone=zone)


def usual_zone(client: Client) -> str | None:
    """The zone of the client's country."""
    return zone_of_country(client.country) if client.country else None
