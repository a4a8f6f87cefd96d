"""Change orders in the engagement's register, and potential changes."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.engagement.changes.lines import ChangeFacts
from domain.shared.text import LongText, ShortText, TextToTell
from domain.shared.values import AskId, ItemId, Moment, PersonId, RoleName, Truth, Value


class ChangeStatus(StrEnum):
    PENDING = "pending"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def counts(self) -> bool:
        """True while it counts towards the total of all changes."""
        return self not in {ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN}

    @property
    def is_open(self) -> bool:
        """True while somebody still has to act on it."""
        return self in {ChangeStatus.PENDING, ChangeStatus.RETURNED}


class Change(Value):
    """An entry in the register of changes: contents, route, status."""

    n: int
    revision: int = 1
    by: PersonId
    for_whom: Annotated[PersonId | None, Field(exclude_if=lambda whom: whom is None)] = None
    """For whom `by` submitted this revision."""
    submitters: tuple[PersonId, ...] = ()
    """Everybody who submitted a revision of it, or for whom one was submitted: none of them may approve it."""
    facts: ChangeFacts
    route: tuple[RoleName, ...]
    status: ChangeStatus = ChangeStatus.PENDING
    submitted_at: Moment
    returned_by: AskId | None = None
    """The ask of the change order that returned it, while it is returned."""
    returned_because: TextToTell | None = None
    last_report: int = 0
    signed_as: Annotated[int, Field(exclude_if=lambda number: not number)] = 0
    """Its number among all signed changes; 0 until it is signed."""
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
    """True if it does not become one after all."""
