"""The base of every command to an engagement. Directory data that a command needs travels with it."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field

from domain.directory.people import Absence, Delegation, Person
from domain.shared.calendar import Calendar
from domain.shared.limits import (
    MAX_MILESTONE_TEXT_BYTES,
    MAX_REASON_BYTES,
    MAX_ROWS,
)
from domain.shared.text import LongText, OwnText, in_bytes
from domain.shared.values import PersonId, RoleName, Value

ShortWords = Annotated[OwnText, AfterValidator(in_bytes(MAX_REASON_BYTES))]
MilestoneNote = Annotated[LongText, AfterValidator(in_bytes(MAX_MILESTONE_TEXT_BYTES))]
Few = Field(min_length=1, max_length=MAX_ROWS)


class Command(Value):
    """Base of all commands: each declares who may give it, and a phrase for what it does, used in refusals."""

    granted_to: ClassVar[frozenset[str]]
    does: ClassVar[str]
    allowed_on_hold: ClassVar[bool] = False
    if TYPE_CHECKING:
        kind: str


class Surroundings(Command):
    """A person as the directory knows them, with their stand-ins."""

    person: Person
    stand_ins: tuple[Person, ...] = ()
    """The person's delegates and deputy, who may be asked for them."""
    calendars: tuple[Calendar, ...] = ()
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()


class Newcomer(Surroundings):
    """A person for a role."""

    role: RoleName


# The actor and the channel of reports from a change order's workflow.
CHANGES = PersonId("change-order")
# The channel, and where nobody is known the actor, of changes that follow from an operation on the directory by an
# administrator or an import.
DIRECTORY = PersonId("directory")

EVERYONE = "everyone on the engagement"
EXPERTS = "experts"
HEAD_OF_FUNCTION = "the head of the role's function"
COLLEAGUE = "a colleague, for themselves"
ASKED = "those asked"
TASK_OWNER = "whoever owns the condition"
HOLD_OWNER = "whoever is to resume, extend or end what is on hold"
