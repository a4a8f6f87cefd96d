"""What may be asked of an engagement, in the imperative. Who may ask for it stands in `permissions.py`.

Facts of the directory travel with a command (`person`, `people`): the application takes them from the
directory, so that the engagement decides from data alone.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from domain.asks import Answer, Condition, Shown
from domain.capacity import Reckoning
from domain.directory import Client
from domain.engagement.change_facts import ChangeFacts, ChangeLine
from domain.engagement.state import (
    DocumentKind,
    Expectation,
    Expectations,
    External,
    Ids,
    Milestone,
    Need,
    PreparedRequirement,
    PriceWish,
    Promise,
    Purchase,
    Requirement,
    Waiver,
    WorkPackage,
)
from domain.estimating import ThreePoints
from domain.limits import (
    MOST_CONTINGENCY,
    MOST_ROWS,
    MOST_SAID_OF_A_MILESTONE,
    MOST_SAID_OF_A_PACKAGE,
    MOST_TEXTS,
    MOST_WHY_NOT,
)
from domain.people import Absence, Delegation, Introduction, Person, RateCard
from domain.playbook import Kind, Playbook
from domain.values import (
    CURRENCY_FORM,
    ENGAGEMENT_FORM,
    Day,
    Digest,
    Hours,
    ItemId,
    Money,
    Name,
    Percent,
    PersonId,
    RoleName,
    Truth,
    Value,
    Whole,
)
from domain.words import Line, OwnWords, Pinned, Told, Words, in_bytes, require_bytes
from domain.working_time import Calendar

ShortWords = Annotated[OwnWords, AfterValidator(in_bytes(MOST_WHY_NOT))]
MilestoneNote = Annotated[Words, AfterValidator(in_bytes(MOST_SAID_OF_A_MILESTONE))]
Few = Field(min_length=1, max_length=MOST_ROWS)


class Command(Value):
    """Base of all commands."""


class StartDeal(Command):
    """Opens an engagement. `people` is everybody of the firm's positions and of the client, and those named."""

    kind: Literal["StartDeal"] = "StartDeal"
    id: Annotated[str, Field(pattern=ENGAGEMENT_FORM)]
    form: Kind
    title: Line
    client: Line
    vertical: Name | None = None
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    salesperson: PersonId
    provider_sponsor: PersonId
    client_sponsor: PersonId
    client_signatory: PersonId
    wished_start: Day
    wished_end: Day
    wished_value: Annotated[Money, Field(ge=0)] | None = None
    playbook: Pinned[Playbook]
    rate_card: RateCard
    capacity: dict[Name, Hours] = {}
    people: tuple[Person, ...]
    calendars: tuple[Calendar, ...]
    positions: dict[Name, PersonId]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    directory: Annotated[Whole, Field(ge=0)] = 0
    """The version of the directory that all this was taken from."""
    client_to_confirm: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client, where sales added it and finance has not confirmed it."""
    needs: Annotated[tuple[Need, ...], Field(max_length=MOST_ROWS)] = ()
    promises: Annotated[tuple[Promise, ...], Field(max_length=MOST_ROWS)] = ()
    packages: Annotated[tuple[WorkPackage, ...], Field(max_length=MOST_ROWS)] = ()
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=MOST_ROWS)] = ()
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MOST_ROWS)] = ()
    requirements: Annotated[tuple[PreparedRequirement, ...], Field(max_length=MOST_ROWS)] = ()
    """What the seller has of them: the business analyst takes it, or sets their own."""
    price: PriceWish | None = None
    external: External | None = None
    firm: Annotated[Line | None, Field(exclude_if=lambda firm: firm is None)] = None
    """What the provider is called, as the directory has it."""
    homes: dict[ItemId, Ids] = {}
    """By promise the packages and milestones that name it: its home from the start."""


class RecordNeeds(Command):
    """Adds needs, or corrects those whose id exists."""

    kind: Literal["RecordNeeds"] = "RecordNeeds"
    needs: Annotated[tuple[Need, ...], Few]


class RestateNeeds(Command):
    """Asks the client's sponsor whether the needs are rightly understood."""

    kind: Literal["RestateNeeds"] = "RestateNeeds"


class RecordPromises(Command):
    kind: Literal["RecordPromises"] = "RecordPromises"
    promises: Annotated[tuple[Promise, ...], Few]
    introduces: Introduction = Introduction()
    """Who promised, as the directory knows them: any colleague may have."""


class CoverPromise(Command):
    """Says which items of the SOW (work packages, milestones) give a promise its home."""

    kind: Literal["CoverPromise"] = "CoverPromise"
    promise: ItemId
    by: Annotated[Ids, Field(min_length=1)]


