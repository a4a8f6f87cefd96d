"""Rebuilds a directory from facts, which remain when the version that they produced was damaged.

Each fact is applied as it is. Judged again, as commands are, it would be refused if it names someone whom only the
damaged version knew: someone who left would be back.
"""

from collections.abc import Iterable

from domain.directory import events as e
from domain.directory.checks import used_twice
from domain.directory.clients import as_confirmed
from domain.directory.departures import without_who_left
from domain.directory.directory import Client, Directory
from domain.directory.former_people import is_called_like, remembering
from domain.directory.people import Person
from domain.record.facts import Recorded
from domain.shared.values import PersonId


def with_facts(directory: Directory, facts: Iterable[Recorded], file: Directory) -> Directory:
    """The directory with the facts applied: who left, came back, was set, is away or has a delegate; clients added.

    People who joined by a damaged file and are in the next with the same name, at the same client, join by that; other
    ids stay reserved for those who had them.

    It is compared with the file that is imported next, which says who the people are that it does not know. A client
    that would give two people one id or address is left out: it would stay beside the file.
    """
    for fact in facts:
        directory = remembering(directory, _with_fact(directory, fact, file))
    return directory


def _with_fact(directory: Directory, fact: Recorded, file: Directory) -> Directory:
    match fact.event:
        case e.DirectoryImported() as event:
            return _with_joined(directory, event, file)
        case e.PersonDeactivated() | e.PersonReinstated() | e.PersonSet() as event:
            return _with_person(directory, event, file)
        case e.AbsenceRecorded() | e.AbsenceRemoved() | e.DelegationGiven() | e.DelegationEnded() as event:
            return _with_days(directory, event)
        case e.ClientAdded() | e.ClientRenamed() | e.AddedClientConfirmed() as event:
            after = _with_fact_of_client(directory, event, fact.by)
            return after if {*used_twice(after)} <= {*used_twice(directory)} else directory
    return directory


def _with_joined(directory: Directory, event: e.DirectoryImported, file: Directory) -> Directory:
    """Adds, as former people, those who joined and whom the file lists differently or not at all.

    Older facts name no one.
    """
    known = {person.id for person in directory.everyone()} | directory.former.keys()
    new = [_joined(event, person_id) for person_id in event.names if person_id not in known]
    listed = {person.id: person for person in file.everyone()}
    gone = {p.id: p for p in new if p.id not in listed or not _is_same(file, p, listed[p.id])}
    return directory.replace(former={**directory.former, **gone}) if gone else directory


def _joined(event: e.DirectoryImported, person_id: PersonId) -> Person:
    """Someone of whom no more is known."""
    return Person(
        id=person_id, name=event.names[person_id], email=person_id, client=event.clients.get(person_id), active=False
    )


def _is_same(file: Directory, joined: Person, now: Person) -> bool:
    client = file.client_spelt(joined.client) if joined.client is not None else None
    return is_called_like(joined, now.name) and (client.name if client is not None else joined.client) == now.client


def _with_person(
    directory: Directory, event: e.PersonDeactivated | e.PersonReinstated | e.PersonSet, file: Directory
) -> Directory:
    if isinstance(event, e.PersonSet):
        return _with_colleague(directory, event.person)
    former = (person for person in directory.former.values() if person.client is None)
    known = {person.id: person for person in (*file.people, *former, *directory.people)}.get(event.person_id)
    if known is None:
        return directory
    if isinstance(event, e.PersonReinstated):
        return _with_colleague(directory, known.replace(active=True, left_because=None, successor=None))
    return without_who_left(_with_colleague(directory, known), known, event)


def _with_colleague(directory: Directory, person: Person) -> Directory:
    others = tuple(person if other.id == person.id else other for other in directory.people)
    return directory.replace(people=others if person in others else (*others, person))


def _with_days(
    directory: Directory, event: e.AbsenceRecorded | e.AbsenceRemoved | e.DelegationGiven | e.DelegationEnded
) -> Directory:
    match event:
        case e.AbsenceRecorded(absence=said) | e.AbsenceRemoved(absence=said):
            kept = tuple(a for a in directory.absences if (a.person, a.first) != (said.person, said.first))
            return directory.replace(absences=(*kept, said) if isinstance(event, e.AbsenceRecorded) else kept)
    given = event.delegation
    others = tuple(one for one in directory.delegations if one != given)
    return directory.replace(delegations=(*others, given) if isinstance(event, e.DelegationGiven) else others)


def _with_fact_of_client(
    directory: Directory, event: e.ClientAdded | e.ClientRenamed | e.AddedClientConfirmed, by: PersonId
) -> Directory:
    match event:
        case e.ClientAdded(client=client):
            return _with_client(directory, client, client.name)
        case e.ClientRenamed(client=client, before=before):
            return _with_client(directory, client, before)
    return _with_confirmed(directory, event.client, by)


def _with_client(directory: Directory, client: Client, before: str) -> Directory:
    """With a client in place of the one of the former name, else added to the others.

    If it came with a calendar that this directory does not know, its people's days cannot be computed: they get the
    firm's.
    """
    if client.calendar is not None and client.calendar not in directory.calendars:
        people = tuple(person.replace(calendar=None) for person in client.people)
        client = client.replace(calendar=None, people=people)
    if directory.client(before) is None:
        return directory.replace(clients=(*directory.clients, client))
    return directory.replace(clients=tuple(client if one.name == before else one for one in directory.clients))


def _with_confirmed(directory: Directory, name: str, by: PersonId) -> Directory:
    client = directory.client(name)
    return directory if client is None else _with_client(directory, as_confirmed(client, by), name)
