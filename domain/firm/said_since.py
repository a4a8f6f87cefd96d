"""A directory brought to what facts say: they stand still where a version that came of them was damaged."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from domain.directory import Directory
from domain.firm import commands as f
from domain.firm import events as e
from domain.firm.decide import HANDLERS
from domain.firm.former import remembering
from domain.record import Recorded
from domain.refusals import Refusal
from domain.turn import Actor


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
    """The directory with who left, came back, was set, is away or lets another answer by these facts.

    What rests on somebody whom this directory does not know is left out; a file that is imported next has its word.
    """
    for fact in facts:
        if type(fact.event) not in MEANT:
            continue
        command = MEANT[type(fact.event)](fact.event)
        with suppress(Refusal):
            decided = HANDLERS[type(command)](directory, command, Actor(person=fact.by), fact.at.date())
            directory = remembering(directory, decided.directory)
    return directory
