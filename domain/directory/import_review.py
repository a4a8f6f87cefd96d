"""What an import would change, for whoever decides on it: who joins, changes, leaves; roles no one could hold."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from domain.asks.model import listed
from domain.directory.directory import PROJECT_MANAGER, Directory, gaps, name_key
from domain.directory.former_people import let_go
from domain.directory.importing import active, is_to_be_confirmed
from domain.directory.people import Absence, Person
from domain.engagement.roles.project_manager import why_not_pm
from domain.playbook.checks import Finding, Severity, beyond_everybody, of_the_directory
from domain.playbook.model import Playbook, role_label
from domain.shared.calendar import day_shown
from domain.shared.near_matches import meant
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId, Value

MAX_NAMED = 5
HOW_TO_HAVE_IT_HELD = "Name somebody for it who reaches the levels, or correct them in the file."
# Fields of a person for which only the new value is shown; for lists and levels, what is new in them.
FIELDS = {
    "name": "name",
    "email": "e-mail",
    "calendar": "calendar",
    "manager": "manager",
    "deputy": "deputy",
    "assistant": "assistant",
    "title": "title",
    "client": "client",
}


class KnownPerson(Value):
    """Someone by id and name; `client`: theirs, if they are not of the firm."""

    id: PersonId
    name: str
    client: str | None = None


class Changed(KnownPerson):
    """Someone whose entry differs, and how: `roles: + finance, - legal`."""

    what: tuple[str, ...]


class ImportReview(Value):
    """What an import would make of the current directory."""

    people: int
    """Of the firm, afterwards."""
    clients: int
    joined: tuple[KnownPerson, ...]
    changed: tuple[Changed, ...]
    left: tuple[KnownPerson, ...]
    also: tuple[str, ...]
    """Changes other than people, one sentence each: positions, clients, calendars, rates."""
    warnings: tuple[Finding, ...]
    """Roles that no one could hold then, and why; heads and positions that would be empty."""
    leaving: int
    of: int
    """Everyone who is active now."""
    asks: bool
    """True if so many leave that their number must be confirmed."""

    @property
    def changes_nothing(self) -> bool:
        """True for a file that says what is already so."""
        return not (self.joined or self.changed or self.left or self.also)


def review_of(
    before: Directory | None, after: Directory, playbook: Playbook, file: Directory, today: date
) -> ImportReview:
    """The review of a file's directory that would follow another, or be the first."""
    earlier, later = active(before) if before else {}, active(after)
    left = [person for name, person in earlier.items() if name not in later]
    changed = ((earlier[name], later[name]) for name in later if name in earlier)
    return ImportReview(
        people=sum(person.active for person in after.people),
        clients=len(after.clients),
        joined=tuple(_known(person) for name, person in later.items() if name not in earlier),
        changed=tuple(_changed(one, other) for one, other in changed if one != other),
        left=tuple(map(_known, left)),
        also=tuple(_also(before, after, file, today)) if before else (),
        warnings=tuple(_warnings(before, after, playbook)),
        leaving=len(left),
        of=len(earlier),
        asks=is_to_be_confirmed(len(left), len(earlier)),
    )


def _known(person: Person) -> KnownPerson:
    return KnownPerson(id=person.id, name=person.name, client=person.client)


def _changed(before: Person, after: Person) -> Changed:
    return Changed(id=after.id, name=after.name, client=after.client, what=tuple(_differences(before, after)))


def _differences(before: Person, after: Person) -> Iterator[str]:
    for field, word in FIELDS.items():
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            yield f"{word}: {was or 'none'} → {now or 'none'}"
    for field in ("roles", "verticals", "part"):
        was, now = getattr(before, field), getattr(after, field)
        moved = [f"+ {_word(name)}" for name in now if name not in was]
        moved += [f"- {_word(name)}" for name in was if name not in now]
        if moved or was != now:
            yield f"{field}: {', '.join(moved) or 'another order'}"
    levels = {**before.competencies, **after.competencies}
    moved = [
        f"{_word(name)} {before.competencies.get(name, 0)} → {after.competencies.get(name, 0)}"
        for name in levels
        if before.competencies.get(name, 0) != after.competencies.get(name, 0)
    ]
    if moved:
        yield f"competencies: {', '.join(moved)}"


def _word(name: str) -> str:
    return role_label(name)


