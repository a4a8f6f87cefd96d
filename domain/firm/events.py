"""What happened to the directory, in the past tense, as it stands in the record of the firm."""

from typing import Annotated, Literal

from pydantic import Field

from domain.people import Absence, Delegation, Person
from domain.turn import Event
from domain.values import Day, Digest, Name, PersonId, RoleName
from domain.words import Words


class DirectoryImported(Event):
    """Another directory is in force; the document itself is kept as a version of its own."""

    kind: Literal["DirectoryImported"] = "DirectoryImported"
    sha: Digest
    joined: tuple[PersonId, ...] = ()
    left: tuple[PersonId, ...] = ()
    changed: tuple[PersonId, ...] = ()


class PersonSet(Event):
    kind: Literal["PersonSet"] = "PersonSet"
    person: Person


class PersonDeactivated(Event):
    kind: Literal["PersonDeactivated"] = "PersonDeactivated"
    person: PersonId
    reason: Words
    successor: PersonId | None = None
    positions: dict[Name, PersonId] = {}
    house_roles: dict[Name, PersonId] = {}


class PersonReplaced(Event):
    """Somebody is proposed for a person's roles in every engagement; each proposal is accepted or declined there."""

    kind: Literal["PersonReplaced"] = "PersonReplaced"
    person: PersonId
    successor: PersonId
    reason: Words
    roles: tuple[RoleName, ...] = ()
    last_day: Day | None = None


class AbsenceRecorded(Event):
    kind: Literal["AbsenceRecorded"] = "AbsenceRecorded"
    absence: Absence


class AbsenceRemoved(Event):
    kind: Literal["AbsenceRemoved"] = "AbsenceRemoved"
    absence: Absence


class DelegationGiven(Event):
    kind: Literal["DelegationGiven"] = "DelegationGiven"
    delegation: Delegation


class DelegationEnded(Event):
    kind: Literal["DelegationEnded"] = "DelegationEnded"
    delegation: Delegation


AnyFirmEvent = Annotated[
    DirectoryImported
    | PersonSet
    | PersonDeactivated
    | PersonReplaced
    | AbsenceRecorded
    | AbsenceRemoved
    | DelegationGiven
    | DelegationEnded,
    Field(discriminator="kind"),
]
