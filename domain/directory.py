"""The whole firm as `interlock people import` reads it, and what must hold before anybody relies on it.

An engagement takes from here the people it needs (`people.Cast`), as data; the directory itself is never
looked up while something is decided.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from domain.mailboxes import on_the_wire
from domain.people import CFO, MANAGING_DIRECTOR, Absence, Delegation, Level, Period, Person, RateCard, circle_in
from domain.playbook import PARTIES, Playbook, role_label
from domain.refusals import Rule
from domain.values import CURRENCY_FORM, LANGUAGE_FORM, Day, Hours, Name, PersonId, Truth, Value
from domain.words import Line
from domain.working_time import Calendar, CalendarName, is_zone

SALES, FINANCE, PROJECT_MANAGER = "sales", "finance", "project_manager"
HEAD_OF_SALES = "head_of_sales"
REQUIRED_POSITIONS = (
    MANAGING_DIRECTOR,
    "head_of_engagement_management",
    "head_of_delivery",
    HEAD_OF_SALES,
    "head_of_customer_care",
    "head_of_quality",
    CFO,
    "general_counsel",
)
NEEDED_ROLES = (
    SALES, "engagement_manager", "delivery_lead", "expert", "business_analyst", "resource_manager", FINANCE,
    "legal", "quality", "customer_care", "procurement", "agreement_custodian", PROJECT_MANAGER,
)  # fmt: skip
"""Roles of which the code speaks by name."""
HouseRole = Literal["process_owner", "administrator", "ops"]
HOUSE_ROLES: tuple[HouseRole, ...] = ("process_owner", "administrator", "ops")
ADMINISTRATOR: HouseRole = "administrator"
ClientPart = Literal["client_sponsor", "client_signatory", "client_contact"]
CLIENT_PARTS: tuple[str, ...] = get_args(ClientPart)
IMPORT = "interlock people import FILE"
RESERVED = frozenset(
    {*HOUSE_ROLES, "directory", "change-order", "clock", "console", "experts", "the person", "their assistant",
     "those asked", "everyone on the engagement", "a colleague, for themselves", "the task's owner",
     "the head of the role's function"}
)  # fmt: skip
"""Names by which permissions speak of others than holders of positions."""
Gaps = dict[str, tuple[int, int]]


Language = Annotated[str, Field(pattern=LANGUAGE_FORM)]
"""As browsers name it: `nb`, `de`, `en-GB`."""


class Client(Value):
    """A client, or a department of the firm that is one (`in_house`), and its people."""

    name: Line
    formerly: Annotated[tuple[Line, ...], Field(exclude_if=lambda names: not names)] = ()
    """What it was called before: engagements that knew it so hear what it is called now."""
    released_names: Annotated[tuple[Line, ...], Field(exclude_if=lambda names: not names)] = ()
    """Names of before that the file lets go of, for another client to have."""
    vertical: Name
    in_house: Truth = False
    calendar: Annotated[CalendarName | None, Field(exclude_if=lambda name: name is None)] = None
    """By which its people work who have no calendar of their own: it says their zone, too."""
    language: Annotated[Language | None, Field(exclude_if=lambda language: language is None)] = None
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$", exclude_if=lambda country: country is None)] = None
    """By whose clock its people read times where no calendar says it: two capital letters, as NO is Norway."""
    people: tuple[Person, ...] = ()
    added_by: Annotated[PersonId | None, Field(exclude_if=lambda person: person is None)] = None
    """Who of sales added it here; nobody where it came with the directory's file."""
    confirmed_by: Annotated[PersonId | None, Field(exclude_if=lambda person: person is None)] = None
    """Who of finance confirmed it as it is now."""
    was_confirmed: Annotated[Truth, Field(exclude_if=lambda known: not known)] = False
    """Finance confirmed it as it was before."""

    @property
    def is_confirmed(self) -> bool:
        """False for one that sales added and finance has not confirmed as it is now: no SOW goes to it."""
        return self.added_by is None or self.confirmed_by is not None

    @property
    def is_known_to_finance(self) -> bool:
        """True once finance has confirmed it, however much was corrected since."""
        return self.was_confirmed or self.confirmed_by is not None


