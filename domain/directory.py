"""The whole firm as `interlock people import` reads it, and what must hold before anybody relies on it.

An engagement takes from here the people it needs (`people.Cast`), as data; the directory itself is never
looked up while something is decided.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from domain.people import CFO, MANAGING_DIRECTOR, Absence, Delegation, Level, Person, RateCard
from domain.playbook import Playbook
from domain.refusals import Rule
from domain.values import Hours, Name, PersonId, Value
from domain.words import Line
from domain.working_time import Calendar

PROJECT_MANAGER = "project_manager"
PARTIES = frozenset({"provider_sponsor", "client_sponsor", "client_signatory", "client_contact"})
"""Parties of a deal: they answer without holding a role of the playbook."""
REQUIRED_POSITIONS = (
    MANAGING_DIRECTOR,
    "head_of_engagement_management",
    "head_of_delivery",
    "head_of_sales",
    "head_of_customer_care",
    "head_of_quality",
    CFO,
    "general_counsel",
)
HouseRole = Literal["process_owner", "administrator", "ops"]
HOUSE_ROLES: tuple[HouseRole, ...] = ("process_owner", "administrator", "ops")
Gaps = dict[str, tuple[int, int]]


class Client(Value):
    """A client, or a department of the firm that is one (`in_house`), and its people."""

    name: Line
    vertical: Name
    in_house: bool = False
    people: tuple[Person, ...] = ()


class Problem(Value):
    """Something that must not be: the rule, where (a dotted path), what is so, what to do."""

    rule: Rule = Rule.WELL_FORMED
    where: str
    what: str
    remedy: str


class Directory(Value):
    """People in the order of their file: where several are competent, the first is chosen."""

    firm: Line
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    calendars: dict[str, Calendar]
    positions: dict[Name, PersonId]
    house_roles: dict[HouseRole, PersonId]
    people: tuple[Person, ...]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    capacity: dict[Name, Hours] = {}
    """Hours a week that a discipline can still take."""
    clients: tuple[Client, ...] = ()
    rate_card: RateCard

    def everyone(self) -> Iterator[Person]:
        """The firm's people, then those of the clients."""
        yield from self.people
        for client in self.clients:
            yield from client.people

    def person(self, person: str) -> Person | None:
        """Somebody of the firm or of a client."""
        return next((known for known in self.everyone() if known.id == person), None)

    def colleague(self, person: str) -> Person | None:
        """Somebody of the firm who is there."""
        return next((known for known in self.people if known.id == person and known.active), None)

    def client(self, name: str) -> Client | None:
        """The client of exactly this name."""
        return next((client for client in self.clients if client.name == name), None)

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
        *_twice(directory),
        *_absence_problems(directory),
        *_rate_problems(directory),
    )


def _position_problems(directory: Directory) -> Iterator[Problem]:
    """`someone-is-accountable`: each position is filled, and not by somebody who is only a project manager."""
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
        return f"nobody is {position}"
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
            yield Problem(where=where, what=f"nobody is {role}", remedy="Name who keeps the system.")
        elif directory.colleague(holder) is None:
            yield _unknown(where, holder)


def _unknown(where: str, person: str) -> Problem:
    return Problem(where=where, what=f"{person} is not a known person", remedy="Use the id of somebody listed.")


def _places(directory: Directory) -> Iterator[tuple[str, Person]]:
    """Everybody with their path in the file."""
    for place, person in enumerate(directory.people):
        yield f"people.{place}", person
    for number, client in enumerate(directory.clients):
        for place, person in enumerate(client.people):
            yield f"clients.{number}.people.{place}", person


def _person_problems(directory: Directory) -> Iterator[Problem]:
    known = {person.id for person in directory.everyone()}
    for where, person in _places(directory):
        yield from _those_named(where, person, known)
        yield from _calendar_of(where, person, directory)
        if person.client is not None and where.startswith("people."):
            what = f"{person.name} is listed with the firm and with a client"
            yield Problem(where=f"{where}.client", what=what, remedy="List them under their client only.")
        if not _is_address(person.email):
            yield Problem(where=f"{where}.email", what=f"{person.email} is no address", remedy="Write name@host.")


def _those_named(where: str, person: Person, known: Collection[str]) -> Iterator[Problem]:
    for field in ("manager", "deputy", "assistant"):
        named = getattr(person, field)
        if named is not None and named not in known:
            yield _unknown(f"{where}.{field}", named)
        if named == person.id:
            what = f"{person.name} is their own {field}"
            yield Problem(where=f"{where}.{field}", what=what, remedy="Name another.")


def _calendar_of(where: str, person: Person, directory: Directory) -> Iterator[Problem]:
    if person.calendar is None and person.client is None:
        yield Problem(where=where, what=f"{person.name} has no calendar", remedy="Add 'calendar'.")
    elif person.calendar is not None and person.calendar not in directory.calendars:
        remedy = f"Use one of {', '.join(directory.calendars)}, or add it to calendars."
        yield Problem(where=f"{where}.calendar", what=f"{person.calendar} is no known calendar", remedy=remedy)


def _is_address(email: str) -> bool:
    name, at, host = email.rpartition("@")
    return bool(name and at and host) and "@" not in name and not any(c.isspace() for c in email)


def _twice(directory: Directory) -> Iterator[Problem]:
    """Ids and addresses are one person's each, across the firm and its clients: both sign in with them."""
    places = tuple(_places(directory))
    clients = ((f"clients.{place}", client.name) for place, client in enumerate(directory.clients))
    yield from _repeated("id", ((where, person.id) for where, person in places))
    yield from _repeated("email", ((where, person.email.casefold()) for where, person in places))
    yield from _repeated("name", clients)


def _repeated(field: str, found: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for where, value in found:
        seen[value] += 1
        if seen[value] > 1:
            yield Problem(where=f"{where}.{field}", what=f"{value} is used twice", remedy="Give each their own.")


def _absence_problems(directory: Directory) -> Iterator[Problem]:
    known = {person.id for person in directory.everyone()}
    for place, absence in enumerate(directory.absences):
        where = f"absences.{place}"
        if absence.person not in known:
            yield _unknown(f"{where}.person", absence.person)
        if absence.delegate is not None and absence.delegate not in known:
            yield _unknown(f"{where}.delegate", absence.delegate)
        if absence.delegate == absence.person:
            what = "a delegation to oneself is a circle"
            yield Problem(where=f"{where}.delegate", what=what, remedy="Name another, or leave it out.")
        if absence.first > absence.last:
            what = f"it ends on {absence.last}, before it begins on {absence.first}"
            yield Problem(where=where, what=what, remedy="Put 'from' before 'to'.")


def _rate_problems(directory: Directory) -> Iterator[Problem]:
    if not directory.rate_card.grades:
        what = "the rate card has no grade, so nothing can be priced"
        yield Problem(where="rate_card.grades", what=what, remedy="Add a grade with cost and list.")