class DeclinePromise(Command):
    """Takes a promise back: the client must acknowledge it."""

    kind: Literal["DeclinePromise"] = "DeclinePromise"
    promise: ItemId
    reason: OwnWords


class ReconcilePromise(Command):
    """Says at the close whether a promise was kept, and if not, why."""

    kind: Literal["ReconcilePromise"] = "ReconcilePromise"
    promise: ItemId
    delivered: Truth
    why_not: ShortWords | None = None


class Surroundings(Command):
    """A person with what the directory says of them and of those who stand in for them."""

    person: Person
    stand_ins: tuple[Person, ...] = ()
    """Delegates and deputy of the person, who may be asked in their place."""
    calendars: tuple[Calendar, ...] = ()
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()


class Newcomer(Surroundings):
    """A person for a role."""

    role: RoleName


class ProposeHolder(Newcomer):
    kind: Literal["ProposeHolder"] = "ProposeHolder"
    expectations: Expectations = ()
    waiver: Waiver | None = None
    until: Day | None = None
    """Held until this day begins; a second role of the project manager always is."""
    further: Truth = False
    """For experts: beside the holder, not in their place."""


class ReplaceHolder(Newcomer):
    """Has a successor asked; the holder stays until they accept, and with a last day beside them until then."""

    kind: Literal["ReplaceHolder"] = "ReplaceHolder"
    reason: OwnWords
    last_day: Day | None = None
    """Of the holder of now, included, whether a successor has accepted by then or not."""
    expectations: Expectations = ()
    waiver: Waiver | None = None


class ReleaseRole(Command):
    kind: Literal["ReleaseRole"] = "ReleaseRole"
    role: RoleName
    reason: OwnWords


class RequestRole(Newcomer):
    """A colleague asks, in their own words, to hold a vacant role; its head allows it."""

    kind: Literal["RequestRole"] = "RequestRole"
    words: OwnWords
    until: Day | None = None


class AgreeExpectations(Command):
    """Puts what is expected of a role's holder to the client, to be confirmed."""

    kind: Literal["AgreeExpectations"] = "AgreeExpectations"
    role: RoleName
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1, max_length=20)]


class NameParty(Surroundings):
    """Names another sponsor, signatory or counterpart: parties of the deal, who hold no role of the playbook."""

    kind: Literal["NameParty"] = "NameParty"
    party: Literal["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]
    reason: OwnWords


class TakeDirectory(Command):
    """What the directory says now of the people known here: who left, who is away, who stands in, who heads what.

    `people` are those who changed, and whoever stands in for somebody; all else is said of everybody known here.
    """

    kind: Literal["TakeDirectory"] = "TakeDirectory"
    version: Annotated[Whole, Field(ge=1)]
    people: tuple[Person, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    positions: dict[Name, PersonId]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    client: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client, where it is to be confirmed otherwise than is known here, or is confirmed now."""
    client_name: Annotated[Line | None, Field(exclude_if=lambda name: name is None)] = None
    """What the client is called now, where that is not what it was called here."""
    because: Words


class SetWorkPackages(Command):
    """The whole scope, in place of what it was."""

    kind: Literal["SetWorkPackages"] = "SetWorkPackages"
    packages: Annotated[tuple[WorkPackage, ...], Few]


class MoveDates(Command):
    """Wishes for other dates."""

    kind: Literal["MoveDates"] = "MoveDates"
    start: Day
    end: Day


class KeepDates(Command):
    """Keeps the wished dates although they cannot be staffed, and says why."""

    kind: Literal["KeepDates"] = "KeepDates"
    reason: OwnWords


class SetMilestones(Command):
    kind: Literal["SetMilestones"] = "SetMilestones"
    milestones: Annotated[tuple[Milestone, ...], Few]


class SetRequirements(Command):
    kind: Literal["SetRequirements"] = "SetRequirements"
    requirements: Annotated[tuple[Requirement, ...], Few]


class TakeRequirements(Command):
    """Sets the requirements as the deal began with them."""

    kind: Literal["TakeRequirements"] = "TakeRequirements"


class SetPurchases(Command):
    kind: Literal["SetPurchases"] = "SetPurchases"
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MOST_ROWS)]


class GivenHours(Value):
    """An expert's three points, with what they assume and fear; where nothing is said of that, it stays as it was."""

    hours: ThreePoints
    assumptions: Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)] | None = None
    risks: Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)] | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        texts = (*(self.assumptions or ()), *(self.risks or ()))
        require_bytes(texts, MOST_SAID_OF_A_PACKAGE, "assumptions and risks of a package")
        return self