def client_facts(client: Client) -> dict[str, str]:
    """What finance confirms of a client, as it is shown: who it is, and its people."""
    facts = {"client": client.name, "trade": client.vertical}
    if client.calendar is not None:
        facts["working hours"] = f"by the calendar {client.calendar}"
    if client.calendar is not None and client.added_by is not None:
        facts["public holidays"] = f"of {client.country}" if client.country else "none: no country is said"
    if client.language is not None:
        facts["language"] = client.language
    for n, person in enumerate((person for person in client.people if person.active), 1):
        title = f", {person.title}" if person.title else ""
        part = f": {', '.join(role_label(name) for name in person.part)}" if person.part else ""
        new = " (new)" if person.to_confirm else ""
        facts[f"person {n}"] = f"{person.name}{title}, {person.email}{part}{new}"
    return facts


class CalendarSource(Value):
    """What a calendar was made of, so that its holidays can be found anew: a country, and the firm's own days off."""

    country: str | None = None
    subdivision: str | None = None
    also: tuple[str, ...] = ()
    weekend: tuple[int, ...] | None = None
    days_off: tuple[Day, ...] = ()


class Problem(Value):
    """Something that must not be: the rule, where (a dotted path), what is so, what to do."""

    rule: Rule = Rule.WELL_FORMED
    where: str
    what: str
    remedy: str


class Directory(Value):
    """People in the order of their file: where several are competent, the first is chosen."""

    firm: Line
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    calendars: dict[str, Calendar]
    calendar_sources: Annotated[dict[CalendarName, CalendarSource], Field(exclude_if=lambda known: not known)] = {}
    """By the name of the calendar; of one that is not among them nothing more is known than its days."""
    positions: dict[Name, PersonId]
    house_roles: dict[HouseRole, PersonId]
    people: tuple[Person, ...]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    capacity: dict[Name, Hours] = {}
    """Hours a week that a discipline can still take."""
    clients: tuple[Client, ...] = ()
    former: Annotated[dict[PersonId, Person], Field(exclude_if=lambda known: not known)] = {}
    """Who was listed and is not any more: their ids become nobody else's."""
    rate_card: RateCard

    @property
    def disciplines(self) -> tuple[str, ...]:
        """What the firm has experts of, or hours for, sorted."""
        roles = (role.partition(":") for person in self.people for role in person.roles)
        return tuple(sorted({*self.capacity, *(name for kind, _, name in roles if kind == "expert" and name)}))

    def everyone(self) -> Iterator[Person]:
        """The firm's people, then those of the clients."""
        yield from self.people
        for client in self.clients:
            yield from client.people

    def person(self, person: str) -> Person | None:
        """Somebody of the firm or of a client."""
        return next((known for known in self.everyone() if known.id == person), None)

    def name_of(self, person: str) -> str:
        """What somebody is called, or was; their id where the directory never knew them."""
        known = self.person(person) or self.former.get(person)
        return known.name if known is not None else person

    def colleague(self, person: str) -> Person | None:
        """Somebody of the firm who is there."""
        return next((known for known in self.people if known.id == person and known.active), None)

    def zone_of(self, person: str) -> str | None:
        """The time zone by which somebody reads times; None for people of a client of whom nothing says it."""
        known = self.person(person)
        calendar = self.calendars.get(known.calendar) if known and known.calendar else None
        return (known.own_zone if known else None) or (calendar.zone if calendar else None)

    @property
    def zone(self) -> str:
        """The firm's own zone: where its managing director works."""
        return self.zone_of(self.positions[MANAGING_DIRECTOR]) or "UTC"

    def client(self, name: str) -> Client | None:
        """The client of exactly this name."""
        return next((client for client in self.clients if client.name == name), None)

    def client_spelt(self, name: str) -> Client | None:
        """The client that people call so, or called so before."""
        called = [(client.name, client) for client in self.clients]
        called += [(before, client) for client in self.clients for before in client.formerly]
        return next((client for spelt, client in called if name_key(spelt) == name_key(name)), None)

    @property
    def keeper(self) -> str:
        """Who keeps the directory, as a sentence begins with them."""
        known = self.person(self.house_roles.get(ADMINISTRATOR, ""))
        return f"{known.name}, the administrator," if known is not None else "The administrator"

    @property
    def who_adds_people(self) -> str:
        """For whoever needs somebody who is not there."""
        return f"{self.keeper} adds people to the directory."

    @property
    def how_people_are_added(self) -> str:
        """That, and by which command."""
        return f"{self.who_adds_people.removesuffix('.')}: {IMPORT}."

    @property
    def how_clients_are_added(self) -> str:
        """The same of a client and its people."""
        return f"Whoever sells adds a new client and its people: interlock client add. {self.how_people_are_added}"

    def client_people(self, name: str) -> tuple[Person, ...]:
        """The people of a client; none where the client is unknown."""
        client = self.client(name)
        return client.people if client else ()

    def people_with_role(self, *roles: str) -> tuple[Person, ...]:
        """The firm's active people who have any of these directory roles."""
        return tuple(person for person in self.people if person.active and set(roles) & set(person.roles))

    def competent(self, role: str, playbook: Playbook) -> tuple[Person, ...]:
        """Who may hold a role of an engagement: has it, or one that counts for it, and meets its profile.

        An `expert:<discipline>` is held by nobody but experts of that discipline.
        """
        defined = playbook.role(role)
        profile = defined.profile if defined else {}
        wanted = defined.held_as if defined and ":" not in role else ()
        return tuple(p for p in self.people_with_role(*(wanted or (role,))) if not gaps(p, profile))

    def first_competent(
        self, role: str, playbook: Playbook, vertical: str | None = None, *, excluding: Collection[str] = ()
    ) -> Person | None:
        """The first competent person who knows the client's vertical, else the first competent one."""
        able = [person for person in self.competent(role, playbook) if person.id not in excluding]
        at_home = (person for person in able if vertical in person.verticals)
        return next(at_home, able[0] if able else None)


