"""Events about requirements, SOW and BRD."""

from typing import Annotated, Literal

from pydantic import Field

from domain.asks.model import AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.values import (
    Document,
    DocumentKind,
    DocumentStatus,
    PreparedRequirement,
    Requirement,
    Signature,
)
from domain.shared.calendar import day_shown
from domain.shared.text import TextToTell
from domain.shared.transaction import Event
from domain.shared.values import Day, Truth


class RequirementsSet(Event):
    kind: Literal["RequirementsSet"] = "RequirementsSet"
    requirements: tuple[Requirement, ...]

    def evolve(self, state: Engagement) -> Engagement:
        rows = {requirement.id: requirement for requirement in self.requirements}
        return state.replace(requirements=rows, prepared_requirements={})


class RequirementsPrepared(Event):
    """The seller's file describes requirements; they take effect only when the analyst takes them."""

    kind: Literal["RequirementsPrepared"] = "RequirementsPrepared"
    requirements: tuple[PreparedRequirement, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(prepared_requirements={row.id: row for row in self.requirements})


class DocumentDrafted(Event):
    kind: Literal["DocumentDrafted"] = "DocumentDrafted"
    document: Document
    is_as_before: Annotated[Truth, Field(exclude_if=lambda same: not same)] = False
    """True if its contents equal those of the revision before, which was returned."""

    @property
    def said(self) -> tuple[str, ...]:
        """Tells its author that nothing has changed; reviewers read this too."""
        before = f"revision {self.document.revision - 1} of the {self.document.kind.upper()}, which came back"
        return (f"It says the same as {before}.",) if self.is_as_before else ()

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(documents={**state.documents, self.document.kind: self.document})


class DocumentStatusChanged(Event):
    kind: Literal["DocumentStatusChanged"] = "DocumentStatusChanged"
    document: DocumentKind
    status: DocumentStatus
    because: TextToTell | None = None
    """Why it is stale; None for any other status."""

    def evolve(self, state: Engagement) -> Engagement:
        changed = state.documents[self.document].replace(status=self.status, stale_because=self.because)
        now = state.replace(documents={**state.documents, self.document: changed})
        return now.replace(fallen=()) if now.baseline_signed else now  # nobody gives hours for it any more


class OfferExpirySet(Event):
    """The SOW that was sent can be signed until the end of this day, where the engagement manager works."""

    kind: Literal["OfferExpirySet"] = "OfferExpirySet"
    document: DocumentKind = "sow"
    until: Day

    @property
    def said(self) -> tuple[str, ...]:
        """Until when the client can sign it."""
        return (f"It can be signed until {day_shown(self.until)}.",)

    def evolve(self, state: Engagement) -> Engagement:
        dated = state.documents[self.document].replace(offered_until=self.until)
        signing = {
            ask.id: ask.replace(beside=ask.beside | dated.beside_signing) for ask in state.open_asks(AskKind.SIGN_SOW)
        }
        return state.replace(documents={**state.documents, self.document: dated}, asks={**state.asks, **signing})


class DocumentSigned(Event):
    kind: Literal["DocumentSigned"] = "DocumentSigned"
    document: DocumentKind
    signature: Signature

    def evolve(self, state: Engagement) -> Engagement:
        document = state.documents[self.document]
        signed = document.replace(signatures=(*document.signatures, self.signature))
        return state.replace(documents={**state.documents, self.document: signed})


AnyDocumentsEvent = (
    RequirementsSet | RequirementsPrepared | DocumentDrafted | DocumentStatusChanged | OfferExpirySet | DocumentSigned
)
