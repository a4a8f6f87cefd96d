"""What happened to the directory, in the past tense, as it is in the firm's record."""

from typing import Annotated, Literal

from pydantic import Field

from domain.directory.directory import Client
from domain.directory.people import Absence, Delegation, Person
from domain.shared.text import LongText, ShortText
from domain.shared.transaction import Event
from domain.shared.values import Day, Digest, EngagementId, Name, PersonId, RoleName


class DirectoryEvent(Event):
    """What happened to the directory. `sha` is the digest of the directory after the whole operation."""

    sha: Digest | None = None


class DirectoryImported(DirectoryEvent):
    """Another directory took effect; the document itself is kept as a version of its own."""

    kind: Literal["DirectoryImported"] = "DirectoryImported"
    joined: tuple[PersonId, ...] = ()
    left: tuple[PersonId, ...] = ()
    changed: tuple[PersonId, ...] = ()
    names: Annotated[dict[PersonId, ShortText], Field(exclude_if=lambda known: not known)] = {}
    """The names of those who joined: their ids stay theirs even if the document of this import is damaged."""
    clients: Annotated[dict[PersonId, ShortText], Field(exclude_if=lambda known: not known)] = {}
    """The clients of those who are not of the firm."""


class PersonSet(DirectoryEvent):
    kind: Literal["PersonSet"] = "PersonSet"
    person: Person


class PersonDeactivated(DirectoryEvent):
    kind: Literal["PersonDeactivated"] = "PersonDeactivated"
    person_id: PersonId
    reason: LongText
    successor: PersonId | None = None
    positions: dict[Name, PersonId] = {}
    house_roles: dict[Name, PersonId] = {}


class PersonReinstated(DirectoryEvent):
    kind: Literal["PersonReinstated"] = "PersonReinstated"
    person_id: PersonId
    reason: LongText


class PersonReplaced(DirectoryEvent):
    """Someone is proposed for a person's roles in every engagement; each proposal is accepted or declined there."""

    kind: Literal["PersonReplaced"] = "PersonReplaced"
    person_id: PersonId
    successor: PersonId
    reason: LongText
    roles: tuple[RoleName, ...] = ()
    last_day: Day | None = None


class AbsenceRecorded(DirectoryEvent):
    kind: Literal["AbsenceRecorded"] = "AbsenceRecorded"
    absence: Absence


class AbsenceRemoved(DirectoryEvent):
    kind: Literal["AbsenceRemoved"] = "AbsenceRemoved"
    absence: Absence


class DelegationGiven(DirectoryEvent):
    kind: Literal["DelegationGiven"] = "DelegationGiven"
    delegation: Delegation


class DelegationEnded(DirectoryEvent):
    kind: Literal["DelegationEnded"] = "DelegationEnded"
    delegation: Delegation


class ClientAdded(DirectoryEvent):
    """Sales added a client, or corrected one that they had added: it is to be confirmed as it is now."""

    kind: Literal["ClientAdded"] = "ClientAdded"
    client: Client


class ClientRenamed(DirectoryEvent):
    """A client that sales had added has another name, which is to be confirmed."""

    kind: Literal["ClientRenamed"] = "ClientRenamed"
    before: ShortText
    client: Client


class AddedClientConfirmed(DirectoryEvent):
    """Finance confirmed a client that sales had added, in the engagement named."""

    kind: Literal["AddedClientConfirmed"] = "AddedClientConfirmed"
    client: ShortText
    facts: Digest
    engagement_id: EngagementId


class WordsErased(Event):
    """Words were erased at a person's lawful request; `keys` are the salted hashes by which facts name them.

    `because` says which request it was, in words that may be erased as well.
    """

    kind: Literal["WordsErased"] = "WordsErased"
    keys: tuple[Digest, ...]
    because: LongText | None = None


class PlaybookPublished(Event):
    """A playbook takes effect for engagements that start from now on; its document is kept as a version of its own."""

    kind: Literal["PlaybookPublished"] = "PlaybookPublished"
    name: str
    version: str
    sha: Digest
    saved_by: str
    """Who submitted what was published."""


AnyDirectoryEvent = Annotated[
    DirectoryImported
    | PersonSet
    | PersonDeactivated
    | PersonReinstated
    | PersonReplaced
    | AbsenceRecorded
    | AbsenceRemoved
    | DelegationGiven
    | DelegationEnded
    | ClientAdded
    | ClientRenamed
    | AddedClientConfirmed,
    Field(discriminator="kind"),
]
AnyFirmEvent = Annotated[AnyDirectoryEvent | WordsErased | PlaybookPublished, Field(discriminator="kind")]