def gaps(person: Person, profile: Mapping[str, Level]) -> Gaps:
    """Each competency that does not reach a profile: what the person has (0: none), what is needed."""
    has = person.competencies
    return {name: (has.get(name, 0), needs) for name, needs in profile.items() if has.get(name, 0) < needs}


def directory_problems(directory: Directory) -> tuple[Problem, ...]:
    """Everything for which a directory must be refused, in the order of its file."""
    return (
        *_position_problems(directory),
        *_house_problems(directory),
        *_person_problems(directory),
        *_client_problems(directory),
        *used_twice(directory),
        *_absence_problems(directory),
        *_circles(directory),
        *_rate_problems(directory),
    )


def _position_problems(directory: Directory) -> Iterator[Problem]:
    """`someone-is-accountable`: each position is filled, and not by somebody who is only a project manager."""
    for position in directory.positions:
        if position in {*NEEDED_ROLES, *PARTIES, *RESERVED}:
            yield Problem(
                rule=Rule.NO_SILENT_DEFAULT,
                where=f"positions.{position}",
                what=f"{role_label(position)} is a role of engagements or of the house, and no position of the firm",
                remedy="Take it out: a position would be its silent holder everywhere.",
            )
    director, cfo = directory.positions.get(MANAGING_DIRECTOR), directory.positions.get(CFO)
    if director is not None and director == cfo:
        yield Problem(
            rule=Rule.SOMEONE_IS_ACCOUNTABLE,
            where=f"positions.{CFO}",
            what="the managing director is the CFO too, so that nobody stands above them",
            remedy="Name two people: each is the last word where the other asked.",
        )
    for position in dict.fromkeys((*REQUIRED_POSITIONS, *directory.positions)):
        what = _why_empty(directory, position)
        if what:
            yield Problem(
                rule=Rule.SOMEONE_IS_ACCOUNTABLE,
                where=f"positions.{position}",
                what=what,
                remedy="Name an active person of the firm, not a project manager: ladders end at positions.",
            )


def _why_empty(directory: Directory, position: str) -> str | None:
    holder = directory.positions.get(position)
    if holder is None:
        return f"nobody is {role_label(position)}"
    person = directory.colleague(holder)
    if person is None:
        return f"{holder} is no active person of the firm"
    if set(person.roles) == {PROJECT_MANAGER}:
        return f"{person.name} is only a project manager, at whom no ladder may end"
    return None


def _house_problems(directory: Directory) -> Iterator[Problem]:
    for role in HOUSE_ROLES:
        holder = directory.house_roles.get(role)
        where = f"roles_of_the_house.{role}"
        if holder is None:
            yield Problem(where=where, what=f"nobody is {role_label(role)}", remedy="Name who keeps the system.")
        elif directory.colleague(holder) is None:
            yield _unknown(where, holder)


def _unknown(where: str, person: str) -> Problem:
    return Problem(where=where, what=f"{person} is not a known person", remedy="Use the id of somebody listed.")


def places(directory: Directory) -> Iterator[tuple[str, Person]]:
    """Everybody with their path in the file."""
    for place, person in enumerate(directory.people):
        yield f"people.{place}", person
    for number, client in enumerate(directory.clients):
        for place, person in enumerate(client.people):
            yield f"clients.{number}.people.{place}", person


