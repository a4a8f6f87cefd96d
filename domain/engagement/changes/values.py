"""Change orders in the engagement's register, and potential changes."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.engagement.changes.lines import ChangeFacts
from domain.shared.text import LongText, ShortText, TextToTell
from domain.shared.values import (
    ItemId,
    Moment,
    PersonId,
    RoleName,
    Truth,
    Value,
)


class ChangeStatus(StrEnum):
    PENDING = "pending"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def counts(self) -> bool:
        """True while it adds to what all changes together amount to."""
        return self not in {ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN}

    @property
    def is_open(self) -> bool:
        """True while somebody still has to do something about it."""
        return self in {ChangeStatus.PENDING, ChangeStatus.RETURNED}


class Change(Value):
    """A line of the register of changes: what it is, where it was routed, how it stands."""

    n: int
    revision: int = 1
    by: PersonId
    for_whom: Annotated[PersonId | None, Field(exclude_if=lambda whom: whom is None)] = None
    """In whose place `by` submitted this revision."""
    submitters: tuple[PersonId, ...] = ()
    """Everybody who submitted a revision of it, and in whose place: none of them approves it."""
    facts: ChangeFacts
    route: tuple[RoleName, ...]
    status: ChangeStatus = ChangeStatus.PENDING
    submitted_at: Moment
    returned_by: str | None = None
    """The ask of the change order whose answer sent it back, while it is returned; and what was said there."""
    returned_because: TextToTell | None = None
    last_report: int = 0
    signed_as: Annotated[int, Field(exclude_if=lambda number: not number)] = 0
    """The how manieth of all changes that was signed; 0 until it is."""
    chain: tuple[str, str] | None = None
    """First and last hash of the change order's own chain, once it has ended."""


class PotentialChange(Value):
    """A "can we also…", and what became of it."""

    id: ItemId
    text: LongText
    link: ShortText | None = None
    by: PersonId
    wanted: Truth = False
    """True once it was decided that it becomes a change order."""
    became: int | None = None
    """The change order that it became."""
    dropped: Truth = False
    """True where it becomes none after all."""
