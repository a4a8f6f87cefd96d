"""What a command did, in sentences: which facts its sender reads about, and in which words.

Clocks, reminders and whose turn it is now are left out: the next steps that follow say these.
"""

from collections.abc import Iterable

# What the sender of a command reads of each kind of fact.
HAPPENED: dict[str, str] = {
    "EngagementStarted": "The deal is started",
    "EngagementEnded": "The engagement has ended",
    "EngagementHeld": "The engagement is on hold",
    "EngagementResumed": "The engagement continues",
    "EngagementReconciled": "Promises, purchases, needs and deliveries are reconciled",
    "VoteCast": "The answer is recorded",
    "InformationAsked": "A question is asked back",
    "InformationGiven": "The question is answered",
    "QuestionDropped": "An open question was withdrawn",
    "StandInAsked": "A stand-in is asked too",
    "FinalAuthorityAsked": "The final authority is asked",
    "VoterReplaced": "Somebody else is asked now",
    "VoterDropped": "Somebody is no longer asked",
    "VoterSeated": "Somebody can now be asked for a role",
    "NeedsRecorded": "The needs are recorded",
    "NeedsConfirmed": "The needs are confirmed",
    "PromisesRecorded": "The promises are recorded",
    "PromiseCovered": "The promise is covered",
    "PromiseDeclined": "The promise is declined",
    "DeclineAcknowledged": "The client has acknowledged that a promise is declined",
    "PromiseReconciled": "What became of the promise is recorded",
    "ProposalEnded": "A proposal for a role has ended",
    "RoleAccepted": "The role is accepted",
    "RoleReleased": "The role is given up",
    "ExpertLeft": "An expert no longer estimates here",
    "ReplacementSought": "A successor is being sought",
    "SuccessorRefused": "A successor could not take the role",
    "HandoverEnded": "A role has changed hands",
    "ExpectationsAgreed": "What is expected of the role is recorded",
    "PartyNamed": "The person is named",
    "ClientConfirmed": "The new client is confirmed",
    "DirectoryTaken": "The engagement has the latest directory",
    "VacancyClosed": "A vacant role is filled",
    "TasksOpened": "Conditions have been set",
    "TaskReassigned": "A condition has another owner",
    "TaskCompleted": "The condition is met",
    "ScopeSet": "The work packages are set",
    "MilestonesSet": "The milestones are set",
    "RequirementsSet": "The requirements are set",
    "RequirementsPrepared": "The requirements are prepared for the business analyst",
    "PurchasesSet": "The purchases are set",
    "EstimateGiven": "The hours are given",
    "PackagesReturned": "Packages go back to the seller, to be split or clarified",
    "EstimatesVoided": "Hours that were returned, or whose package changed, no longer count",
    "EstimateChosen": "The hours of a package are chosen",
    "EstimateAttested": "The hours that were asked about are attested",
    "AttestationVoided": "The estimate must be attested again",
    "StaffingAnswered": "The staffing is answered",
    "DatesMoved": "The requested dates are moved",
    "DatesKept": "The requested dates are kept, with the reason",
    "RateCardTaken": "The current rate card is taken",
    "PlaybookTaken": "The newer playbook is taken",
    "PriceProposed": "The price is proposed",
    "DealDecided": "The deal is decided",
    "DecisionVoided": "The deal must be decided again",
    "DocumentDrafted": "A new revision is drafted",
    "DocumentSigned": "The signature under the document is recorded",
    "HandoffOffered": "The handoff is offered",
    "HandoffAccepted": "The handoff is accepted",
    "MilestoneTakenBack": "The milestone is taken back, and the client is told",
    "ChangeRouted": "The change is on its way to those who approve it",
    "PotentialChangeRecorded": "The potential change is noted",
    "PotentialChangeWanted": "It will become a change order",
    "PotentialChangeBecame": "The potential change has become a change order",
    "PotentialChangeDropped": "The potential change is dropped",
    "HoursReported": "The hours are recorded",
    "ContactRecorded": "The contact is recorded",
    "PulseTaken": "The pulse is recorded",
    "ComplaintRaised": "The complaint is recorded",
    "ComplaintWithdrawn": "The complaint is withdrawn, and whoever complained is told",
    "NeedMeasured": "The result for a need is recorded",
    "CareAccepted": "Customer care has taken over",
    "AskedAtClose": "The client was asked how it went",
    "SoldForAnother": "You did this for the seller, so from now on you cannot judge anything in this deal",
    "CommissionFellDue": "Commission is due",
    "OrderStarted": "The change order is submitted",
    "LinesEstimated": "The hours of the change are given",
    "DeliveryApproved": "Delivery has approved the change",
    "ApprovedInside": "All internal approvers have approved the change",
    "OrderSigned": "The signature under the change is recorded",
}

