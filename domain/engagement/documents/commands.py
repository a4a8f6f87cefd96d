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
    """Sets the requirements as prepared when the deal was started."""

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
    """What `source` would be with the current revision's number: equal to that revision's if nothing changed."""


class SendDocument(Command):
    """Sends the revision approved in the firm to its signers."""

    kind: Literal["SendDocument"] = "SendDocument"
    granted_to: ClassVar = frozenset({"sales", "business_analyst"})
    does: ClassVar = "send this document"
    document: DocumentKind


class ExtendOffer(Command):
    """Extends the offer in the SOW that was sent to another day."""

    kind: Literal["ExtendOffer"] = "ExtendOffer"
    granted_to: ClassVar = frozenset({"engagement_manager"})
    does: ClassVar = "extend the offer"
    until: Day
