"""What an engagement must be told of the directory: the difference between what it knows and what is so.

Weighed: sending each operation to each engagement as it is (a lost or doubled one leaves them apart for ever), or whole
versions of the directory (every edit would touch every engagement). The difference heals whatever happened before, and
is empty if nothing concerns the engagement.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from domain.directory.commands import ConfirmClient
from domain.directory.directory import Client, Directory, client_facts
from domain.directory.participants_size import MAX_WITH_STAND_INS
from domain.directory.people import Absence, Delegation, Participants, Person
from domain.directory.size_limits import as_heard
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.commands import TakeDirectory
from domain.shared.calendar import Calendar
from domain.shared.limits import MAX_VACANCY_REASON_BYTES
from domain.shared.text import shortened
from domain.shared.values import PersonId, digest, weight


def delta_for(
    directory: Directory, version: int, state: Engagement, now: datetime, because: str
) -> TakeDirectory | None:
    """The update for an engagement; None if it knows everything. Anyone no longer in the directory has left."""
    known = {name: _as_now(directory, state, person) for name, person in state.cast.people.items()}
    needed = _needed(directory, known.values(), _followed(state, known))
    new = {person.id: person for person in needed if person.id not in known}
    everyone = {**known, **new}
    people = tuple(person for name, person in everyone.items() if state.cast.people.get(name) != person)
    away, given = periods_of(directory, everyone)
    absences = tuple(absence for absence in away if not _is_over(state.cast, absence, now))
    delegations = tuple(delegation for delegation in given if not _is_over(state.cast, delegation, now))
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


def _followed(state: Engagement, known: dict[PersonId, Person]) -> set[PersonId | None]:
    """The successors of those who left and came back before the engagement was told."""
    left = (person.missed_leaving(state.cast.people[name]) for name, person in known.items())
    return {one.successor for one in left if one is not None}


def client_name(directory: Directory, state: Engagement) -> str:
    """What the client of an engagement is called now."""
    client = directory.client_spelt(state.client)
    return client.name if client is not None else state.client


def _client(directory: Directory, state: Engagement, name: str) -> Client | None:
    """The client, if what is to be confirmed of it differs from what the engagement knows."""
    client = directory.client(name)
    if client is None:
        return None
    return client if (None if client.is_confirmed else client) != state.client_to_confirm else None


def confirmation_from(state: Engagement, directory: Directory) -> ConfirmClient | None:
    """What the directory must be told by an engagement: that finance confirmed the client, exactly as it is now."""
    client, given = directory.client(state.client), state.client_confirmed
    if client is None or client.is_confirmed or given is None or given.subject_hash != digest(client_facts(client)):
        return None
    return ConfirmClient(client=client.name, facts=given.subject_hash, engagement_id=state.id)


def is_elsewhere(directory: Directory, state: Engagement, known: Person) -> bool:
    """True if someone in an engagement no longer belongs to its client, or the firm: they are elsewhere, or nowhere."""
    now = directory.person(known.id)
    if now is None or known.client is None or now.client is None:
        return now is None or now.client != known.client
    return now.client != client_name(directory, state)


def _as_now(directory: Directory, state: Engagement, person: Person) -> Person:
    """Someone as the directory has them now, with a shortened reason for leaving; anyone elsewhere has left."""
    now = directory.person(person.id)
    if now is None or is_elsewhere(directory, state, person):
        return person.replace(active=False)
    why = now.left_because
    return now if why is None else now.replace(left_because=shortened(why, MAX_VACANCY_REASON_BYTES))


def _with_past(calendar: Calendar, cast: Participants, now: datetime) -> Calendar:
    """A calendar whose past days are as known here: clocks that ran through them depend on them."""
    known = cast.calendars.get(calendar.name)
    if known is None:
        return calendar
    today = calendar.local_day(now)
    return calendar.replace(
        holidays=_joined(known.holidays, calendar.holidays, today),
        working_days=_joined(known.working_days, calendar.working_days, today),
    )


def _joined(past: Iterable[date], ahead: Iterable[date], today: date) -> tuple[date, ...]:
    """The first list before today, the second from today on."""
    return tuple(sorted({*(day for day in past if day < today), *(day for day in ahead if day >= today)}))


def _needed(directory: Directory, known: Iterable[Person], followed: Iterable[PersonId | None]) -> list[Person]:
    """Heads, successors and everyone's stand-ins: they may be asked, so they must be known."""
    known = list(known)
    named = {*directory.positions.values(), *(person.successor for person in known if not person.active), *followed}
    others = (directory.colleague(name) for name in named if name)
    those = [*(person for person in known if person.active), *(person for person in others if person is not None)]
    return [*those, *stand_ins_of(directory, those)]


def periods_of(
    directory: Directory, people: Collection[PersonId]
) -> tuple[tuple[Absence, ...], tuple[Delegation, ...]]:
    """When these people are away or let others answer, as engagements are told."""
    away = (as_heard(absence) for absence in directory.absences if absence.person in people)
    given = (as_heard(delegation) for delegation in directory.delegations if delegation.person in people)
    return tuple(dict.fromkeys(away)), tuple(dict.fromkeys(given))


def stand_ins_of(directory: Directory, people: Iterable[Person]) -> list[Person]:
    """Active deputies and delegates of these people, and theirs in turn: anyone known here may come to be asked.

    The nearest first, and as many as an engagement has room for: one chain after another would lead to everyone.
    """
    found = {person.id: person for person in people}
    first, ahead, heard = set(found), list(found), _Heard(directory)
    room = MAX_WITH_STAND_INS - sum(map(heard.size_of, found.values()))
    while ahead:
        new = [person for person in _named_by(directory, ahead) if person.id not in found]
        ahead = []
        for person in new:
            size = heard.size_of(person)
            if size <= room:
                room -= size
                found[person.id] = person
                ahead.append(person.id)
    return [found[name] for name in sorted(found.keys() - first)]


def _named_by(directory: Directory, people: Collection[PersonId]) -> list[Person]:
    """Colleagues whom these people's deputies and periods name, ordered by id."""
    deputies = (person.deputy for person in directory.people if person.id in people)
    named = {*deputies, *(absence.delegate for absence in directory.absences if absence.person in people)}
    named |= {given.to for given in directory.delegations if given.person in people}
    others = (directory.colleague(name) for name in sorted(name for name in named if name))
    return [person for person in others if person is not None]


class _Heard:
    """Sizes of what engagements are told with a person: themselves, their days, and a calendar the first time."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._calendars = set[str]()

    def size_of(self, person: Person) -> int:
        """Bytes that this person adds to those measured before."""
        size = weight({person.id: person}) + 2 * weight(periods_of(self._directory, {person.id}))
        calendar = self._directory.calendars.get(person.calendar or "")
        if calendar is not None and calendar.name not in self._calendars:
            self._calendars.add(calendar.name)
            size += weight(calendar)
        return size


def _is_over(cast: Participants, period: Absence | Delegation, now: datetime) -> bool:
    return period.person in cast.people and cast.ends(period) <= now


def _unchanged(
    cast: Participants, absences: tuple[Absence, ...], delegations: tuple[Delegation, ...], now: datetime
) -> bool:
    """True if the engagement knows exactly these periods, ignoring those that are over and not yet dropped."""
    away = {absence for absence in cast.absences if not _is_over(cast, absence, now)}
    given = {delegation for delegation in cast.delegations if not _is_over(cast, delegation, now)}
    return away == set(absences) and given == set(delegations)
