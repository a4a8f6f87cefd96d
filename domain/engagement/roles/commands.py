"""Commands about who holds which role."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.directory.directory import Client
from domain.directory.people import Absence, Delegation, Person
from domain.engagement.command import COLLEAGUE, DIRECTORY, HEAD_OF_FUNCTION, Command, Newcomer, Surroundings
from domain.engagement.roles.values import Expectation, Expectations, Waiver
from domain.shared.calendar import Calendar
from domain.shared.text import LongText, OwnText, ShortText
from domain.shared.values import (
    Day,
    Name,
    PersonId,
    RoleName,
    Truth,
    Whole,
)


class ProposeHolder(Newcomer):
    kind: Literal["ProposeHolder"] = "ProposeHolder"
    granted_to: ClassVar = frozenset({HEAD_OF_FUNCTION, "engagement_manager"})
    does: ClassVar = "propose somebody for this role"
    allowed_on_hold: ClassVar = True
    expectations: Expectations = ()
    waiver: Waiver | None = None
    until: Day | None = None
    """The role is held until this day begins; always set for a second role of the project manager."""
    further: Truth = False
    """For experts: in addition to the holder, not replacing them."""


class ReplaceHolder(Newcomer):
    """Asks a successor; the holder stays until they accept and, with a last day, alongside them until then."""

    kind: Literal["ReplaceHolder"] = "ReplaceHolder"
    granted_to: ClassVar = frozenset(
        {HEAD_OF_FUNCTION, "engagement_manager", "head_of_engagement_management", DIRECTORY}
    )
    does: ClassVar = "replace the holder of this role"
    allowed_on_hold: ClassVar = True
    reason: OwnText
    last_day: Day | None = None
    """The current holder's last day, inclusive, whether or not a successor has accepted by then."""
    expectations: Expectations = ()
    waiver: Waiver | None = None


class ReleaseRole(Command):
    kind: Literal["ReleaseRole"] = "ReleaseRole"
    granted_to: ClassVar = frozenset({HEAD_OF_FUNCTION, "engagement_manager", "head_of_engagement_management"})
    does: ClassVar = "give this role up"
    role: RoleName
    reason: OwnText


class RequestRole(Newcomer):
    """A colleague requests a vacant role in their own words; its head approves it."""

    kind: Literal["RequestRole"] = "RequestRole"
    granted_to: ClassVar = frozenset({COLLEAGUE})
    does: ClassVar = "ask for this role"
    words: OwnText
    until: Day | None = None


class AgreeExpectations(Command):
    """Asks the client to confirm what is expected of a role's holder."""

    kind: Literal["AgreeExpectations"] = "AgreeExpectations"
    granted_to: ClassVar = frozenset({HEAD_OF_FUNCTION, "engagement_manager"})
    does: ClassVar = "say what is expected of this role"
    role: RoleName
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1, max_length=20)]


class NameParty(Surroundings):
    """Names another sponsor, signatory or counterpart: parties to the deal, whose roles are not in the playbook."""

    kind: Literal["NameParty"] = "NameParty"
    granted_to: ClassVar = frozenset(
        {"sales", "engagement_manager", "head_of_engagement_management", "managing_director"}
    )
    does: ClassVar = "name this person"
    allowed_on_hold: ClassVar = True
    party: Literal["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]
    reason: OwnText


class TakeDirectory(Command):
    """The directory's current data about the people known here: who left, is away, stands in, or heads what.

    `people` are those who changed, and the stand-ins of somebody; everything else concerns everybody known here.
    """

    kind: Literal["TakeDirectory"] = "TakeDirectory"
    granted_to: ClassVar = frozenset({DIRECTORY})
    does: ClassVar = "take over what the directory says"
    allowed_on_hold: ClassVar = True
    version: Annotated[Whole, Field(ge=1)]
    people: tuple[Person, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    positions: dict[Name, PersonId]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    client: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client, if its confirmation differs from what is known here, or it is confirmed now."""
    client_name: Annotated[ShortText | None, Field(exclude_if=lambda name: name is None)] = None
    """The client's current name, if it differs from the one known here."""
    because: LongText
