"""The people whom an engagement knows, and who stands in for whom."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.values import Amount, Day, Name, PersonId, RoleName, Value
from domain.words import Line
from domain.working_time import Calendar

MANAGING_DIRECTOR = "managing_director"
CFO = "cfo"

Level = Annotated[int, Field(ge=0, le=5)]


class Person(Value):
    """Somebody of the firm, or of a client (`client` is then its name and `part` what they may do)."""

    id: PersonId
    name: Line
    email: Line
    calendar: str | None = None
    manager: PersonId | None = None
    deputy: PersonId | None = None
    assistant: PersonId | None = None
    roles: tuple[RoleName, ...] = ()
    verticals: tuple[Name, ...] = ()
    competencies: dict[Name, Level] = {}
    title: Line | None = None
    client: Line | None = None
    part: tuple[Name, ...] = ()
    active: bool = True


class Absence(Value):
    """Days on which a person is away, both included, and who answers then."""

    person: PersonId
    first: Day
    last: Day
    delegate: PersonId | None = None


class Rate(Value):
    """Cost and list price of one hour, in the firm's currency."""

    cost: Annotated[Amount, Field(ge=0)]
    list: Annotated[Amount, Field(ge=0)]


class RateCard(Value):
    """The rates of each grade. An attested estimate is pinned to one version."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    grades: dict[Name, Rate]


class Cast(Value):
    """Everybody an engagement may have to turn to: people, calendars, positions, absences, role holders.

    It is data in the state, not a look-up: an engagement decides the same way when it is replayed.
    """

    people: dict[PersonId, Person] = {}
    calendars: dict[str, Calendar] = {}
    positions: dict[Name, PersonId] = {}
    absences: tuple[Absence, ...] = ()
    holders: dict[RoleName, PersonId] = {}
    further_experts: dict[RoleName, tuple[PersonId, ...]] = {}
    usual_calendar: str = ""

    def holder(self, role: str) -> PersonId | None:
        """Who holds a role or a position now, or None where it is vacant."""
        return self.positions.get(role) or self.holders.get(role)

    def experts(self, discipline: str) -> tuple[PersonId, ...]:
        """Everybody who accepted to estimate a discipline, the holder of the role first."""
        role = f"expert:{discipline}"
        first = self.holders.get(role)
        return (*((first,) if first else ()), *self.further_experts.get(role, ()))

    def name(self, person: PersonId) -> str:
        """The person's name, or the id of somebody unknown."""
        known = self.people.get(person)
        return known.name if known else person

    def calendar_of(self, person: PersonId) -> Calendar:
        """The person's own calendar; for a client's person without one, that of the person who faces them."""
        known = self.people.get(person)
        own = known.calendar if known else None
        return self.calendars[own if own in self.calendars else self.usual_calendar]

    def roles_of(self, person: PersonId) -> tuple[str, ...]:
        """The roles and positions that a person holds here, sorted."""
        held = {role for role, holder in (*self.positions.items(), *self.holders.items()) if holder == person}
        held |= {role for role, more in self.further_experts.items() if person in more}
        return tuple(sorted(held))

    def is_client(self, person: PersonId) -> bool:
        """True where the person acts for the client, also when the client is a department of the firm."""
        known = self.people.get(person)
        return known is not None and known.client is not None

    def stand_ins(self, person: PersonId, now: datetime) -> Iterator[PersonId]:
        """Who answers for a person: the delegate named for an absence that covers today, then the deputy."""
        today = self.calendar_of(person).local_day(now)
        for absence in self.absences:
            if absence.person == person and absence.first <= today <= absence.last and absence.delegate:
                yield absence.delegate
        known = self.people.get(person)
        if known and known.deputy:
            yield known.deputy

    def is_away(self, person: PersonId, now: datetime) -> bool:
        """True on a day that the directory says the person is absent."""
        today = self.calendar_of(person).local_day(now)
        return any(a.person == person and a.first <= today <= a.last for a in self.absences)