def _also(before: Directory, after: Directory, file: Directory, today: date) -> Iterator[str]:
    """Changes other than people, in sentences."""
    yield from _holders(before, before.positions, after, after.positions)
    yield from _holders(before, dict(before.house_roles.items()), after, dict(after.house_roles.items()))
    was, now = ({client.name: client for client in directory.clients} for directory in (before, after))
    other = {name: client.name for name in was if (client := after.client_spelt(name)) and client.name != name}
    yield from (f"The client {name} is called {called} now." for name, called in other.items())
    yield from (f"New client: {name}." for name in now if name not in {*was, *other.values()})
    yield from (f"Client removed: {name}." for name in was if name not in now and name not in other)
    own = ("vertical", "in_house", "calendar", "language", "is_confirmed")
    for name in (name for name in now if name in was):
        if [getattr(was[name], field) for field in own] != [getattr(now[name], field) for field in own]:
            yield f"Client changed: {name}."
    yield from _let_go(before, after, {person.id for person in file.people if person.active})
    if before.rate_card != after.rate_card:
        yield f"Rate card {after.rate_card.version} in place of {before.rate_card.version}."
    if before.capacity != after.capacity:
        yield "The capacity of disciplines changes."
    moved = sorted({*before.calendars, *after.calendars})
    moved = [name for name in moved if before.calendars.get(name) != after.calendars.get(name)]
    if moved:
        yield f"Calendars that change: {', '.join(moved)}."
    yield from _few(list(_days(before, after, today)), "More days change")
    if (before.firm, before.currency) != (after.firm, after.currency):
        yield f"The firm is {after.firm}, its currency {after.currency}."


def _few(sentences: Sequence[str], more: str) -> Iterator[str]:
    yield from sentences[:MAX_NAMED]
    if len(sentences) > MAX_NAMED:
        yield f"{more}: {len(sentences) - MAX_NAMED}."


def _days(before: Directory, after: Directory, today: date) -> Iterator[str]:
    """Changed absences, of days that are not over."""
    for away in (one for one in after.absences if one not in before.absences and one.last >= today):
        who = after.colleague(away.delegate) if away.delegate else None
        answers = f", and {who.name} answers for them" if who else ""
        yield f"{_name(after, away.person)} is away {_from_to(away)}{answers}."
    again = {(away.person, away.first, away.last) for away in after.absences}
    for was in before.absences:
        if was.last >= today and (was.person, was.first, was.last) not in again and after.colleague(was.person):
            yield f"{_name(after, was.person)} is not away {_from_to(was)}."


def _from_to(away: Absence) -> str:
    return f"from {day_shown(away.first)} to {day_shown(away.last)}"


def _let_go(before: Directory, after: Directory, listed_here: Collection[PersonId]) -> Iterator[str]:
    """Those whom the firm let go and who are with a client now, or whom the file still lists."""
    for name, gone in let_go(before).items():
        was, now = before.person(name), after.person(name)
        because = str(gone.left_because).rstrip(".")
        if now is not None and now.client is not None and (was is None or was.client != now.client):
            yield f"{now.name}, whom the firm let go ({because}), is with {now.client} now."
        elif now is not None and not now.active and name in listed_here:
            back = RemedyAction.REINSTATE_PERSON.about(person=name)
            yield f"{now.name} stays inactive: {because}. To have them back: {back}."


def _holders(
    before: Directory, was: Mapping[str, PersonId], after: Directory, now: Mapping[str, PersonId]
) -> Iterator[str]:
    for name in dict.fromkeys((*was, *now)):
        if was.get(name) != now.get(name):
            from_, to = _name(before, was.get(name)), _name(after, now.get(name))
            yield f"{role_label(name).capitalize()}: {to} in place of {from_}."


def _name(directory: Directory, person_id: PersonId | None) -> str:
    known = directory.person(person_id) if person_id is not None else None
    return known.name if known else person_id or "nobody"


def _warnings(before: Directory | None, after: Directory, playbook: Playbook) -> Iterator[Finding]:
    """Roles that no one could hold, by name, with why; then heads and positions that would be empty."""
    lost = (f"expert:{name}" for name in before.disciplines if name not in after.disciplines) if before else ()
    for role in dict.fromkeys(chain(beyond_everybody(playbook, after), lost)):
        why = list(_why_nobody(role, before, after, playbook))
        more = [f"and {len(why) - MAX_NAMED} more"] if len(why) > MAX_NAMED else []
        told = f": {'; '.join(why[:MAX_NAMED] + more)}" if why else ""
        yield _warning("people", f"nobody could be {role_label(role)} afterwards{told}", HOW_TO_HAVE_IT_HELD)
    yield from _no_free_manager(after, playbook)
    for found in of_the_directory(playbook, after):
        yield _warning("positions", found.what, found.remedy)
    yield from _unknown_names(after, playbook)
    yield from _without_hours(after)
    yield from _unknown_trades(after)
    yield from _with_others(before, after) if before else ()


