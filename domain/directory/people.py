"""The people whom an engagement knows, and who stands in for whom."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from domain.shared.calendar import Calendar, shown
from domain.shared.text import LongText, ShortText
from domain.shared.values import Day, Money, Name, PersonId, RoleName, Truth, Value, Whole

MANAGING_DIRECTOR = "managing_director"
CFO = "cfo"

Level = Annotated[Whole, Field(ge=0, le=5)]


class EarlierLeaving(Value):
    """The departure of someone who has come back since: numbered from 1, with the reason and the successor."""

    number: Annotated[Whole, Field(ge=1)]
    because: LongText | None = None
    successor: PersonId | None = None


class Person(Value):
    """Someone of the firm, or of a client (`client` is then its name and `part` what they may do)."""

    id: PersonId
    name: ShortText
    email: ShortText
    calendar: str | None = None
    manager: PersonId | None = None
    deputy: PersonId | None = None
    assistant: PersonId | None = None
    roles: tuple[RoleName, ...] = ()
    verticals: tuple[Name, ...] = ()
    competencies: dict[Name, Level] = {}
    title: ShortText | None = None
    client: ShortText | None = None
    part: tuple[Name, ...] = ()
    zone: Annotated[ShortText | None, Field(exclude_if=lambda zone: zone is None)] = None
    """The zone in which a client's person without a calendar reads times."""
    to_confirm: Annotated[Truth, Field(exclude_if=lambda wanted: not wanted)] = False
    """Added by the seller to a client that finance had confirmed: no mail, and no part, before finance confirms."""
    active: Truth = True
    left_because: LongText | None = None
    successor: PersonId | None = None
    """Who is asked for the roles of someone who has left."""
    left: Annotated[tuple[EarlierLeaving, ...], Field(exclude_if=lambda times: not times)] = ()
    """The last times that they left and came back: their earlier roles stay with others, whenever that is noticed."""

    def missed_leaving(self, known: "Person") -> EarlierLeaving | None:
        """The first time that they left and came back which someone who has this `known` entry missed.

        None if there is none, or if they are already inactive in that entry.
        """
        heard = known.left[-1].number if known.left else 0
        return next((one for one in self.left if one.number > heard), None) if known.active else None

    @property
    def own_zone(self) -> str | None:
        """The zone in which a client's person reads times, whatever their calendar; None for the firm's people."""
        return self.zone if self.client is not None else None


class Absence(Value):
    """Days on which a person is away, both included, and who answers then."""

    person: PersonId
    first: Day
    last: Day
    delegate: PersonId | None = None
    by: PersonId | None = None
    """Who recorded it here; None if it came with the directory's file."""


class Delegation(Value):
    """Who may answer for a person, on which days (both included), and for what.

    No role or kind named means all of them. A delegation up to an amount covers only what has an amount: money that no
    one has put a figure on is not a small amount.
    """

    person: PersonId
    to: PersonId
    first: Day
    last: Day
    roles: tuple[RoleName, ...] = ()
    kinds: tuple[Name, ...] = ()
    up_to: Annotated[Money, Field(gt=0)] | None = None
    by: PersonId | None = None
    """Who arranged it: the person, their assistant, an administrator."""
    reason: LongText | None = None

    def covers(self, kind: str, roles: Collection[str], value: Decimal | None) -> bool:
        """True for an ask of this kind, put to the person in these roles, about this much money."""
        if self.kinds and kind not in self.kinds:
            return False
        if self.roles and not any(role in self.roles or role.split(":")[0] in self.roles for role in roles):
            return False
        return self.up_to is None or (value is not None and abs(value) <= self.up_to)

    def meets(self, other: "Delegation") -> bool:
        """True if both apply on some day."""
        return self.first <= other.last and other.first <= self.last


def circle_in(periods: Iterable[Delegation]) -> Delegation | None:
    """One of these by which an answer would, on some day, come back to the person who was asked; or None.

    Over any number of steps. A circle closes on the first day of one of its periods, so only those days are checked.
    """
    periods = tuple(periods)
    for day in sorted({period.first for period in periods}):
        today = [period for period in periods if period.first <= day <= period.last]
        while today:
            answered_by_others = {period.person for period in today}
            kept = [period for period in today if period.to in answered_by_others]
            if len(kept) == len(today):
                return _on_the_circle(today)
            today = kept
    return None


