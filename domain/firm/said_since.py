"""A directory brought to what facts say: they stand still where a version that came of them was damaged."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from domain.directory import Client, Directory, directory_problems
from domain.firm import commands as f
from domain.firm import events as e
from domain.firm.clients import as_confirmed
from domain.firm.decide import HANDLERS
from domain.firm.former import remembering
from domain.record import Recorded
from domain.refusals import Refusal
from domain.turn import Actor
from domain.values import PersonId


def _all_said(event: Any) -> dict[str, Any]:
    """Its fields: words that were erased since are no reason any more, and are taken as they are."""
    return {name: getattr(event, name) for name in type(event).model_fields if name not in {"kind", "sha"}}


MEANT: dict[type, Callable[[Any], f.FirmCommand]] = {
    e.PersonDeactivated: lambda event: f.DeactivatePerson.model_construct(**_all_said(event)),
    e.PersonReinstated: lambda event: f.ReinstatePerson.model_construct(**_all_said(event)),
    e.PersonSet: lambda event: f.SetPerson(person=event.person),
    e.AbsenceRecorded: lambda event: f.RecordAbsence(absence=event.absence),
    e.AbsenceRemoved: lambda event: f.RemoveAbsence(person=event.absence.person, first=event.absence.first),
    e.DelegationGiven: lambda event: f.GiveDelegation(delegation=event.delegation),
    e.DelegationEnded: lambda event: f.EndDelegation(
        person=event.delegation.person, to=event.delegation.to, first=event.delegation.first
    ),
}
"""What was asked for where a fact says something of single people."""


def with_facts(directory: Directory, facts: Iterable[Recorded]) -> Directory:
    """The directory with who left, came back, was set, is away or lets another answer, and which clients were added.

    What rests on somebody whom this directory does not know, or would give two people one id or address, is left out; a
    file that is imported next has its word.
    """
    for fact in facts:
        after = remembering(directory, _with_fact(directory, fact))
        directory = after if {*directory_problems(after)} <= {*directory_problems(directory)} else directory
    return directory


def _with_fact(directory: Directory, fact: Recorded) -> Directory:
    event = fact.event
    if isinstance(event, e.ClientAdded):
        return _with_client(directory, event.client, event.client.name)
    if isinstance(event, e.ClientRenamed):
        return _with_client(directory, event.client, event.before)
    if isinstance(event, e.AddedClientConfirmed):
        return _with_confirmed(directory, event.client, fact.by)
    if type(event) in MEANT:
        command = MEANT[type(event)](event)
        with suppress(Refusal):
            return HANDLERS[type(command)](directory, command, Actor(person=fact.by), fact.at.date()).directory
    return directory


def _with_client(directory: Directory, client: Client, before: str) -> Directory:
    """With a client in place of the one of the name before, else beside the others.

    By a calendar that came with it, and that this directory does not know, nobody's days can be reckoned: they are
    those of the firm.
    """
    if client.calendar is not None and client.calendar not in directory.calendars:
        people = tuple(person.having(calendar=None) for person in client.people)
        client = client.having(calendar=None, people=people)
    if directory.client(before) is None:
        return directory.having(clients=(*directory.clients, client))
    return directory.having(clients=tuple(client if one.name == before else one for one in directory.clients))


def _with_confirmed(directory: Directory, name: str, by: PersonId) -> Directory:
    client = directory.client(name)
    return directory if client is None else _with_client(directory, as_confirmed(client, by), name)