class PackageHours(GivenHours):
    """The hours for one package."""

    package: ItemId
    known: Annotated[str, Field(max_length=64, exclude_if=lambda hours: hours is None)] | None = None
    """What they had given when they were shown it, as a form has it: `40/60/100`, or nothing. Hours given since are
    not written over. None: they were shown none.
    """


class GiveEstimate(Command):
    kind: Literal["GiveEstimate"] = "GiveEstimate"
    shown: Shown | None = None
    """What they estimated by, where they were shown an ask: it must stand as it was."""
    estimates: Annotated[tuple[PackageHours, ...], Few]
    reason: OwnWords | None = None
    """Why hours behind which delivery stands already are other now."""


class ChooseEstimate(Command):
    """The lead takes one of several estimates of a package, or states a merge of them."""

    kind: Literal["ChooseEstimate"] = "ChooseEstimate"
    package: ItemId
    hours: ThreePoints
    statement: OwnWords


class TakeRateCard(Command):
    """Takes the directory's newer rate card: estimate and price are then asked again."""

    kind: Literal["TakeRateCard"] = "TakeRateCard"
    rate_card: RateCard


class ProposePrice(Command):
    """Terms of a price; in house it is a transfer at cost, with expenses alone."""

    kind: Literal["ProposePrice"] = "ProposePrice"
    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=MOST_CONTINGENCY)] | None = None
    expenses: Annotated[Money, Field(ge=0)] = Decimal()
    payment: Words | None = None
    internal_transfer: Truth = False


class DraftDocument(Command):
    """A new revision, rendered from the record by the application: its hashes, and what it was drawn from."""

    kind: Literal["DraftDocument"] = "DraftDocument"
    document: DocumentKind
    source: Digest
    rendered: Digest
    basis: Digest
    as_before: Digest | None = None
    """What `source` would be under the number of the revision that stands: equal to it where nothing changed."""


class SendDocument(Command):
    """Puts the revision approved inside before those who sign."""

    kind: Literal["SendDocument"] = "SendDocument"
    document: DocumentKind


class ExtendOffer(Command):
    """Lets the SOW that was sent stand until another day."""

    kind: Literal["ExtendOffer"] = "ExtendOffer"
    until: Day


class OfferHandoff(Command):
    kind: Literal["OfferHandoff"] = "OfferHandoff"
    plan: OwnWords


class DeliverMilestone(Command):
    kind: Literal["DeliverMilestone"] = "DeliverMilestone"
    milestone: ItemId
    note: MilestoneNote | None = None


class TakeMilestoneBack(Command):
    """Says that a milestone was delivered by mistake, before the client has answered."""

    kind: Literal["TakeMilestoneBack"] = "TakeMilestoneBack"
    milestone: ItemId
    reason: ShortWords


class BillMilestone(Command):
    """Has finance asked once more to bill a milestone with which, they had said, nothing was due."""

    kind: Literal["BillMilestone"] = "BillMilestone"
    milestone: ItemId


class SubmitChange(Command):
    kind: Literal["SubmitChange"] = "SubmitChange"
    change: ChangeFacts
    potential: ItemId | None = None
    """The potential change that it was before (K1)."""


class ReviseChange(Command):
    """Submits a change anew, or corrects what it says; it is routed again."""

    kind: Literal["ReviseChange"] = "ReviseChange"
    n: Annotated[Whole, Field(ge=1)]
    change: ChangeFacts


class RecordPotentialChange(Command):
    """Notes a "can we also…" before it is anything else."""

    kind: Literal["RecordPotentialChange"] = "RecordPotentialChange"
    text: OwnWords
    link: Line | None = None


class DropPotentialChange(Command):
    """Says that a potential change becomes no change order after all."""

    kind: Literal["DropPotentialChange"] = "DropPotentialChange"
    potential: ItemId
    reason: ShortWords


class HoursWorked(Value):
    """All hours worked so far on a package (W1) or a change (C1)."""

    item: ItemId
    hours: Hours


class ReportHours(Command):
    kind: Literal["ReportHours"] = "ReportHours"
    hours: Annotated[tuple[HoursWorked, ...], Few]


class RecordContact(Command):
    kind: Literal["RecordContact"] = "RecordContact"
    person: PersonId
    summary: OwnWords


class AskPulse(Command):
    """Asks a client person how satisfied they are, beside the pulses that come by themselves."""

    kind: Literal["AskPulse"] = "AskPulse"
    at: ItemId
    person: PersonId


