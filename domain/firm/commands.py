"""What may be asked of the directory, in the imperative. Who may ask for it stands in `decide.py`."""

from typing import Annotated, Literal

from pydantic import Field

from domain.directory import CalendarSource, ClientPart, Directory, HouseRole, Language
from domain.people import Absence, Delegation, Person
from domain.values import ENGAGEMENT_FORM, Day, Digest, Name, PersonId, RoleName, Truth, Value, Whole
from domain.words import Line, OwnWords
from domain.working_time import Calendar


class FirmCommand(Value):
    """Base of what may be asked of the directory."""


class ImportDirectory(FirmCommand):
    """A whole directory, in place of the one in force. What people arranged here themselves outlives it."""

    kind: Literal["ImportDirectory"] = "ImportDirectory"
    directory: Directory
    leaving: Annotated[Whole, Field(ge=0)] | None = None
    """How many leave by it, as whoever imports knows it: asked where these are more than a tenth."""
    names_in_deals: dict[Line, tuple[PersonId, ...]] = {}
    """What deals that run call their clients, as the record has it, and everybody whom these deals know, or knew."""


class SetPerson(FirmCommand):
    """Adds a colleague, or puts what is said here in place of what was known of them."""

    kind: Literal["SetPerson"] = "SetPerson"
    person: Person


class DeactivatePerson(FirmCommand):
    """Somebody leaves: all their engagements hear of it. Positions and keys of the house pass on in the same step."""

    kind: Literal["DeactivatePerson"] = "DeactivatePerson"
    person: PersonId
    reason: OwnWords
    successor: PersonId | None = None
    """Proposed for each role that they leave; they hold it once they accept."""
    positions: Annotated[dict[Name, PersonId], Field(max_length=50)] = {}
    house_roles: dict[HouseRole, PersonId] = {}


class ReinstatePerson(FirmCommand):
    """Somebody who was deactivated is back. What they held stays with whoever holds it now."""

    kind: Literal["ReinstatePerson"] = "ReinstatePerson"
    person: PersonId
    reason: OwnWords


class ReplacePerson(FirmCommand):
    """Proposes somebody for the roles of a person in all their engagements, who stays until then or a last day."""

    kind: Literal["ReplacePerson"] = "ReplacePerson"
    person: PersonId
    successor: PersonId
    reason: OwnWords
    roles: Annotated[tuple[RoleName, ...], Field(max_length=50)] = ()
    """None named: all of them."""
    last_day: Day | None = None


class RecordAbsence(FirmCommand):
    kind: Literal["RecordAbsence"] = "RecordAbsence"
    absence: Absence


class RemoveAbsence(FirmCommand):
    kind: Literal["RemoveAbsence"] = "RemoveAbsence"
    person: PersonId
    first: Day


class GiveDelegation(FirmCommand):
    kind: Literal["GiveDelegation"] = "GiveDelegation"
    delegation: Delegation


MOST_OF_A_CLIENT = 20


class ClientPerson(Value):
    """Somebody of a client, as whoever sells knows them; without an id they are given one of their name."""

    name: Line
    email: Line
    part: Annotated[tuple[ClientPart, ...], Field(min_length=1, max_length=3)]
    title: Line | None = None
    id: PersonId | None = None


class AddClient(FirmCommand):
    """A new client with its people; of one that was added here, what is said in place of what was known.

    `calendar` stands for the zone: where the directory has one of that zone, that is taken.
    """

    kind: Literal["AddClient"] = "AddClient"
    name: Line
    vertical: Name | None = None
    language: Language | None = None
    calendar: Calendar | None = None
    source: CalendarSource = CalendarSource()
    """What the calendar was made of."""
    people: Annotated[tuple[ClientPerson, ...], Field(max_length=MOST_OF_A_CLIENT)] = ()
    without: Annotated[tuple[PersonId, ...], Field(max_length=MOST_OF_A_CLIENT)] = ()
    """People of the client who are not among it any more."""
    sold_by: tuple[PersonId, ...] = ()
    """Who sells the deals that run with it, as the record has it: nobody says this of themselves."""
    is_in_deals: Truth = False
    """Deals run with a client of this name, whoever sells them."""


class RenameClient(FirmCommand):
    """Another name for a client that sales added: a wrong one corrected. Its deals are told; documents keep theirs."""

    kind: Literal["RenameClient"] = "RenameClient"
    client: Line
    name: Line
    sold_by: tuple[PersonId, ...] = ()
    """As of a client that is added."""
    name_is_in_deals: Truth = False
    """Deals run with a client of the new name."""
    name_sold_by: tuple[PersonId, ...] = ()
    """Who sells those."""


class ConfirmClient(FirmCommand):
    """What finance confirmed in an engagement: a client that sales added, as its facts were shown there."""

    kind: Literal["ConfirmClient"] = "ConfirmClient"
    client: Line
    facts: Digest
    engagement: Annotated[str, Field(pattern=ENGAGEMENT_FORM)]


class EndDelegation(FirmCommand):
    """Takes back every delegation from a person to another that begins on this day."""

    kind: Literal["EndDelegation"] = "EndDelegation"
    person: PersonId
    to: PersonId
    first: Day
