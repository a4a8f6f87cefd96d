"""By which commands an act owed is done, in whatever face they are given."""

from collections.abc import Callable
from typing import Any

from domain.acts import ActKind, ActOwed
from domain.engagement import commands as c

DOES: dict[ActKind, tuple[type[c.Command], ...]] = {
    ActKind.RECORD_NEEDS: (c.RecordNeeds,),
    ActKind.CORRECT_CLIENT: (c.TakeDirectory,),
    ActKind.RESTATE_NEEDS: (c.RestateNeeds,),
    ActKind.CORRECT_NEEDS: (c.RecordNeeds,),
    ActKind.COVER_PROMISE: (c.CoverPromise, c.DeclinePromise),
    ActKind.SET_SCOPE: (c.SetWorkPackages,),
    ActKind.ANSWER_RETURN: (c.SetWorkPackages,),
    ActKind.CHOOSE_ESTIMATE: (c.ChooseEstimate,),
    ActKind.PROPOSE_PRICE: (c.ProposePrice,),
    ActKind.ANSWER_STAFFING: (c.MoveDates, c.KeepDates),
    ActKind.SET_MILESTONES: (c.SetMilestones,),
    ActKind.DRAFT_SOW: (c.DraftDocument,),
    ActKind.SEND_SOW: (c.SendDocument,),
    ActKind.EXTEND_OFFER: (c.ExtendOffer, c.LoseDeal, c.CancelEngagement),
    ActKind.NAME_CLIENT_PERSON: (c.NameParty,),
    ActKind.SET_REQUIREMENTS: (c.SetRequirements, c.TakeRequirements),
    ActKind.DRAFT_BRD: (c.DraftDocument,),
    ActKind.SEND_BRD: (c.SendDocument,),
    ActKind.OFFER_HANDOFF: (c.OfferHandoff,),
    ActKind.CORRECT_EXPECTATIONS: (c.AgreeExpectations,),
    ActKind.DELIVER_MILESTONE: (c.DeliverMilestone,),
    ActKind.RECORD_HOURS: (c.ReportHours,),
    ActKind.SUBMIT_CHANGE: (c.SubmitChange, c.DropPotentialChange),
    ActKind.REVISE_CHANGE: (c.ReviseChange,),
    ActKind.RECONCILE_PROMISE: (c.ReconcilePromise,),
    ActKind.CLOSE: (c.CloseEngagement,),
    ActKind.RESOLVE_HOLD: (c.ResumeEngagement, c.HoldEngagement, c.LoseDeal, c.CancelEngagement),
}
"""By which commands an act owed is done: whoever stands in for its owner gives these by the owner's role."""


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
"""By which fact one sees which way was taken of an act that can be done in several: in one word, to go before whose."""


ABOUT: dict[type[c.Command], Callable[[Any], str]] = {
    c.CoverPromise: lambda given: str(given.promise),
    c.DeclinePromise: lambda given: str(given.promise),
    c.ReconcilePromise: lambda given: str(given.promise),
    c.ChooseEstimate: lambda given: str(given.package),
    c.NameParty: lambda given: str(given.party),
    c.AgreeExpectations: lambda given: str(given.role),
    c.DeliverMilestone: lambda given: str(given.milestone),
    c.SubmitChange: lambda given: str(given.potential),
    c.DropPotentialChange: lambda given: str(given.potential),
    c.ReviseChange: lambda given: f"C{given.n}",
}
"""What a command is about, where an act of its kind is about one thing among several."""


def does(command: c.Command | None, act: ActOwed) -> bool:
    """True for a command by which this very act may be done."""
    if command is None or not isinstance(command, DOES[act.kind]):
        return False
    about = ABOUT.get(type(command))
    return about is None or about(command) == act.subject