def _on_the_circle(periods: list[Delegation]) -> Delegation:
    """Follows each person's delegate until someone comes up twice."""
    steps = {period.person: period for period in periods}
    seen, step = set[str](), periods[0]
    while step.person not in seen:
        seen.add(step.person)
        step = steps[step.to]
    return step


# Days on which someone else may answer for a person.
Period = Absence | Delegation
P = TypeVar("P", bound=Period)


class Introduction(Value):
    """People, with what the directory says of them and their stand-ins, for an engagement that may not know them."""

    people: tuple[Person, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()


class Matter(NamedTuple):
    """What a stand-in would answer: a kind of ask, the roles it is put to, and how much money it is about."""

    kind: str
    roles: tuple[str, ...] = ()
    value: Decimal | None = None


class Rate(Value):
    """Cost and list price of one hour, in the firm's currency."""

    cost: Annotated[Money, Field(ge=0, le=10**9)]
    list: Annotated[Money, Field(ge=0, le=10**9)]


class RateCard(Value):
    """The rates of each grade. An attested estimate is pinned to one version."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    grades: dict[Name, Rate]


class Participants(Value):
    """Everyone an engagement may have to turn to: people, calendars, positions, absences, role holders.

    It is data in the state, not a look-up: an engagement decides the same way when it is replayed.
    """

    people: dict[PersonId, Person] = {}
    calendars: dict[str, Calendar] = {}
    positions: dict[Name, PersonId] = {}
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    begun: tuple[Period, ...] = ()
    """Absences and delegations whose first day has come and been processed."""
    holders: dict[RoleName, PersonId] = {}
    further_experts: dict[RoleName, tuple[PersonId, ...]] = {}
    usual_calendar: str = ""

    def holder(self, role: str) -> PersonId | None:
        """Who holds a role or a position now, or None if it is vacant."""
        return self.holders.get(role) or self.positions.get(role)

    def experts(self, discipline: str) -> tuple[PersonId, ...]:
        """Everyone who accepted to estimate a discipline, the holder of the role first."""
        role = f"expert:{discipline}"
        first = self.holders.get(role)
        return (*((first,) if first else ()), *self.further_experts.get(role, ()))

    def name(self, person_id: PersonId) -> str:
        """The person's name, or the id of someone unknown."""
        known = self.people.get(person_id)
        return known.name if known else person_id

    def calendar_of(self, person_id: PersonId) -> Calendar:
        """The person's own calendar; for a client's person without one, that of their contact in the firm."""
        known = self.people.get(person_id)
        own = known.calendar if known else None
        return self.calendars[own if own in self.calendars else self.usual_calendar]

    def hours_to_tell(self, person_id: PersonId) -> Calendar:
        """The calendar by which news is sent, in the reader's own zone.

        A client's person without a calendar gets the hours of their contact in the firm.
        """
        calendar, zone = self.calendar_of(person_id), self.zone_of(person_id)
        return calendar if zone == calendar.zone else calendar.replace(zone=zone)

    def zone_of(self, person_id: PersonId) -> str:
        """The zone in which a person reads times; for a client's person without one, that of their contact here."""
        known = self.people.get(person_id)
        return (known.own_zone if known else None) or self.calendar_of(person_id).zone

    def shown_to(self, person_id: PersonId, moment: datetime) -> str:
        """A moment in this person's zone."""
        return shown(moment, self.zone_of(person_id))

    def roles_of(self, person_id: PersonId) -> tuple[str, ...]:
        """The roles and positions that a person holds here, sorted."""
        held = {role for role, holder in (*self.positions.items(), *self.holders.items()) if holder == person_id}
        held |= {role for role, more in self.further_experts.items() if person_id in more}
        return tuple(sorted(held))

    def is_client(self, person_id: PersonId) -> bool:
        """True if the person acts for the client, also when the client is a department of the firm."""
        known = self.people.get(person_id)
        return known is not None and known.client is not None

    def is_here(self, person_id: PersonId | None) -> bool:
        """True for a colleague who is known here and has not left."""
        known = self.people.get(person_id) if person_id else None
        return known is not None and known.active and known.client is None

    def knowing(self, told: Introduction) -> "Participants":
        """The participants with these people added, and what is said of them replacing what was known."""
        names = {person.id for person in told.people}
        absences = _as_told(self.absences, told.absences, names)
        delegations = _as_told(self.delegations, told.delegations, names)
        return self.replace(
            people={**self.people, **{person.id: self._as_heard(person) for person in told.people}},
            calendars={**self.calendars, **{calendar.name: calendar for calendar in told.calendars}},
            absences=absences,
            delegations=delegations,
            begun=tuple(period for period in self.begun if period in {*absences, *delegations}),
        )

    def _as_heard(self, person: Person) -> Person:
        """Someone who is introduced: for people already known, only the directory says that they had left."""
        known = self.people.get(person.id)
        return person if known is None else person.replace(left=known.left)

    def unknown_of(self, told: Introduction) -> Introduction:
        """What is said of people who are not known here yet, without the others."""
        new = {person.id for person in told.people} - self.people.keys()
        return Introduction(
            people=tuple(person for person in told.people if person.id in new),
            calendars=tuple(calendar for calendar in told.calendars if new and calendar.name not in self.calendars),
            absences=tuple(absence for absence in told.absences if absence.person in new),
            delegations=tuple(given for given in told.delegations if given.person in new),
        )

    @property
    def everybody(self) -> Introduction:
        """All that is known of people here, for an engagement or change order that does not know them."""
        return Introduction(
            people=tuple(self.people.values()),
            calendars=tuple(self.calendars.values()),
            absences=self.absences,
            delegations=self.delegations,
        )

    def delegates(self, person_id: PersonId, matter: Matter, now: datetime) -> Iterator[PersonId]:
        """Who answers for a person today: the delegate of their absence, or of a delegation that covers this.

        One step only: the delegates' own delegates are not asked.
        """
        today = self.calendar_of(person_id).local_day(now)
        for absence in self.absences:
            if absence.person == person_id and absence.first <= today <= absence.last and absence.delegate:
                yield absence.delegate
        for given in self.delegations:
            covered = given.covers(matter.kind, matter.roles, matter.value)
            if given.person == person_id and given.first <= today <= given.last and covered:
                yield given.to

    def stand_ins(self, person_id: PersonId, matter: Matter, now: datetime) -> Iterator[PersonId]:
        """Their delegates of today, then their deputy."""
        yield from self.delegates(person_id, matter, now)
        known = self.people.get(person_id)
        if known and known.deputy:
            yield known.deputy

    def named_by(self, person_id: PersonId) -> set[PersonId]:
        """Everyone who may ever answer for a person: their deputy, and the delegates of absences and delegations."""
        known = self.people.get(person_id)
        named = {absence.delegate for absence in self.absences if absence.person == person_id}
        named |= {given.to for given in self.delegations if given.person == person_id}
        named |= {known.deputy} if known else set()
        return {name for name in named if name is not None}

    def is_gone(self, person_id: PersonId) -> bool:
        """True for anyone who has left, or is away by an absence that has been processed."""
        return not self.is_here(person_id) or any(isinstance(p, Absence) and p.person == person_id for p in self.begun)

    def is_away(self, person_id: PersonId, now: datetime) -> bool:
        """True on a day on which the directory says the person is absent."""
        today = self.calendar_of(person_id).local_day(now)
        return any(a.person == person_id and a.first <= today <= a.last for a in self.absences)

    def periods(self, person_id: PersonId) -> Iterator[Period]:
        """The absences and delegations of a person."""
        yield from (absence for absence in self.absences if absence.person == person_id)
        yield from (given for given in self.delegations if given.person == person_id)

    def begins(self, period: Period) -> datetime:
        """When a period begins: with its first day, where the person works."""
        return self.calendar_of(period.person).day_begins(period.first)

    def ends(self, period: Period) -> datetime:
        """When a period is over: as the day after its last begins."""
        return self.calendar_of(period.person).day_begins(period.last + timedelta(days=1))


def _as_told(known: tuple[P, ...], told: tuple[P, ...], people: set[PersonId]) -> tuple[P, ...]:
    """Periods with those of these people replaced."""
    return (*(period for period in known if period.person not in people), *dict.fromkeys(told))