def _person_problems(directory: Directory) -> Iterator[Problem]:
    known = {person.id for person in directory.everyone()}
    for where, person in places(directory):
        if not person.active:
            continue  # whoever has left needs no calendar and no deputy any more
        yield from _those_named(where, person, known)
        yield from _calendar_of(where, person, directory)
        yield from _deputy_of(where, person, directory)
        if person.client is not None and where.startswith("people."):
            what = f"{person.name} is listed with the firm and with a client"
            yield Problem(where=f"{where}.client", what=what, remedy="List them under their client only.")
        yield from _address_of(where, person)
        yield from _part_of(where, person)


def _those_named(where: str, person: Person, known: Collection[str]) -> Iterator[Problem]:
    for field in ("manager", "deputy", "assistant"):
        named = getattr(person, field)
        if named is not None and named not in known:
            yield _unknown(f"{where}.{field}", named)
        if named == person.id:
            what = f"{person.name} is their own {field}"
            yield Problem(where=f"{where}.{field}", what=what, remedy="Name another.")


def _deputy_of(where: str, person: Person, directory: Directory) -> Iterator[Problem]:
    """Who stands in for a colleague is one themselves, and there."""
    for field in ("deputy", "assistant"):
        named = getattr(person, field)
        known = directory.person(named) if named is not None else None
        if known is not None and person.active and directory.colleague(known.id) is None:
            what = f"{known.name}, {field} of {person.name}, is no colleague who is there"
            yield Problem(where=f"{where}.{field}", what=what, remedy="Name another, or leave it out.")


def _client_problems(directory: Directory) -> Iterator[Problem]:
    for number, client in enumerate(directory.clients):
        if client.calendar is not None and client.calendar not in directory.calendars:
            yield _unknown_calendar(f"clients.{number}.calendar", client.calendar, directory)
        if name_key(client.name) in map(name_key, client.released_names):
            yield Problem(
                where=f"clients.{number}.released_names",
                what=f"{client.name} lets go of {client.name}, which is its name",
                remedy="Take it out of released_names: names that it had before stand there.",
            )


def _unknown_calendar(where: str, calendar: str, directory: Directory) -> Problem:
    remedy = f"Use one of {', '.join(directory.calendars)}, or add it to calendars."
    return Problem(where=where, what=f"{calendar} is no known calendar", remedy=remedy)


def _calendar_of(where: str, person: Person, directory: Directory) -> Iterator[Problem]:
    if person.calendar is None and person.client is None:
        yield Problem(where=where, what=f"{person.name} has no calendar", remedy="Add 'calendar'.")
    elif person.calendar is not None and person.calendar not in directory.calendars:
        yield _unknown_calendar(f"{where}.calendar", person.calendar, directory)
    if person.zone is not None and not is_zone(person.zone):
        what = f"{person.zone} is no known time zone"
        yield Problem(where=f"{where}.zone", what=what, remedy="Name one, as Europe/Oslo is, or leave it out.")


def _address_of(where: str, person: Person) -> Iterator[Problem]:
    try:
        on_the_wire(person.email)
    except ValueError as wrong:
        yield Problem(where=f"{where}.email", what=f"{person.email} {wrong}", remedy="Write name@host.")


def _part_of(where: str, person: Person) -> Iterator[Problem]:
    for part in person.part if person.client is not None else ():
        if part not in CLIENT_PARTS:
            what = f"no part of a client is called {part}"
            yield Problem(where=f"{where}.part", what=what, remedy=f"A part is one of {', '.join(CLIENT_PARTS)}.")


def _mailbox_of(person: Person) -> str:
    """By which two addresses are the same: an international host is the one that it is on the wire."""
    try:
        return on_the_wire(person.email).casefold()
    except ValueError:
        return person.email.casefold()


def used_twice(directory: Directory) -> Iterator[Problem]:
    """Ids and addresses are one person's each, across the firm and its clients: both sign in with them."""
    everybody = tuple(places(directory))
    yield from _repeated("id", ((where, person.id, person.name) for where, person in everybody))
    here = [(where, _mailbox_of(person), person.name) for where, person in everybody if person.active]
    yield from _repeated("email", here)
    clients = ((f"clients.{place}", client.name, "") for place, client in enumerate(directory.clients))
    yield from _repeated("name", clients)
    yield from _called_as_another(directory)
    yield from _repeated("name", ((f"calendars.{name}", name, "") for name in directory.calendars))


