"""Commands to the directory, in the imperative. Who may give them is in `decide.py`."""

from typing import Annotated, Literal

from pydantic import Field

from domain.directory.directory import CalendarSource, ClientPart, Directory, HouseRole, Language
from domain.directory.people import Absence, Delegation, Person
from domain.shared.calendar import Calendar
from domain.shared.text import OwnText, ShortText
from domain.shared.values import Day, Digest, EngagementId, Name, PersonId, RoleName, Truth, Value, Whole


class FirmCommand(Value):
    """Base of all commands to the directory."""


class ImportDirectory(FirmCommand):
    """A whole directory, in place of the current one. What people arranged here themselves is kept."""

    kind: Literal["ImportDirectory"] = "ImportDirectory"
    directory: Directory
    leaving: Annotated[Whole, Field(ge=0)] | None = None
    """How many leave by it, as the importer expects: required if they are more than a tenth."""
    names_in_deals: dict[ShortText, tuple[PersonId, ...]] = {}
    """The client names in running deals, by the record, and everyone whom these deals know, or knew."""


class SetPerson(FirmCommand):
    """Adds a colleague, or replaces what was known of them."""

    kind: Literal["SetPerson"] = "SetPerson"
    person: Person


class DeactivatePerson(FirmCommand):
    """Someone leaves: all their engagements are told. Positions and house roles pass on in the same step."""

    kind: Literal["DeactivatePerson"] = "DeactivatePerson"
    person_id: PersonId
    reason: OwnText
    successor: PersonId | None = None
    """Proposed for each role that they leave; they hold it once they accept."""
    positions: Annotated[dict[Name, PersonId], Field(max_length=50)] = {}
    house_roles: dict[HouseRole, PersonId] = {}


class ReinstatePerson(FirmCommand):
    """Someone who was deactivated is back. What they held stays with its holder."""

    kind: Literal["ReinstatePerson"] = "ReinstatePerson"
    person_id: PersonId
    reason: OwnText


class ReplacePerson(FirmCommand):
    """Proposes a successor for a person's roles in all engagements; the person stays until then or a last day."""

    kind: Literal["ReplacePerson"] = "ReplacePerson"
    person_id: PersonId
    successor: PersonId
    reason: OwnText
    roles: Annotated[tuple[RoleName, ...], Field(max_length=50)] = ()
    """Empty: all of them."""
    last_day: Day | None = None


class RecordAbsence(FirmCommand):
    kind: Literal["RecordAbsence"] = "RecordAbsence"
    absence: Absence


class RemoveAbsence(FirmCommand):
    kind: Literal["RemoveAbsence"] = "RemoveAbsence"
    person_id: PersonId
    first: Day


class GiveDelegation(FirmCommand):
    kind: Literal["GiveDelegation"] = "GiveDelegation"
    delegation: Delegation


MAX_PER_CLIENT = 20


class ClientPerson(Value):
    """A person of a client, as the seller knows them; without an id they are given one made from their name."""

    name: ShortText
    email: ShortText
    part: Annotated[tuple[ClientPart, ...], Field(min_length=1, max_length=3)]
    title: ShortText | None = None
    id: PersonId | None = None


class AddClient(FirmCommand):
    """A new client with its people; for one that was added here, replaces what was known.

    `calendar` stands for the zone: if the directory has one of that zone, it is used instead.
    """

    kind: Literal["AddClient"] = "AddClient"
    name: ShortText
    vertical: Name | None = None
    language: Language | None = None
    calendar: Calendar | None = None
    source: CalendarSource = CalendarSource()
    """What the calendar was made from."""
    people: Annotated[tuple[ClientPerson, ...], Field(max_length=MAX_PER_CLIENT)] = ()
    without: Annotated[tuple[PersonId, ...], Field(max_length=MAX_PER_CLIENT)] = ()
    """People of the client who no longer belong to it."""
    sold_by: tuple[PersonId, ...] = ()
    """Who sells the running deals with it, by the record: not taken from the caller."""
    is_in_deals: Truth = False
    """True if deals run with a client of this name, whoever sells them."""


class RenameClient(FirmCommand):
    """Corrects the name of a client that sales added. Its deals are told; documents keep the old one."""

    kind: Literal["RenameClient"] = "RenameClient"
    client: ShortText
    name: ShortText
    sold_by: tuple[PersonId, ...] = ()
    """As in `AddClient`."""
    name_is_in_deals: Truth = False
    """True if deals run with a client of the new name."""
    name_sold_by: tuple[PersonId, ...] = ()
    """Who sells those."""


class ConfirmClient(FirmCommand):
    """What finance confirmed in an engagement: a client that sales added, with its facts as shown there."""

    kind: Literal["ConfirmClient"] = "ConfirmClient"
    client: ShortText
    facts: Digest
    engagement_id: EngagementId


class EndDelegation(FirmCommand):
    """Revokes every delegation from a person to another that begins on this day."""

    kind: Literal["EndDelegation"] = "EndDelegation"
    person_id: PersonId
    to: PersonId
    first: Day
