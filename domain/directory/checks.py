"""What must hold of a directory before anyone relies on it."""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import get_args

from domain.directory.directory import (
    HOUSE_ROLES,
    NEEDED_ROLES,
    PROJECT_MANAGER,
    REQUIRED_POSITIONS,
    ClientPart,
    Directory,
    DirectoryProblem,
    name_key,
)
from domain.directory.people import (
    CFO,
    MANAGING_DIRECTOR,
    Delegation,
    Period,
    Person,
    circle_in,
)
from domain.playbook.model import PARTIES, role_label
from domain.shared.calendar import is_zone
from domain.shared.errors import Rule
from domain.shared.mailboxes import on_the_wire
from domain.shared.values import PersonId

CLIENT_PARTS: tuple[str, ...] = get_args(ClientPart)
# Names that permissions use for others than holders of positions.
RESERVED = frozenset(
    {*HOUSE_ROLES, "directory", "change-order", "clock", "console", "experts", "the person", "their assistant",
     "those asked", "everyone on the engagement", "a colleague, for themselves", "the task's owner",
     "the head of the role's function"}
)  # fmt: skip


def directory_problems(directory: Directory) -> tuple[DirectoryProblem, ...]:
    """Everything a directory must be refused for, in the order of its file."""
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


def _position_problems(directory: Directory) -> Iterator[DirectoryProblem]:
    """`someone-is-accountable`: each position is filled, and not by someone who is only a project manager."""
    for position in directory.positions:
        if position in {*NEEDED_ROLES, *PARTIES, *RESERVED}:
            yield DirectoryProblem(
                rule=Rule.NO_SILENT_DEFAULT,
                where=f"positions.{position}",
                what=(
                    f"{role_label(position)} is a role of engagements or of the installation, not a position in "
                    "the firm"
                ),
                remedy="Remove it: whoever has a position would hold that role everywhere without being asked.",
            )
    director, cfo = directory.positions.get(MANAGING_DIRECTOR), directory.positions.get(CFO)
    if director is not None and director == cfo:
        yield DirectoryProblem(
            rule=Rule.SOMEONE_IS_ACCOUNTABLE,
            where=f"positions.{CFO}",
            what="the managing director is also the CFO, so nobody is above them",
            remedy="Name two people: each decides what the other asks for.",
        )
    for position in dict.fromkeys((*REQUIRED_POSITIONS, *directory.positions)):
        what = _why_empty(directory, position)
        if what:
            yield DirectoryProblem(
                rule=Rule.SOMEONE_IS_ACCOUNTABLE,
                where=f"positions.{position}",
                what=what,
                remedy="Name an active colleague who is not a project manager: ladders end at positions.",
            )


def _why_empty(directory: Directory, position: str) -> str | None:
    holder = directory.positions.get(position)
    if holder is None:
        return f"nobody is {role_label(position)}"
    person = directory.colleague(holder)
    if person is None:
        return f"{holder} is not an active colleague"
    if set(person.roles) == {PROJECT_MANAGER}:
        return f"{person.name} is only a project manager, and no ladder may end there"
    return None


def _house_problems(directory: Directory) -> Iterator[DirectoryProblem]:
    for role in HOUSE_ROLES:
        holder = directory.house_roles.get(role)
        where = f"roles_of_the_house.{role}"
        if holder is None:
            yield DirectoryProblem(
                where=where, what=f"nobody is {role_label(role)}", remedy="Name who administers the system."
            )
        elif directory.colleague(holder) is None:
            yield _unknown(where, holder)


def _unknown(where: str, person_id: PersonId) -> DirectoryProblem:
    return DirectoryProblem(
        where=where, what=f"{person_id} is not a known person", remedy="Use the id of somebody listed."
    )


def places(directory: Directory) -> Iterator[tuple[str, Person]]:
    """Everyone with their path in the file."""
    for place, person in enumerate(directory.people):
        yield f"people.{place}", person
    for number, client in enumerate(directory.clients):
        for place, person in enumerate(client.people):
            yield f"clients.{number}.people.{place}", person


