"""What an engagement must be told of the directory: the difference between what it knows and what is so.

Weighed: sending each operation to each engagement as it is (a lost or doubled one leaves them apart for ever), or
versions of the directory taken whole (every edit would touch every engagement). The difference heals whatever
happened before, and there is none where nothing concerns the engagement.
"""

from collections.abc import Iterable
from datetime import date, datetime

from domain.directory import Client, Directory, client_facts
from domain.engagement.commands import TakeDirectory
from domain.engagement.state import Engagement
from domain.firm.commands import ConfirmClient
from domain.people import Absence, Cast, Delegation, Person
from domain.values import digest
from domain.working_time import Calendar


def word_for(
    directory: Directory, version: int, state: Engagement, now: datetime, because: str
) -> TakeDirectory | None:
    """The word for an engagement; None where it knows all of it. Who is not in the directory any more has left."""
    known = {name: _as_now(directory, person) for name, person in state.cast.people.items()}
    new = {person.id: person for person in _needed(directory, known.values()) if person.id not in known}
    everyone = {**known, **new}
    people = tuple(person for name, person in everyone.items() if state.cast.people.get(name) != person)
    absences = tuple(a for a in directory.absences if a.person in everyone and not _is_over(state.cast, a, now))
    delegations = tuple(d for d in directory.delegations if d.person in everyone and not _is_over(state.cast, d, now))
    used = {person.calendar for person in everyone.values() if person.active}
    now_so = (_with_past(calendar, state.cast, now) for calendar in directory.calendars.values())
    calendars = tuple(c for c in now_so if c.name in used and state.cast.calendars.get(c.name) != c)
    positions = state.playbook.positions_among(directory.positions)
    name = client_name(directory, state)
    client = _client(directory, state, name)
    same = not people and not calendars and client is None and positions == state.cast.positions
    if same and name == state.client and _unchanged(state.cast, absences, delegations, now):
        return None
    return TakeDirectory(
        version=version,
        people=people,
        calendars=calendars,
        positions=positions,
        absences=absences,
        delegations=delegations,
        client=client,
        client_name=name if name != state.client else None,
        because=because,
    )


def client_name(directory: Directory, state: Engagement) -> str:
    """What the client of an engagement is called now: as those of its people are who were with it."""
    if directory.client(state.client) is not None:
        return state.client
    own = (name for name, person in state.cast.people.items() if person.client == state.client)
    found = {now.client for name in own if (now := directory.person(name)) is not None and now.client is not None}
    return found.pop() if len(found) == 1 else state.client


def _client(directory: Directory, state: Engagement, name: str) -> Client | None:
    """The client, where what is to be confirmed of it is not what the engagement knows; once all is signed, nothing."""
    client = directory.client(name)
    if client is None or state.baseline_signed:
        return None
    return client if (None if client.is_confirmed else client) != state.client_to_confirm else None


def confirmation_from(state: Engagement, directory: Directory) -> ConfirmClient | None:
    """What the directory must hear of an engagement: that finance confirmed the client there, exactly as it is now."""
    client, given = directory.client(state.client), state.client_confirmed
    if client is None or client.is_confirmed or given is None or given.hash != digest(client_facts(client)):
        return None
    return ConfirmClient(client=client.name, facts=given.hash, engagement=state.id)


def _as_now(directory: Directory, person: Person) -> Person:
    """Somebody as the directory has them now; whom it has no more keeps all but their presence."""
    now = directory.person(person.id)
    return now if now is not None else person.having(active=False)


def _with_past(calendar: Calendar, cast: Cast, now: datetime) -> Calendar:
    """A calendar with its past days as they are known here: clocks that ran through them stand on them."""
    known = cast.calendars.get(calendar.name)
    if known is None:
        return calendar
    today = calendar.local_day(now)
    return calendar.having(
        holidays=_joined(known.holidays, calendar.holidays, today),
        working_days=_joined(known.working_days, calendar.working_days, today),
    )


def _joined(past: Iterable[date], ahead: Iterable[date], today: date) -> tuple[date, ...]:
    """The one list before today, the other from today on."""
    return tuple(sorted({*(day for day in past if day < today), *(day for day in ahead if day >= today)}))


def _needed(directory: Directory, known: Iterable[Person]) -> list[Person]:
    """Who heads what, who follows somebody, and who stands in for anybody: they may be asked, so they must be known."""
    known = list(known)
    named = {*directory.positions.values(), *(person.successor for person in known if not person.active)}
    others = (directory.colleague(name) for name in named if name)
    those = [*(person for person in known if person.active), *(person for person in others if person is not None)]
    return [*those, *stand_ins_of(directory, those)]


def stand_ins_of(directory: Directory, people: Iterable[Person]) -> list[Person]:
    """Deputies and delegates of these people who are there, and theirs: whoever is known here may come to be asked."""
    found = {person.id: person for person in people}
    first, ahead = set(found), set(found)
    while ahead:
        named = {found[name].deputy for name in ahead}
        named |= {absence.delegate for absence in directory.absences if absence.person in ahead}
        named |= {given.to for given in directory.delegations if given.person in ahead}
        others = (directory.colleague(name) for name in named - found.keys() if name)
        new = {person.id: person for person in others if person is not None}
        found |= new
        ahead = set(new)
    return [found[name] for name in sorted(found.keys() - first)]


def _is_over(cast: Cast, period: Absence | Delegation, now: datetime) -> bool:
    return period.person in cast.people and cast.ends(period) <= now


def _unchanged(cast: Cast, absences: tuple[Absence, ...], delegations: tuple[Delegation, ...], now: datetime) -> bool:
    """True where the engagement knows exactly these periods, whatever of those that are over it has not let go."""
    away = {absence for absence in cast.absences if not _is_over(cast, absence, now)}
    given = {delegation for delegation in cast.delegations if not _is_over(cast, delegation, now)}
    return away == set(absences) and given == set(delegations)
