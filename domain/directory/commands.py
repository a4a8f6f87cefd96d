"""What may be asked of the directory, in the imperative. Who may ask for it stands in `decide.py`."""

from typing import Annotated, Literal

from pydantic import Field

from domain.directory.directory import CalendarSource, ClientPart, Directory, HouseRole, Language
from domain.directory.people import Absence, Delegation, Person
from domain.shared.calendar import Calendar
from domain.shared.text import OwnText, ShortText
from domain.shared.values import Day, Digest, EngagementId, Name, PersonId, RoleName, Truth, Value, Whole


class FirmCommand(Value):
    """Base of what may be asked of the directory."""


class ImportDirectory(FirmCommand):
    """A whole directory, in place of the one in force. What people arranged here themselves outlives it."""

    kind: Literal["ImportDirectory"] = "ImportDirectory"
    directory: Directory
    leaving: Annotated[Whole, Field(ge=0)] | None = None
    """How many leave by it, as whoever imports knows it: asked where these are more than a tenth."""
    names_in_deals: dict[ShortText, tuple[PersonId, ...]] = {}
    """What deals that run call their clients, as the record has it, and everybody whom these deals know, or knew."""


class SetPerson(FirmCommand):
    """Adds a colleague, or puts what is said here in place of what was known of them."""

    kind: Literal["SetPerson"] = "SetPerson"
    person: Person


class DeactivatePerson(FirmCommand):
    """Somebody leaves: all their engagements hear of it. Positions and keys of the house pass on in the same step."""

    kind: Literal["DeactivatePerson"] = "DeactivatePerson"
    person_id: PersonId
    reason: OwnText
    successor: PersonId | None = None
    """Proposed for each role that they leave; they hold it once they accept."""
    positions: Annotated[dict[Name, PersonId], Field(max_length=50)] = {}
    house_roles: dict[HouseRole, PersonId] = {}


class ReinstatePerson(FirmCommand):
    """Somebody who was deactivated is back. What they held stays with whoever holds it now."""

    kind: Literal["ReinstatePerson"] = "ReinstatePerson"
    person_id: PersonId
    reason: OwnText


class ReplacePerson(FirmCommand):
    """Proposes somebody for the roles of a person in all their engagements, who stays until then or a last day."""

    kind: Literal["ReplacePerson"] = "ReplacePerson"
    person_id: PersonId
    successor: PersonId
    reason: OwnText
    roles: Annotated[tuple[RoleName, ...], Field(max_length=50)] = ()
    """None named: all of them."""
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
    """Somebody of a client, as whoever sells knows them; without an id they are given one of their name."""

    name: ShortText
    email: ShortText
    part: Annotated[tuple[ClientPart, ...], Field(min_length=1, max_length=3)]
    title: ShortText | None = None
    id: PersonId | None = None


class AddClient(FirmCommand):
    """A new client with its people; of one that was added here, what is said in place of what was known.

    `calendar` stands for the zone: where the directory has one of that zone, that is taken.
    """

    kind: Literal["AddClient"] = "AddClient"
    name: ShortText
    vertical: Name | None = None
    language: Language | None = None
    calendar: Calendar | None = None
    source: CalendarSource = CalendarSource()
    """What the calendar was made of."""
    people: Annotated[tuple[ClientPerson, ...], Field(max_length=MAX_PER_CLIENT)] = ()
    without: Annotated[tuple[PersonId, ...], Field(max_length=MAX_PER_CLIENT)] = ()
    """People of the client who are not among it any more."""
    sold_by: tuple[PersonId, ...] = ()
    """Who sells the deals that run with it, as the record has it: nobody says this of themselves."""
    is_in_deals: Truth = False
    """Deals run with a client of this name, whoever sells them."""


class RenameClient(FirmCommand):
    """Another name for a client that sales added: a wrong one corrected. Its deals are told; documents keep theirs."""

    kind: Literal["RenameClient"] = "RenameClient"
    client: ShortText
    name: ShortText
    sold_by: tuple[PersonId, ...] = ()
    """As of a client that is added."""
    name_is_in_deals: Truth = False
    """Deals run with a client of the new name."""
    name_sold_by: tuple[PersonId, ...] = ()
    """Who sells those."""


class ConfirmClient(FirmCommand):
    """What finance confirmed in an engagement: a client that sales added, as its facts were shown there."""

    kind: Literal["ConfirmClient"] = "ConfirmClient"
    client: ShortText
    facts: Digest
    engagement_id: EngagementId


class EndDelegation(FirmCommand):
    """Takes back every delegation from a person to another that begins on this day."""

    kind: Literal["EndDelegation"] = "EndDelegation"
    person_id: PersonId
    to: PersonId
    first: Day