# The same for more than one, if worded differently.
SEVERAL: dict[str, str] = {
    "PromiseCovered": "The promises are covered",
    "PromiseDeclined": "The promises are declined",
    "PromiseReconciled": "What became of the promises is recorded",
    "RoleAccepted": "The roles are accepted",
    "RoleReleased": "The roles are given up",
    "VacancyClosed": "Vacant roles are filled",
    "EstimateChosen": "The hours of the packages are chosen",
    "EstimateGiven": "The hours are given",
    "TaskReassigned": "Conditions have other owners",
    "TaskCompleted": "The conditions are met",
}

# What clocks, the ladder and the record do by themselves.
UNSAID = frozenset(
    [
        "PeriodBegan",
        "PeriodEnded",
        "PeopleIntroduced",
        "ClockStopped",
        "ClockStarted",
        "AskReminded",
        "StandInLeft",
        "AskEscalated",
        "FactsVoided",
        "OrderMended",
        "VacancyCauseChanged",
        "VacancyEscalated",
        "VacancyCovered",
        "VacancyClocksSet",
        "ActOpened",
        "ActReminded",
        "ActEscalated",
        "ActCovered",
        "ActClockSet",
        "ActEnded",
        "TaskCovered",
        "TaskClockSet",
        "TaskReminded",
        "TaskEscalated",
        "FollowupSet",
        "FollowupDue",
        "BriefTaken",
        "ReportMade",
    ]
)

# What the next steps, or sentences with its figures, say better: who is asked now, until when, how far it all is.
SAID_BY_STEPS = frozenset(
    [
        "StageEntered",
        "AskOpened",
        "AskEnded",
        "HolderProposed",
        "VacancyOpened",
        "PriceStatusChanged",
        "DocumentStatusChanged",
        "OfferExpirySet",
        "MilestoneStatusChanged",
        "ChangeStatusChanged",
        "OrderStatusChanged",
    ]
)


# How the record names each of these, beside the sentences above.
ON_RECORD: dict[str, str] = {
    "PeriodBegan": "Time was counted from here",
    "PeriodEnded": "Time was counted until here",
    "PeopleIntroduced": "People joined the engagement",
    "ClockStopped": "A deadline is paused",
    "ClockStarted": "A deadline runs on",
    "AskReminded": "Somebody was reminded of a decision",
    "StandInLeft": "A stand-in is no longer asked",
    "AskEscalated": "A decision was escalated",
    "FactsVoided": "Facts were voided after a failure",
    "OrderMended": "A change order was mended after a failure",
    "VacancyCauseChanged": "A vacancy has another cause",
    "VacancyEscalated": "A vacancy was escalated",
    "VacancyCovered": "A vacancy is covered for the time being",
    "VacancyClocksSet": "The deadlines of vacancies were set",
    "ActOpened": "A next step is owed",
    "ActReminded": "Somebody was reminded of a next step",
    "ActEscalated": "A next step was escalated",
    "ActCovered": "Somebody stands in for a next step",
    "ActClockSet": "The deadline of a next step was set",
    "ActEnded": "A next step is no longer owed",
    "TaskCovered": "Somebody stands in for a condition",
    "TaskClockSet": "The deadline of a condition was set",
    "TaskReminded": "Somebody was reminded of a condition",
    "TaskEscalated": "A condition was escalated",
    "FollowupSet": "A follow-up was scheduled",
    "FollowupDue": "A follow-up fell due",
    "BriefTaken": "A change order learned of news in its engagement",
    "ReportMade": "A change order reported to its engagement",
    "StageEntered": "The engagement is at another stage",
    "AskOpened": "A decision was asked for",
    "AskEnded": "A decision was made",
    "HolderProposed": "Somebody was proposed for a role",
    "VacancyOpened": "A role is vacant",
    "PriceStatusChanged": "The price has another status",
    "DocumentStatusChanged": "A document has another status",
    "OfferExpirySet": "The offer was given a last day",
    "MilestoneStatusChanged": "A milestone has another status",
    "ChangeStatusChanged": "A change order has another status in the register",
    "OrderStatusChanged": "A change order has another status",
}


def on_record(kind: str) -> str:
    """A kind of fact as people read it in the record, without a full stop."""
    return HAPPENED.get(kind) or ON_RECORD.get(kind) or "A newer version recorded something"


def _said(kind: str, times: int) -> str:
    return SEVERAL.get(kind, HAPPENED[kind]) if times > 1 else HAPPENED[kind]


def happened_text(kinds: Iterable[str]) -> str:
    """What a command did, each thing once, in order; `Nothing changed.` if nothing did."""
    kinds = tuple(kinds)
    said = dict.fromkeys(_said(kind, kinds.count(kind)) for kind in kinds if kind in HAPPENED)
    changed = any(kind not in UNSAID for kind in kinds)  # a newer version has kinds that are not known here
    return " ".join(f"{sentence}." for sentence in said) or ("Done." if changed else "Nothing changed.")