def _with_others(before: Directory, after: Directory) -> Iterator[Finding]:
    """Clients none of whose former people are there: their new people would get its deals and documents."""
    earlier = (*before.everyone(), *before.former.values())
    for n, client in enumerate(after.clients):
        here = [person for person in client.people if person.active]
        names = {name_key(name) for name in (client.name, *client.formerly)}
        were = [person for person in earlier if person.client is not None and name_key(person.client) in names]
        now = [person for person in were if person.active] or were
        if here and now and not {person.id for person in were} & {person.id for person in here}:
            what = (
                f"nobody of {client.name} as it was is with it: {_some(now)}. Its deals are with {_some(here)} then, "
                "and what was written in them"
            )
            remedy = "If it is another client, give it another name. Else leave somebody in whom its deals know."
            yield _warning(f"clients.{n}.people", what, remedy)


def _some(people: Sequence[Person]) -> str:
    more = [f"{len(people) - MAX_NAMED} more"] if len(people) > MAX_NAMED else []
    return listed([*(person.name for person in people[:MAX_NAMED]), *more])


def _no_free_manager(after: Directory, playbook: Playbook) -> Iterator[Finding]:
    """If everyone who could manage a project is barred in every deal: it would only show when one is started."""
    able = after.competent(PROJECT_MANAGER, playbook)
    barred = [f"{p.name} {why}" for p in able if (why := why_not_pm(p.id, after.positions, None)) is not None]
    if able and len(barred) == len(able):
        more = [f"and {len(barred) - MAX_NAMED} more"] if len(barred) > MAX_NAMED else []
        what = f"nobody may be {role_label(PROJECT_MANAGER)} in any deal: {'. '.join(barred[:MAX_NAMED] + more)}"
        yield _warning("people", what, "Give the role to somebody who holds no position.")


def _unknown_names(after: Directory, playbook: Playbook) -> Iterator[Finding]:
    """Roles and competencies that resemble the playbook's. One that resembles none is the firm's own."""
    roles = {*playbook.roles, *(name for role in playbook.roles.values() for name in role.held_as)}
    competencies = {name for role in playbook.roles.values() for name in role.profile}
    for n, person in enumerate(after.people):
        unknown = [("roles", name, roles) for name in person.roles if playbook.role(name) is None]
        unknown += [("competencies", name, competencies) for name in person.competencies]
        for field, name, known in unknown:
            near = "" if name in known else meant(name, known, "")
            if near:
                what = f"{person.name} has {role_label(name)}, which the playbook does not know"
                yield _warning(f"people.{n}.{field}", what, near)


def _without_hours(after: Directory) -> Iterator[Finding]:
    """Experts of a discipline for which the firm has no hours: a typo, or hours still to be given."""
    for n, person in enumerate(after.people):
        for role in person.roles if person.active else ():
            kind, _, discipline = role.partition(":")
            if kind == "expert" and discipline and discipline not in after.capacity:
                what = f"{person.name} has {role_label(role)}, and capacity says no hours of {discipline}"
                remedy = meant(discipline, after.capacity, "Say their hours a week under capacity.")
                yield _warning(f"people.{n}.roles", what, remedy)


def _unknown_trades(after: Directory) -> Iterator[Finding]:
    """Clients' trades that resemble one that someone knows: the person who knows it would not be preferred."""
    known = {trade for person in after.people if person.active for trade in person.verticals}
    for n, client in enumerate(after.clients):
        near = "" if client.vertical in known else meant(client.vertical, known, "")
        if near:
            what = f"nobody in the firm knows the trade {client.vertical}, which is {client.name}'s"
            yield _warning(f"clients.{n}.vertical", what, near)


def _warning(where: str, what: str, remedy: str) -> Finding:
    return Finding(severity=Severity.WARNING, where=where, what=what, remedy=remedy)


def _why_nobody(role: str, before: Directory | None, after: Directory, playbook: Playbook) -> Iterator[str]:
    """Why each of those who could until now no longer can, and what those listed for it lack."""
    defined = playbook.role(role)
    wanted = (defined.held_as if defined and ":" not in role else ()) or (role,)
    could = before.competent(role, playbook) if before else ()
    listed = {person.id: person for person in after.people_with_role(*wanted)}
    for person in could:
        if after.colleague(person.id) is None:
            yield f"{person.name} leaves"
        elif person.id not in listed:
            yield f"{person.name} is no longer listed as {' or '.join(map(role_label, wanted))}"
    for person in listed.values():
        lacking = gaps(person, defined.profile if defined else {})
        levels = " and ".join(
            f"{role_label(name)} {has}, {needs} is required" for name, (has, needs) in lacking.items()
        )
        yield f"{person.name} has {levels}"
