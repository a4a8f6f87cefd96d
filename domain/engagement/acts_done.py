"""By which commands an act owed is done, in whatever face they are given."""

from domain.acts import ActKind, ActOwed
from domain.engagement import commands as c

DOES: dict[ActKind, tuple[type[c.Command], ...]] = {
    ActKind.RECORD_NEEDS: (c.RecordNeeds,),
    ActKind.RESTATE_NEEDS: (c.RestateNeeds,),
    ActKind.COVER_PROMISE: (c.CoverPromise, c.DeclinePromise),
    ActKind.SET_SCOPE: (c.SetWorkPackages,),
    ActKind.ANSWER_RETURN: (c.SetWorkPackages,),
    ActKind.CHOOSE_ESTIMATE: (c.ChooseEstimate,),
    ActKind.PROPOSE_PRICE: (c.ProposePrice,),
    ActKind.SET_MILESTONES: (c.SetMilestones,),
    ActKind.DRAFT_SOW: (c.DraftDocument,),
    ActKind.SEND_SOW: (c.SendDocument,),
    ActKind.NAME_CLIENT_PERSON: (c.NameParty,),
    ActKind.SET_REQUIREMENTS: (c.SetRequirements,),
    ActKind.DRAFT_BRD: (c.DraftDocument,),
    ActKind.SEND_BRD: (c.SendDocument,),
    ActKind.OFFER_HANDOFF: (c.OfferHandoff,),
    ActKind.DELIVER_MILESTONE: (c.DeliverMilestone,),
    ActKind.RECORD_HOURS: (c.ReportHours,),
    ActKind.SUBMIT_CHANGE: (c.SubmitChange, c.DropPotentialChange),
    ActKind.REVISE_CHANGE: (c.ReviseChange,),
    ActKind.RECONCILE_PROMISE: (c.ReconcilePromise,),
    ActKind.CLOSE: (c.CloseEngagement,),
    ActKind.RESOLVE_HOLD: (c.ResumeEngagement, c.HoldEngagement, c.LoseDeal, c.CancelEngagement),
}
"""By which commands an act owed is done: whoever stands in for its owner gives these by the owner's role."""


def does(command: c.Command | None, act: ActOwed) -> bool:
    """True for a command by which this act may be done."""
    return command is not None and isinstance(command, DOES[act.kind])