class RaiseComplaint(Command):
    """A complaint of the client; `person`: who of them complained, who is told what becomes of it."""

    kind: Literal["RaiseComplaint"] = "RaiseComplaint"
    text: OwnWords
    person: PersonId | None = None


class WithdrawComplaint(Command):
    """Says that a complaint was recorded by mistake, before it is planned what is done about it."""

    kind: Literal["WithdrawComplaint"] = "WithdrawComplaint"
    complaint: ItemId
    reason: ShortWords


class CompleteTask(Command):
    kind: Literal["CompleteTask"] = "CompleteTask"
    task: Annotated[str, Field(max_length=16)]
    note: ShortWords


class AnswerAsk(Command):
    kind: Literal["AnswerAsk"] = "AnswerAsk"
    ask: Annotated[str, Field(max_length=64)]
    answer: Answer
    subject_hash: Digest
    reckoned: Reckoning | None = None
    """For staffing: what the read side reckoned at that moment. Nobody who answers can say it themselves."""
    introduces: Introduction = Introduction()
    """Who is to meet the conditions, as the directory knows them: any colleague may."""


class GiveInformation(Command):
    kind: Literal["GiveInformation"] = "GiveInformation"
    ask: Annotated[str, Field(max_length=64)]
    text: Words


class DelegateAsk(Command):
    kind: Literal["DelegateAsk"] = "DelegateAsk"
    ask: Annotated[str, Field(max_length=64)]
    to: PersonId
    introduces: Introduction = Introduction()
    """They, as the directory knows them."""


class HoldEngagement(Command):
    """Stops all clocks until a day; on hold already: until another day."""

    kind: Literal["HoldEngagement"] = "HoldEngagement"
    reason: OwnWords
    until: Day


class ResumeEngagement(Command):
    kind: Literal["ResumeEngagement"] = "ResumeEngagement"


class LoseDeal(Command):
    kind: Literal["LoseDeal"] = "LoseDeal"
    reason: OwnWords


class CancelEngagement(Command):
    kind: Literal["CancelEngagement"] = "CancelEngagement"
    reason: OwnWords


class CloseEngagement(Command):
    kind: Literal["CloseEngagement"] = "CloseEngagement"
    lessons: Words | None = None


class TakePlaybook(Command):
    """Moves a running engagement to a newer playbook."""

    kind: Literal["TakePlaybook"] = "TakePlaybook"
    playbook: Pinned[Playbook]


class ReportChange(Command):
    """What a change order's own workflow says of itself; `report` counts up, so that a repeat is known."""

    kind: Literal["ReportChange"] = "ReportChange"
    n: int
    revision: int
    report: int
    status: Literal["introduced", "attested", "returned", "approved", "rejected", "withdrawn"]
    work: tuple[ChangeLine, ...] = ()
    conditions: tuple[Condition, ...] = ()
    conditions_by: tuple[PersonId, ...] = ()
    """With whose yes each came."""
    returned_by: Annotated[str, Field(max_length=64)] | None = None
    """The ask whose answer sent it back."""
    returned_because: Told | None = None
    introduces: Introduction = Introduction()
    """Who was named in the change order and may not be known here yet."""
    chain: tuple[str, str] | None = None


AnyCommand = Annotated[
    RecordNeeds
    | RestateNeeds
    | RecordPromises
    | CoverPromise
    | DeclinePromise
    | ReconcilePromise
    | ProposeHolder
    | ReplaceHolder
    | ReleaseRole
    | RequestRole
    | AgreeExpectations
    | NameParty
    | TakeDirectory
    | SetWorkPackages
    | MoveDates
    | KeepDates
    | SetMilestones
    | SetRequirements
    | TakeRequirements
    | SetPurchases
    | GiveEstimate
    | ChooseEstimate
    | TakeRateCard
    | ProposePrice
    | DraftDocument
    | SendDocument
    | ExtendOffer
    | OfferHandoff
    | DeliverMilestone
    | TakeMilestoneBack
    | BillMilestone
    | SubmitChange
    | ReviseChange
    | RecordPotentialChange
    | DropPotentialChange
    | ReportHours
    | RecordContact
    | AskPulse
    | RaiseComplaint
    | WithdrawComplaint
    | CompleteTask
    | AnswerAsk
    | GiveInformation
    | DelegateAsk
    | HoldEngagement
    | ResumeEngagement
    | LoseDeal
    | CancelEngagement
    | CloseEngagement
    | TakePlaybook
    | ReportChange,
    Field(discriminator="kind"),
]