def _person_problems(directory: Directory) -> Iterator[DirectoryProblem]:
    known = {person.id for person in directory.everyone()}
    for where, person in places(directory):
        if not person.active:
            continue  # someone who has left no longer needs a calendar or a deputy
        yield from _those_named(where, person, known)
        yield from _calendar_of(where, person, directory)
        yield from _deputy_of(where, person, directory)
        if person.client is not None and where.startswith("people."):
            what = f"{person.name} is listed with the firm and with a client"
            yield DirectoryProblem(where=f"{where}.client", what=what, remedy="List them under their client only.")
        yield from _address_of(where, person)
        yield from _part_of(where, person)


def _those_named(where: str, person: Person, known: Collection[str]) -> Iterator[DirectoryProblem]:
    for field in ("manager", "deputy", "assistant"):
        named = getattr(person, field)
        if named is not None and named not in known:
            yield _unknown(f"{where}.{field}", named)
        if named == person.id:
            what = f"{person.name} is their own {field}"
            yield DirectoryProblem(where=f"{where}.{field}", what=what, remedy="Name somebody else.")


def _deputy_of(where: str, person: Person, directory: Directory) -> Iterator[DirectoryProblem]:
    """A colleague's stand-in must be an active colleague too."""
    for field in ("deputy", "assistant"):
        named = getattr(person, field)
        known = directory.person(named) if named is not None else None
        if known is not None and person.active and directory.colleague(known.id) is None:
            what = f"{known.name}, {field} of {person.name}, is not an active colleague"
            yield DirectoryProblem(where=f"{where}.{field}", what=what, remedy="Name somebody else, or leave it out.")


def _client_problems(directory: Directory) -> Iterator[DirectoryProblem]:
    for number, client in enumerate(directory.clients):
        if client.calendar is not None and client.calendar not in directory.calendars:
            yield _unknown_calendar(f"clients.{number}.calendar", client.calendar, directory)
        if name_key(client.name) in map(name_key, client.released_names):
            yield DirectoryProblem(
                where=f"clients.{number}.released_names",
                what=f"{client.name} lets go of {client.name}, which is its name",
                remedy="Remove it from released_names, which is for its former names.",
            )


def _unknown_calendar(where: str, calendar: str, directory: Directory) -> DirectoryProblem:
    remedy = f"Use one of {', '.join(directory.calendars)}, or add it to calendars."
    return DirectoryProblem(where=where, what=f"{calendar} is not a known calendar", remedy=remedy)


def _calendar_of(where: str, person: Person, directory: Directory) -> Iterator[DirectoryProblem]:
    if person.calendar is None and person.client is None:
        yield DirectoryProblem(where=where, what=f"{person.name} has no calendar", remedy="Add 'calendar'.")
    elif person.calendar is not None and person.calendar not in directory.calendars:
        yield _unknown_calendar(f"{where}.calendar", person.calendar, directory)
    if person.zone is not None and not is_zone(person.zone):
        what = f"{person.zone} is not a known time zone"
        yield DirectoryProblem(
            where=f"{where}.zone", what=what, remedy="Name one, such as Europe/Oslo, or leave it out."
        )


def _address_of(where: str, person: Person) -> Iterator[DirectoryProblem]:
    try:
        on_the_wire(person.email)
    except ValueError as wrong:
        yield DirectoryProblem(where=f"{where}.email", what=f"{person.email} {wrong}", remedy="Write name@host.")


def _part_of(where: str, person: Person) -> Iterator[DirectoryProblem]:
    for part in person.part if person.client is not None else ():
        if part not in CLIENT_PARTS:
            what = f"there is no client part {part}"
            yield DirectoryProblem(where=f"{where}.part", what=what, remedy=f"Use one of {', '.join(CLIENT_PARTS)}.")


def _mailbox_of(person: Person) -> str:
    """The form in which addresses are compared: an international host in its form on the wire."""
    try:
        return on_the_wire(person.email).casefold()
    except ValueError:
        return person.email.casefold()


def used_twice(directory: Directory) -> Iterator[DirectoryProblem]:
    """Ids and addresses belong to one person each, across the firm and its clients: people sign in with both."""
    everybody = tuple(places(directory))
    yield from _repeated("id", ((where, person.id, person.name) for where, person in everybody))
    here = [(where, _mailbox_of(person), person.name) for where, person in everybody if person.active]
    yield from _repeated("email", here)
    clients = ((f"clients.{place}", client.name, "") for place, client in enumerate(directory.clients))
    yield from _repeated("name", clients)
    yield from _called_as_another(directory)
    yield from _repeated("name", ((f"calendars.{name}", name, "") for name in directory.calendars))


