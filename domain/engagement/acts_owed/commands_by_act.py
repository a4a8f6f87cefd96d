"""Which commands perform an act owed, through whatever channel they are given."""

from collections.abc import Callable
from typing import Any

from domain.engagement.changes.commands import DropPotentialChange, ReviseChange, SubmitChange
from domain.engagement.closing.commands import (
    CancelEngagement,
    CloseEngagement,
    HoldEngagement,
    LoseDeal,
    ResumeEngagement,
)
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone, OfferHandoff, ReportHours
from domain.engagement.documents.commands import (
    DraftDocument,
    ExtendOffer,
    SendDocument,
    SetRequirements,
    TakeRequirements,
)
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, ReconcilePromise, RecordNeeds, RestateNeeds
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import AgreeExpectations, NameParty, TakeDirectory
from domain.engagement.scope.commands import ChooseEstimate, KeepDates, MoveDates, SetMilestones, SetWorkPackages
from domain.next_steps.acts_owed import ActKind, ActOwed

# The commands that perform each act. Somebody standing in for its owner may give these by the owner's role.
DOES: dict[ActKind, tuple[type[Command], ...]] = {
    ActKind.RECORD_NEEDS: (RecordNeeds,),
    ActKind.CORRECT_CLIENT: (TakeDirectory,),
    ActKind.RESTATE_NEEDS: (RestateNeeds,),
    ActKind.CORRECT_NEEDS: (RecordNeeds,),
    ActKind.COVER_PROMISE: (CoverPromise, DeclinePromise),
    ActKind.SET_SCOPE: (SetWorkPackages,),
    ActKind.ANSWER_RETURN: (SetWorkPackages,),
    ActKind.CHOOSE_ESTIMATE: (ChooseEstimate,),
    ActKind.PROPOSE_PRICE: (ProposePrice,),
    ActKind.ANSWER_STAFFING: (MoveDates, KeepDates),
    ActKind.SET_MILESTONES: (SetMilestones,),
    ActKind.DRAFT_SOW: (DraftDocument,),
    ActKind.SEND_SOW: (SendDocument,),
    ActKind.EXTEND_OFFER: (ExtendOffer, LoseDeal, CancelEngagement),
    ActKind.NAME_CLIENT_PERSON: (NameParty,),
    ActKind.SET_REQUIREMENTS: (SetRequirements, TakeRequirements),
    ActKind.DRAFT_BRD: (DraftDocument,),
    ActKind.SEND_BRD: (SendDocument,),
    ActKind.OFFER_HANDOFF: (OfferHandoff,),
    ActKind.CORRECT_EXPECTATIONS: (AgreeExpectations,),
    ActKind.DELIVER_MILESTONE: (DeliverMilestone,),
    ActKind.RECORD_HOURS: (ReportHours,),
    ActKind.SUBMIT_CHANGE: (SubmitChange, DropPotentialChange),
    ActKind.REVISE_CHANGE: (ReviseChange,),
    ActKind.RECONCILE_PROMISE: (ReconcilePromise,),
    ActKind.CLOSE: (CloseEngagement,),
    ActKind.RESOLVE_HOLD: (ResumeEngagement, HoldEngagement, LoseDeal, CancelEngagement),
}


# For acts that can be done in several ways, the event that shows which was taken: one word to precede the name.
DONE_AS: dict[str, str] = {
    "PromiseCovered": "Covered",
    "PromiseDeclined": "Declined",
    "DatesMoved": "Dates moved",
    "DatesKept": "Dates kept",
    "PotentialChangeBecame": "Submitted",
    "PotentialChangeDropped": "Dropped",
    "EngagementResumed": "Resumed",
    "EngagementHeld": "Extended",
    "EngagementEnded": "Ended",
}


# The subject of a command, where acts of its kind are each about one of several things.
ABOUT: dict[type[Command], Callable[[Any], str]] = {
    CoverPromise: lambda given: str(given.promise),
    DeclinePromise: lambda given: str(given.promise),
    ReconcilePromise: lambda given: str(given.promise),
    ChooseEstimate: lambda given: str(given.package),
    NameParty: lambda given: str(given.party),
    AgreeExpectations: lambda given: str(given.role),
    DeliverMilestone: lambda given: str(given.milestone),
    SubmitChange: lambda given: str(given.potential),
    DropPotentialChange: lambda given: str(given.potential),
    ReviseChange: lambda given: f"C{given.n}",
}


def does(command: Command | None, act: ActOwed) -> bool:
    """True if this command performs this very act."""
    if command is None or not isinstance(command, DOES[act.kind]):
        return False
    about = ABOUT.get(type(command))
    return about is None or about(command) == act.subject
