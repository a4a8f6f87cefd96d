"""How much a directory may say of one person, client or place.

Each engagement keeps what it needs to know of the people that it may turn to, and accepts every update about them: no
one may let a message outgrow what the engine carries. So each entry is bounded where it is entered, and what
engagements are told as a whole is bounded too (`size_limits`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TypeVar

from domain.directory.checks import directory_problems
from domain.directory.directory import Directory, DirectoryProblem
from domain.directory.people import Absence, Delegation, Period, Person
from domain.shared.limits import KIB
from domain.shared.text import bytes_of
from domain.shared.values import PersonId, Value, weight

# Absences of one person that are not over: those of the file, and as many again that were recorded here.
MAX_ABSENCES = 100
# Delegations of one person that are not over.
MAX_DELEGATIONS = 20
# Bytes of one person's absences and delegations as engagements are told of them.
MAX_PERIOD_BYTES = 12 * KIB
# Bytes of the reasons of all delegations of one person: the longest reason takes as much.
MAX_REASONS_BYTES = 8 * KIB
MAX_PER_PERSON = 4 * KIB
# Some 500 days off for a firm, beside the holidays of six years.
MAX_PER_CALENDAR = 16 * KIB
# A client with its people.
MAX_PER_CLIENT = 32 * KIB
MAX_POSITION_BYTES = 4 * KIB

FEWER = "Remove what is past or not needed, or merge consecutive days."
SHORTER = "Shorten it, or remove what is not needed."
P = TypeVar("P", bound=Period)


def as_heard(period: P) -> P:
    """A period as engagements are told of it: without who arranged it and why, which readers find in the directory."""
    return period.replace(by=None, reason=None) if isinstance(period, Delegation) else period.replace(by=None)


def not_long_over(periods: Iterable[P], person_id: PersonId, today: date) -> tuple[P, ...]:
    """The periods, without those of a person that were arranged here and are over in every time zone."""
    edge = today - timedelta(days=1)
    return tuple(one for one in periods if one.person != person_id or one.by is None or one.last >= edge)


def all_problems(directory: Directory, today: date) -> tuple[DirectoryProblem, ...]:
    """Everything a directory must be refused for. Only periods that are not over count."""
    return (*directory_problems(directory), *_size_problems(directory, today))


def _size_problems(directory: Directory, today: date) -> Iterator[DirectoryProblem]:
    yield from _too_large("positions", "all positions together take", directory.positions, MAX_POSITION_BYTES)
    for name, calendar in directory.calendars.items():
        yield from _too_large(f"calendars.{name}", f"the calendar {name} takes", calendar, MAX_PER_CALENDAR)
    for n, person in enumerate(directory.people):
        yield from _of_a_person(f"people.{n}", person)
    for n, client in enumerate(directory.clients):
        what = f"the client {client.name} takes, with its people,"
        yield from _too_large(f"clients.{n}", what, client, MAX_PER_CLIENT)
        for k, person in enumerate(client.people):
            yield from _of_a_person(f"clients.{n}.people.{k}", person)
    yield from _of_days(directory, today)


def _of_a_person(where: str, person: Person) -> Iterator[DirectoryProblem]:
    said = person.replace(left_because=None, left=())  # engagements are told only a shortened reason for leaving
    yield from _too_large(where, f"the entry of {person.name} takes", said, MAX_PER_PERSON)


def _too_large(where: str, what: str, said: Value | Mapping[str, PersonId], most: int) -> Iterator[DirectoryProblem]:
    if weight(said) > most:
        yield DirectoryProblem(where=where, what=f"{what} more than the {most:,} bytes allowed", remedy=SHORTER)


def _of_days(directory: Directory, today: date) -> Iterator[DirectoryProblem]:
    away = [(f"absences.{n}", one) for n, one in enumerate(directory.absences) if one.last >= today]
    given = [(f"delegations.{n}", one) for n, one in enumerate(directory.delegations) if one.last >= today]
    own = [(where, one) for where, one in away if one.by is not None]
    of_the_file = [(where, one) for where, one in away if one.by is None]
    yield from _too_many(directory, of_the_file, "current and future absences", MAX_ABSENCES)
    yield from _too_many(directory, own, "current and future absences that were recorded here", MAX_ABSENCES)
    yield from _too_many(directory, given, "current and future delegations", MAX_DELEGATIONS)
    yield from _too_wide(directory, of_the_file)
    yield from _too_wide(directory, [*own, *given])
    reasons: Counter[str] = Counter()
    for where, one in given:
        size = bytes_of(one.reason or "")
        reasons[one.person] += size
        if reasons[one.person] > MAX_REASONS_BYTES and size:
            name = directory.name_of(one.person)
            what = f"the reasons of {name}'s delegations take more than the {MAX_REASONS_BYTES:,} bytes allowed"
            remedy = "Shorten the reason, or take back a delegation that is not needed."
            yield DirectoryProblem(where=where, what=what, remedy=remedy)


def _too_many(
    directory: Directory, days: Iterable[tuple[str, Absence | Delegation]], what: str, most: int
) -> Iterator[DirectoryProblem]:
    """One problem per person, at the first entry that is too many."""
    counted: Counter[str] = Counter()
    for where, one in days:
        counted[one.person] += 1
        if counted[one.person] == most + 1:
            said = f"{directory.name_of(one.person)} has more than {most} {what}"
            yield DirectoryProblem(where=where, what=said, remedy=FEWER)


def _too_wide(directory: Directory, days: Iterable[tuple[str, Absence | Delegation]]) -> Iterator[DirectoryProblem]:
    sizes: defaultdict[str, int] = defaultdict(int)
    for where, one in days:
        size = weight(as_heard(one))
        if sizes[one.person] <= MAX_PERIOD_BYTES < sizes[one.person] + size:
            name = directory.name_of(one.person)
            what = f"the absences and delegations of {name} take more than the {MAX_PERIOD_BYTES:,} bytes allowed"
            yield DirectoryProblem(where=where, what=what, remedy=FEWER)
        sizes[one.person] += size