def _called_as_another(directory: Directory) -> Iterator[DirectoryProblem]:
    """A former name may not be another client's: no one could tell which is meant."""
    named = {name_key(client.name): client for client in directory.clients}
    for place, client in enumerate(directory.clients):
        released = {name_key(name) for name in client.released_names}
        for name in (before for before in client.formerly if name_key(before) not in released):
            other = named.setdefault(name_key(name), client)
            if other is client:
                continue
            also = "is another client" if name_key(other.name) == name_key(name) else f"is what {other.name} was called"
            yield DirectoryProblem(
                where=f"clients.{place}.formerly",
                what=f"{client.name} was called {name} before, and {name} {also}",
                remedy=f"If they are two clients, add to {client.name}: released_names: [{quoted(name)}]. "
                f"If they are one, list it once, as {client.name}.",
            )


def quoted(name: str) -> str:
    """A name as written in a YAML list, whatever characters are in it: JSON is YAML."""
    return json.dumps(name, ensure_ascii=False)


def _repeated(field: str, found: Iterable[tuple[str, str, str]]) -> Iterator[DirectoryProblem]:
    """`found`: where, value, and whose it is, if that differs from the value."""
    seen: dict[str, str] = {}
    for where, value, whose in found:
        first = seen.get(name_key(value))
        if first is not None:
            by = f": by {first} and by {whose}" if whose else ""
            yield DirectoryProblem(
                where=f"{where}.{field}", what=f"{value} is used twice{by}", remedy="Give each their own."
            )
        seen.setdefault(name_key(value), whose)


def _absence_problems(directory: Directory) -> Iterator[DirectoryProblem]:
    known = {person.id for person in directory.everyone()}
    for place, absence in enumerate(directory.absences):
        where = f"absences.{place}"
        if absence.person not in known:
            yield _unknown(f"{where}.person", absence.person)
        if absence.delegate is not None:
            yield from _answers_for(directory, f"{where}.delegate", absence.delegate, absence.person)
        if absence.first > absence.last:
            what = f"it ends on {absence.last}, before it begins on {absence.first}"
            yield DirectoryProblem(where=where, what=what, remedy="Put 'from' before 'to'.")
    for place, given in enumerate(directory.delegations):
        yield from _answers_for(directory, f"delegations.{place}.to", given.to, given.person)


def _answers_for(directory: Directory, where: str, who: PersonId, person_id: PersonId) -> Iterator[DirectoryProblem]:
    """The delegate must be another active colleague, whose own answers are not delegated back."""
    if who == person_id:
        what = "nobody can delegate to themselves"
        yield DirectoryProblem(where=where, what=what, remedy="Name somebody else, or leave it out.")
    elif directory.person(who) is None:
        yield _unknown(where, who)
    elif directory.colleague(who) is None:
        yield DirectoryProblem(where=where, what=f"{who} is not an active colleague", remedy="Name somebody else.")


def _circles(directory: Directory) -> Iterator[DirectoryProblem]:
    """A delegation that closes a circle; one to oneself is reported on its own line."""
    closing = circle_in(given for given in _standing(directory) if given.to != given.person)
    if closing is not None:
        what = f"the answers of {closing.person} come back to them from {closing.to}: a circle"
        yield DirectoryProblem(where="delegations", what=what, remedy="Name somebody else, or other days.")


def whole(period: Period) -> Delegation | None:
    """A period as a delegation; None for an absence without a delegate."""
    if isinstance(period, Delegation):
        return period
    if period.delegate is None:
        return None
    return Delegation(person=period.person, to=period.delegate, first=period.first, last=period.last)


def comes_back(directory: Directory, given: Delegation) -> bool:
    """True if, on some day, this delegation would bring someone's answers back to them, over however many others."""
    return circle_in((given, *(period for period in _standing(directory) if period.meets(given)))) is not None


def _standing(directory: Directory) -> Iterator[Delegation]:
    """Who lets whom answer for them, for an absence or otherwise."""
    periods: tuple[Period, ...] = (*directory.absences, *directory.delegations)
    yield from (given for period in periods if (given := whole(period)) is not None)


def _rate_problems(directory: Directory) -> Iterator[DirectoryProblem]:
    if not directory.rate_card.grades:
        what = "the rate card has no grade, so nothing can be priced"
        yield DirectoryProblem(where="rate_card.grades", what=what, remedy="Add a grade with cost and list.")
