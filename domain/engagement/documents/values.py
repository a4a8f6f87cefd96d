"""Requirements, SOW and BRD."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from domain.engagement.item_ids import Ids
from domain.shared.calendar import day_shown
from domain.shared.text import LongText, ShortText, TextToTell
from domain.shared.values import (
    Day,
    Digest,
    ItemId,
    Moment,
    PersonId,
    RoleName,
    Value,
)

DocumentKind = Literal["sow", "brd"]


class Requirement(Value):
    """A line of the BRD, traced to what was bought and why."""

    id: ItemId
    text: LongText
    needs: Annotated[Ids, Field(min_length=1)]
    work_packages: Annotated[Ids, Field(min_length=1)]


class PreparedRequirement(Value):
    """A requirement from the seller's file: possibly not traced yet, and not in effect."""

    id: ItemId
    text: LongText
    needs: Ids = ()
    work_packages: Ids = ()


class DocumentStatus(StrEnum):
    IN_REVIEW = "in_review"
    APPROVED_INSIDE = "approved_inside"
    SENT = "sent"
    SIGNED = "signed"
    RETURNED = "returned"
    STALE = "stale"


ALIVE_DOCUMENTS = frozenset({DocumentStatus.IN_REVIEW, DocumentStatus.APPROVED_INSIDE, DocumentStatus.SENT})


class Signature(Value):
    by: PersonId
    name: Annotated[ShortText | None, Field(exclude_if=lambda name: name is None)] = None
    """Their name when they signed."""
    role: RoleName
    instead_of: Annotated[ShortText | None, Field(exclude_if=lambda name: name is None)] = None
    """The name of the role's holder at that time, if somebody signed for them."""
    subject_hash: Digest
    at: Moment


class Document(Value):
    """A revision of SOW or BRD: hashes of its stored source and rendered bytes, and what it was drawn from."""

    kind: DocumentKind
    revision: int
    source: Digest
    rendered: Digest
    basis: Digest
    author: PersonId
    drawn_for: Annotated[PersonId | None, Field(exclude_if=lambda whom: whom is None)] = None
    """For whom its author drafted it: neither of them reviews or signs it for the firm."""
    status: DocumentStatus = DocumentStatus.IN_REVIEW
    signatures: tuple[Signature, ...] = ()
    offered_until: Day | None = None
    """The last day on which a SOW that was sent can be signed."""
    stale_because: TextToTell | None = None
    """What it was drawn from that has changed since, once it is stale."""

    @property
    def authors(self) -> tuple[PersonId, ...]:
        """Who drafted it, and for whom."""
        return (self.author,) if self.drawn_for is None else (self.author, self.drawn_for)

    @property
    def beside_signing(self) -> dict[str, str]:
        """What signers are shown beside it, without signing it."""
        return {"can be signed until": day_shown(self.offered_until)} if self.offered_until is not None else {}
