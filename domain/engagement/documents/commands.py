"""Commands about requirements, SOW and BRD."""

from typing import Annotated, ClassVar, Literal

from domain.engagement.command import Command, Few
from domain.engagement.documents.values import DocumentKind, Requirement
from domain.shared.values import (
    Day,
    Digest,
)


class SetRequirements(Command):
    kind: Literal["SetRequirements"] = "SetRequirements"
    granted_to: ClassVar = frozenset({"business_analyst"})
    does: ClassVar = "set the requirements"
    requirements: Annotated[tuple[Requirement, ...], Few]


class TakeRequirements(Command):
    """Sets the requirements as the deal began with them."""

    kind: Literal["TakeRequirements"] = "TakeRequirements"
    granted_to: ClassVar = frozenset({"business_analyst"})
    does: ClassVar = "take the requirements as prepared"


class DraftDocument(Command):
    """A new revision, rendered from the record by the application: its hashes, and what it was drawn from."""

    kind: Literal["DraftDocument"] = "DraftDocument"
    granted_to: ClassVar = frozenset({"sales", "engagement_manager", "business_analyst"})
    does: ClassVar = "draft this document"
    document: DocumentKind
    source: Digest
    rendered: Digest
    basis: Digest
    as_before: Digest | None = None
    """What `source` would be under the number of the revision that stands: equal to it where nothing changed."""


class SendDocument(Command):
    """Puts the revision approved inside before those who sign."""

    kind: Literal["SendDocument"] = "SendDocument"
    granted_to: ClassVar = frozenset({"sales", "business_analyst"})
    does: ClassVar = "send this document"
    document: DocumentKind


class ExtendOffer(Command):
    """Lets the SOW that was sent stand until another day."""

    kind: Literal["ExtendOffer"] = "ExtendOffer"
    granted_to: ClassVar = frozenset({"engagement_manager"})
    does: ClassVar = "extend the offer"
    until: Day