def _called_as_another(directory: Directory) -> Iterator[Problem]:
    """A name of before is no other client's: whoever is meant by it could not be told."""
    named = {name_key(client.name): client for client in directory.clients}
    for place, client in enumerate(directory.clients):
        released = {name_key(name) for name in client.released_names}
        for name in (before for before in client.formerly if name_key(before) not in released):
            other = named.setdefault(name_key(name), client)
            if other is client:
                continue
            also = "is another client" if name_key(other.name) == name_key(name) else f"is what {other.name} was called"
            yield Problem(
                where=f"clients.{place}.formerly",
                what=f"{client.name} was called {name} before, and {name} {also}",
                remedy=f"If they are two, add to {client.name}: released_names: [{quoted(name)}]. "
                f"If they are one, list it once, as {client.name}.",
            )


def quoted(name: str) -> str:
    """A name as it stands in a list of a YAML file, whatever signs are in it: JSON is YAML."""
    return json.dumps(name, ensure_ascii=False)


def name_key(name: str) -> str:
    """A name as people read it: Halden Energi, HALDEN ENERGI and one with two blanks between are one."""
    return " ".join(name.split()).casefold()


def _repeated(field: str, found: Iterable[tuple[str, str, str]]) -> Iterator[Problem]:
    """`found`: where, what, and whose it is, where that is not what is said."""
    seen: dict[str, str] = {}
    for where, value, whose in found:
        first = seen.get(name_key(value))
        if first is not None:
            by = f": by {first} and by {whose}" if whose else ""
            yield Problem(where=f"{where}.{field}", what=f"{value} is used twice{by}", remedy="Give each their own.")
        seen.setdefault(name_key(value), whose)


def _absence_problems(directory: Directory) -> Iterator[Problem]:
    known = {person.id for person in directory.everyone()}
    for place, absence in enumerate(directory.absences):
        where = f"absences.{place}"
        if absence.person not in known:
            yield _unknown(f"{where}.person", absence.person)
        if absence.delegate is not None:
            yield from _answers_for(directory, f"{where}.delegate", absence.delegate, absence.person)
        if absence.first > absence.last:
            what = f"it ends on {absence.last}, before it begins on {absence.first}"
            yield Problem(where=where, what=what, remedy="Put 'from' before 'to'.")
    for place, given in enumerate(directory.delegations):
        yield from _answers_for(directory, f"delegations.{place}.to", given.to, given.person)


def _answers_for(directory: Directory, where: str, who: str, person: str) -> Iterator[Problem]:
    """Another colleague who is there, and whose own answers do not come back to whom they answer for."""
    if who == person:
        what = "a delegation to oneself is a circle"
        yield Problem(where=where, what=what, remedy="Name another, or leave it out.")
    elif directory.person(who) is None:
        yield _unknown(where, who)
    elif directory.colleague(who) is None:
        yield Problem(where=where, what=f"{who} is no colleague who is there", remedy="Name another.")


def _circles(directory: Directory) -> Iterator[Problem]:
    """A delegation by which somebody's answer would come back to them; one to oneself is said of its own line."""
    closing = circle_in(given for given in _standing(directory) if given.to != given.person)
    if closing is not None:
        what = f"what is {closing.person}'s to answer comes back to them from {closing.to}: a circle"
        yield Problem(where="delegations", what=what, remedy="Name another, or other days.")


def whole(period: Period) -> Delegation | None:
    """A period as a delegation; an absence for which nobody was named is none."""
    if isinstance(period, Delegation):
        return period
    if period.delegate is None:
        return None
    return Delegation(person=period.person, to=period.delegate, first=period.first, last=period.last)


def comes_back(directory: Directory, given: Delegation) -> bool:
    """True where, on some day, somebody's answer comes back to them by this, however many others it would pass."""
    return circle_in((given, *(period for period in _standing(directory) if period.meets(given)))) is not None


def _standing(directory: Directory) -> Iterator[Delegation]:
    """Who lets whom answer for them, for an absence or otherwise."""
    periods: tuple[Period, ...] = (*directory.absences, *directory.delegations)
    yield from (given for period in periods if (given := whole(period)) is not None)


def _rate_problems(directory: Directory) -> Iterator[Problem]:
    if not directory.rate_card.grades:
        what = "the rate card has no grade, so nothing can be priced"
        yield Problem(where="rate_card.grades", what=what, remedy="Add a grade with cost and list.")
