"""What happened to an engagement, in the past tense. Each fact knows what it does to the state."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.ask_events import AnyAskEvent
from domain.asks import AskKind, given_and_owed, listed
from domain.engagement.act_events import AnyActEvent
from domain.engagement.milestone_dates import told_outside
from domain.engagement.role_events import AnyRoleEvent
from domain.engagement.state import (
    CAPACITY,
    Attestation,
    Change,
    ChangeStatus,
    Choice,
    ClientConfirmation,
    Closing,
    Contact,
    DealDecision,
    Document,
    DocumentKind,
    DocumentStatus,
    Engagement,
    Estimate,
    Followup,
    Hold,
    Ids,
    Kept,
    Milestone,
    MilestoneStatus,
    Need,
    PotentialChange,
    PreparedRequirement,
    Price,
    PriceStatus,
    Promise,
    Pulse,
    Purchase,
    Requirement,
    ReturnedPackage,
    Signature,
    Staffing,
    Task,
    UndoneChoice,
    WorkPackage,
)
from domain.estimating import likely_slip
from domain.limits import MAX_KEPT_OF_WORDS, MOST_KEPT_OF_A_RETURN
from domain.people import RateCard
from domain.playbook import Playbook, Stage
from domain.pricing import shown
from domain.turn import Event
from domain.values import Amount, Day, Digest, Hours, ItemId, Moment, PersonId, Truth, digest
from domain.words import Pinned, Told, Words, bytes_of, sentence, shortened
from domain.working_time import Clock, day_shown

MUCH_MORE = 2
"""How many times the hours that were sold look like a slip where they are first passed."""
KEPT_DONE = 20
"""So many conditions that were met stay, and potential changes that were settled: the ledger has all of them."""
KEPT_CONTACTS = 100
MOST_KEPT_OF_CONTACTS = 64 * 1024
"""Bytes of what was said in the contacts that stay; the ledger has all of them."""

MOST_SAID = 5
"""Figures that are told one by one of what one command corrected; of more it says how many."""


class EngagementStarted(Event):
    """The first fact: the engagement as it was opened."""

    kind: Literal["EngagementStarted"] = "EngagementStarted"
    engagement: Engagement

    def evolve(self, state: Engagement) -> Engagement:  # noqa: ARG002 -- nothing stood before
        return self.engagement


class RecordMended(Event):
    """Facts from `first` to `last` count for nothing: the engagement stands as it did before them.

    They were written by a worker that was lost before the engine knew of them, and whoever caused them got no answer.
    """

    kind: Literal["RecordMended"] = "RecordMended"
    first: int
    last: int
    engagement: Engagement

    def evolve(self, state: Engagement) -> Engagement:  # noqa: ARG002 -- what stood before is void
        return self.engagement


class StageEntered(Event):
    """The first gate that is not open is now this one; upstream changes may bring an earlier one back."""

    kind: Literal["StageEntered"] = "StageEntered"
    stage: Stage

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(stage=self.stage, qualified=state.qualified or self.stage is not Stage.QUALIFY)


class EngagementEnded(Event):
    """Lost, cancelled or closed."""

    kind: Literal["EngagementEnded"] = "EngagementEnded"
    stage: Stage
    because: Told | None = None

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(stage=self.stage, ended_because=self.because, vacancies={}, proposals={}, followups=())


class EngagementHeld(Event):
    kind: Literal["EngagementHeld"] = "EngagementHeld"
    hold: Hold

    @property
    def said(self) -> tuple[str, ...]:
        """Until when, to whoever put it on hold."""
        return (f"On hold until {day_shown(self.hold.until)}; on that day it is resumed, extended or ended.",)

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(hold=self.hold)


class EngagementResumed(Event):
    kind: Literal["EngagementResumed"] = "EngagementResumed"

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(hold=None)


class NeedsRecorded(Event):
    kind: Literal["NeedsRecorded"] = "NeedsRecorded"
    needs: tuple[Need, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(needs={**state.needs, **{need.id: need for need in self.needs}})


class NeedsConfirmed(Event):
    kind: Literal["NeedsConfirmed"] = "NeedsConfirmed"
    hash: Digest

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(needs_confirmed=self.hash)


class ClientConfirmed(Event):
    """Finance confirmed the client that sales had added, as it was shown to them."""

    kind: Literal["ClientConfirmed"] = "ClientConfirmed"
    confirmation: ClientConfirmation

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(client_confirmed=self.confirmation)


class PromisesRecorded(Event):
    kind: Literal["PromisesRecorded"] = "PromisesRecorded"
    promises: tuple[Promise, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(promises={**state.promises, **{promise.id: promise for promise in self.promises}})


class PromiseCovered(Event):
    kind: Literal["PromiseCovered"] = "PromiseCovered"
    promise: ItemId
    by: Ids

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).having(covered_by=self.by, declined_because=None)
        return state.having(fates={**state.fates, self.promise: fate})


class PromiseDeclined(Event):
    kind: Literal["PromiseDeclined"] = "PromiseDeclined"
    promise: ItemId
    reason: Words

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).having(declined_because=self.reason, decline_acknowledged=False)
        return state.having(fates={**state.fates, self.promise: fate})


class DeclineAcknowledged(Event):
    kind: Literal["DeclineAcknowledged"] = "DeclineAcknowledged"
    promise: ItemId

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).having(decline_acknowledged=True)
        return state.having(fates={**state.fates, self.promise: fate})


class PromiseReconciled(Event):
    kind: Literal["PromiseReconciled"] = "PromiseReconciled"
    promise: ItemId
    delivered: bool
    why_not: Words | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """Which promise, and what is said of it."""
        why = f": {self.why_not}" if self.why_not else ""
        return (sentence(f"{self.promise} was {'kept' if self.delivered else f'not kept{why}'}"),)

    def evolve(self, state: Engagement) -> Engagement:
        fate = state.fate(self.promise).having(delivered=self.delivered, why_not=self.why_not)
        return state.having(fates={**state.fates, self.promise: fate})


class ScopeSet(Event):
    kind: Literal["ScopeSet"] = "ScopeSet"
    packages: tuple[WorkPackage, ...]

    def evolve(self, state: Engagement) -> Engagement:
        packages = {package.id: package for package in self.packages}
        returned = {name: one for name, one in state.returned.items() if packages.get(name) == state.packages[name]}
        return state.having(packages=packages, returned=returned)


class MilestonesSet(Event):
    kind: Literal["MilestonesSet"] = "MilestonesSet"
    milestones: tuple[Milestone, ...]
    wished_start: Day
    wished_end: Day

    @property
    def said(self) -> tuple[str, ...]:
        """Which of them lie outside the dates that were wished."""
        return tuple(told_outside(self.milestones, self.wished_start, self.wished_end))

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(milestones={milestone.id: milestone for milestone in self.milestones})


class RequirementsSet(Event):
    kind: Literal["RequirementsSet"] = "RequirementsSet"
    requirements: tuple[Requirement, ...]

    def evolve(self, state: Engagement) -> Engagement:
        rows = {requirement.id: requirement for requirement in self.requirements}
        return state.having(requirements=rows, prepared_requirements={})


class RequirementsPrepared(Event):
    """What the seller's file says of the requirements: nothing is in force of it before the analyst takes it."""

    kind: Literal["RequirementsPrepared"] = "RequirementsPrepared"
    requirements: tuple[PreparedRequirement, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(prepared_requirements={row.id: row for row in self.requirements})


class PurchasesSet(Event):
    kind: Literal["PurchasesSet"] = "PurchasesSet"
    purchases: tuple[Purchase, ...]

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(purchases={purchase.id: purchase for purchase in self.purchases})


class EstimateGiven(Event):
    """An expert's hours; they replace that expert's earlier ones for the same packages."""

    kind: Literal["EstimateGiven"] = "EstimateGiven"
    estimates: tuple[Estimate, ...]
    owed: Ids = ()
    """What was asked for together with these, and has no hours yet."""
    undoes: Ids = ()
    """Packages whose hours were chosen among those of before, and are to be chosen again."""
    because: Annotated[Words | None, Field(exclude_if=lambda why: why is None)] = None
    """Why they are other than those behind which delivery stood."""

    @property
    def said(self) -> tuple[str, ...]:
        """What is given and what is not, what looks like a slip, and what others are to do again because of it."""
        slips = (slip for one in self.estimates if (slip := likely_slip(one.package, one.hours)) is not None)
        again = f"The hours of {listed(self.undoes)} had been chosen: the delivery lead is asked to choose again."
        given = given_and_owed([estimate.package for estimate in self.estimates], self.owed)
        return (*given, *slips, *((again,) if self.undoes else ()))

    def evolve(self, state: Engagement) -> Engagement:
        given = {(estimate.package, estimate.by) for estimate in self.estimates}
        kept = tuple(e for e in state.estimates if (e.package, e.by) not in given)
        other = state.said_otherwise(self.estimates)
        choices = {k: v for k, v in state.choices.items() if k not in other}
        by = {one.package: one.by for one in self.estimates}
        undone = {k: UndoneChoice(choice=state.choices[k], by=by[k]) for k in self.undoes if k in state.choices}
        now = state.having(
            estimates=(*kept, *self.estimates),
            fallen=tuple(e for e in state.fallen if (e.package, e.by) not in given),
            returned={k: v for k, v in state.returned.items() if (k, v.by) not in given},
            choices=choices,
            undone={**state.undone, **undone},
        )
        return now.with_hours_heard()


class PackagesReturned(Event):
    """An expert sent some of the packages back that an ask showed; the others are asked on."""

    kind: Literal["PackagesReturned"] = "PackagesReturned"
    ask: str
    packages: Ids
    by: PersonId
    because: Words

    def evolve(self, state: Engagement) -> Engagement:
        facts, because = state.asks[self.ask].facts, shortened(self.because, MOST_KEPT_OF_A_RETURN)
        returned = {
            name: ReturnedPackage(ask=self.ask, by=self.by, because=because, shown=digest(facts[name]))
            for name in self.packages
        }
        return state.having(returned={**state.returned, **returned})


class EstimatesVoided(Event):
    """The packages changed after they were estimated, or their hours were returned: these count no more."""

    kind: Literal["EstimatesVoided"] = "EstimatesVoided"
    packages: Ids
    kept_to_show: Truth = False
    """True where whoever gave them is shown them when they are asked again; not in records of before that was so."""

    def evolve(self, state: Engagement) -> Engagement:
        kept = tuple(estimate for estimate in state.estimates if estimate.package not in self.packages)
        void = tuple(estimate for estimate in state.estimates if estimate.package in self.packages)
        choices = {k: v for k, v in state.choices.items() if k not in self.packages}
        undone = {k: v for k, v in state.undone.items() if k not in self.packages}
        returned = {k: v for k, v in state.returned.items() if k not in self.packages}
        now = state.having(estimates=kept, choices=choices, undone=undone, returned=returned)
        return now.having(fallen=_fallen(state, void)) if self.kept_to_show else now


def _fallen(state: Engagement, void: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    """What fell before and now, of packages that are still in the scope: the last of each expert."""
    now = {(estimate.package, estimate.by) for estimate in void}
    before = (estimate for estimate in state.fallen if (estimate.package, estimate.by) not in now)
    return tuple(estimate for estimate in (*before, *void) if estimate.package in state.packages)


class EstimateChosen(Event):
    kind: Literal["EstimateChosen"] = "EstimateChosen"
    choice: Choice

    def evolve(self, state: Engagement) -> Engagement:
        undone = {k: v for k, v in state.undone.items() if k != self.choice.package}
        return state.having(choices={**state.choices, self.choice.package: self.choice}, undone=undone)


class RateCardTaken(Event):
    kind: Literal["RateCardTaken"] = "RateCardTaken"
    rate_card: RateCard

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(rate_card=self.rate_card)


class PlaybookTaken(Event):
    kind: Literal["PlaybookTaken"] = "PlaybookTaken"
    playbook: Pinned[Playbook]

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(playbook=self.playbook)


class StaffingAnswered(Event):
    kind: Literal["StaffingAnswered"] = "StaffingAnswered"
    staffing: Staffing

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(staffing=self.staffing)


class DatesMoved(Event):
    """Other dates are wished for."""

    kind: Literal["DatesMoved"] = "DatesMoved"
    start: Day
    end: Day
    outside: tuple[str, ...] = ()
    """A sentence for each milestone that lies outside them."""

    @property
    def said(self) -> tuple[str, ...]:
        """Which milestones lie outside the dates now."""
        return self.outside

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(wished_start=self.start, wished_end=self.end)


class DatesKept(Event):
    """The wished dates stay although they cannot be staffed: why, and who says so."""

    kind: Literal["DatesKept"] = "DatesKept"
    reason: Words
    by: PersonId
    shown: Told | None = None
    """What whoever decides is shown of it beside the deal, which they do not decide; their votes stand."""

    def evolve(self, state: Engagement) -> Engagement:
        word = state.staffing
        kept = state.having(staffing=word.having(kept=Kept(by=self.by, reason=self.reason)) if word else None)
        if self.shown is None:
            return kept
        deciding = {
            ask.id: ask.having(beside={**ask.beside, CAPACITY: self.shown})
            for ask in state.open_asks(AskKind.DECIDE_DEAL)
        }
        return kept.having(asks={**state.asks, **deciding})


class EstimateAttested(Event):
    kind: Literal["EstimateAttested"] = "EstimateAttested"
    packages: dict[ItemId, Attestation]

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(attestations={**state.attestations, **self.packages})


class AttestationVoided(Event):
    kind: Literal["AttestationVoided"] = "AttestationVoided"
    packages: Ids

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(attestations={k: v for k, v in state.attestations.items() if k not in self.packages})


class PriceProposed(Event):
    kind: Literal["PriceProposed"] = "PriceProposed"
    price: Price

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(price=self.price)


class PriceStatusChanged(Event):
    """The price was approved, returned, or fell back to stale."""

    kind: Literal["PriceStatusChanged"] = "PriceStatusChanged"
    status: PriceStatus

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(price=state.price and state.price.having(status=self.status))


class DealDecided(Event):
    kind: Literal["DealDecided"] = "DealDecided"
    decision: DealDecision

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(decision=self.decision)


class DecisionVoided(Event):
    kind: Literal["DecisionVoided"] = "DecisionVoided"

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(decision=state.decision and state.decision.having(valid=False))


class DocumentDrafted(Event):
    kind: Literal["DocumentDrafted"] = "DocumentDrafted"
    document: Document
    is_as_before: Annotated[Truth, Field(exclude_if=lambda same: not same)] = False
    """True where it says what the revision before it said, which came back."""

    @property
    def said(self) -> tuple[str, ...]:
        """That nothing is other, to whoever drew it: who reviews it reads so too."""
        before = f"revision {self.document.revision - 1} of the {self.document.kind.upper()}, which came back"
        return (f"Nothing in it is other than in {before}.",) if self.is_as_before else ()

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(documents={**state.documents, self.document.kind: self.document})


class DocumentStatusChanged(Event):
    kind: Literal["DocumentStatusChanged"] = "DocumentStatusChanged"
    document: DocumentKind
    status: DocumentStatus
    because: Told | None = None
    """Why it is stale; None for each other status."""

    def evolve(self, state: Engagement) -> Engagement:
        changed = state.documents[self.document].having(status=self.status, stale_because=self.because)
        now = state.having(documents={**state.documents, self.document: changed})
        return now.having(fallen=()) if now.baseline_signed else now  # nobody gives hours for it any more


class OfferExpirySet(Event):
    """The SOW that was sent can be signed to the end of this day, where the engagement manager works."""

    kind: Literal["OfferExpirySet"] = "OfferExpirySet"
    document: DocumentKind = "sow"
    until: Day

    @property
    def said(self) -> tuple[str, ...]:
        """Until when the client can sign it."""
        return (f"It can be signed until {day_shown(self.until)}.",)

    def evolve(self, state: Engagement) -> Engagement:
        dated = state.documents[self.document].having(offered_until=self.until)
        signing = {
            ask.id: ask.having(beside=ask.beside | dated.beside_signing) for ask in state.open_asks(AskKind.SIGN_SOW)
        }
        return state.having(documents={**state.documents, self.document: dated}, asks={**state.asks, **signing})


class DocumentSigned(Event):
    kind: Literal["DocumentSigned"] = "DocumentSigned"
    document: DocumentKind
    signature: Signature

    def evolve(self, state: Engagement) -> Engagement:
        document = state.documents[self.document]
        signed = document.having(signatures=(*document.signatures, self.signature))
        return state.having(documents={**state.documents, self.document: signed})


class HandoffOffered(Event):
    kind: Literal["HandoffOffered"] = "HandoffOffered"
    plan: Words

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(plan=self.plan)


class HandoffAccepted(Event):
    kind: Literal["HandoffAccepted"] = "HandoffAccepted"
    at: Moment

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(handoff_accepted=True, hours_due_since=self.at)


class MilestoneMoved(Event):
    """A milestone was delivered, accepted, or sent back."""

    kind: Literal["MilestoneMoved"] = "MilestoneMoved"
    milestone: ItemId
    status: MilestoneStatus
    note: Words | None = None

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(milestone_status={**state.milestone_status, self.milestone: self.status})


class MilestoneTakenBack(Event):
    """What was said to be delivered is not, and the client is asked nothing about it any more."""

    kind: Literal["MilestoneTakenBack"] = "MilestoneTakenBack"
    milestone: ItemId
    reason: Words

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(milestone_status={**state.milestone_status, self.milestone: MilestoneStatus.PLANNED})


class ChangeRouted(Event):
    """A change was submitted, revised or re-reckoned, and this is its route now."""

    kind: Literal["ChangeRouted"] = "ChangeRouted"
    change: Change

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(changes={**state.changes, self.change.n: self.change})


class ChangeMoved(Event):
    """What the change order's own workflow reported, or its withdrawal."""

    kind: Literal["ChangeMoved"] = "ChangeMoved"
    n: int
    status: ChangeStatus
    report: int
    chain: tuple[str, str] | None = None
    reason: Words | None = None
    returned_by: str | None = None
    """The ask whose answer sent it back."""
    returned_because: Told | None = None
    milestones: dict[ItemId, Day] = {}
    """Where it is carried out: the day now of each milestone that it moves, which are those not accepted by then."""

    def evolve(self, state: Engagement) -> Engagement:
        change = state.changes[self.n]
        moved = change.having(
            status=self.status,
            last_report=self.report,
            chain=self.chain or change.chain,
            returned_by=self.returned_by,
            returned_because=self.returned_because,
            facts=change.facts if self.status.counts else change.facts.in_short(),
            signed_as=_signed_as(state, change) if self.status is ChangeStatus.APPROVED else 0,
        )
        before = {name: state.milestones[name] for name in self.milestones}
        return state.having(
            changes={**state.changes, self.n: moved},
            milestones=state.milestones | {name: one.having(due=self.milestones[name]) for name, one in before.items()},
            first_days={name: one.due for name, one in before.items()} | state.first_days,
        )


def _signed_as(state: Engagement, change: Change) -> int:
    """Its number among those that are signed, in the order in which they were."""
    return change.signed_as or 1 + sum(one.status is ChangeStatus.APPROVED for one in state.changes.values())


class PotentialChangeRecorded(Event):
    kind: Literal["PotentialChangeRecorded"] = "PotentialChangeRecorded"
    potential: PotentialChange

    def evolve(self, state: Engagement) -> Engagement:
        settled = [name for name in state.potential_changes if not state.is_pending(name)]
        gone = set(settled[: max(0, len(settled) - KEPT_DONE)])
        kept = {name: one for name, one in state.potential_changes.items() if name not in gone}
        potential = {**kept, self.potential.id: self.potential}
        return state.having(potential_changes=potential, potential_recorded=state.potential_recorded + 1)


class PotentialChangeWanted(Event):
    """It was decided that a potential change becomes a change order."""

    kind: Literal["PotentialChangeWanted"] = "PotentialChangeWanted"
    potential: ItemId

    def evolve(self, state: Engagement) -> Engagement:
        return _potential(state, state.potential_changes[self.potential].having(wanted=True))


class PotentialChangeBecame(Event):
    """A potential change was submitted as a change order."""

    kind: Literal["PotentialChangeBecame"] = "PotentialChangeBecame"
    potential: ItemId
    n: int

    def evolve(self, state: Engagement) -> Engagement:
        return _potential(state, state.potential_changes[self.potential].having(became=self.n))


class PotentialChangeDropped(Event):
    kind: Literal["PotentialChangeDropped"] = "PotentialChangeDropped"
    potential: ItemId
    reason: Words

    def evolve(self, state: Engagement) -> Engagement:
        return _potential(state, state.potential_changes[self.potential].having(dropped=True))


def _potential(state: Engagement, potential: PotentialChange) -> Engagement:
    return state.having(potential_changes={**state.potential_changes, potential.id: potential})


class HoursReported(Event):
    kind: Literal["HoursReported"] = "HoursReported"
    hours: dict[ItemId, Hours]
    at: Moment
    lowered: dict[ItemId, Hours] = {}
    """What stood before, of each item of which fewer hours are recorded now than were."""
    beyond: Annotated[dict[ItemId, Decimal], Field(exclude_if=lambda found: not found)] = {}
    """What was sold (P50), of each item of which more is recorded now."""
    removed: Annotated[dict[ItemId, int], Field(exclude_if=lambda found: not found)] = {}
    """By which change each of these packages is not to be done any more."""
    in_all: Annotated[tuple[Decimal, Decimal] | None, Field(exclude_if=lambda found: found is None)] = None
    """All hours recorded by now, and all that were sold."""
    passed: Annotated[Ids, Field(exclude_if=lambda found: not found)] = ()
    """Of what more is recorded than was sold for the first time now."""
    passed_in_all: Annotated[Truth, Field(exclude_if=lambda found: not found)] = False
    """The same of all together."""

    @property
    def said(self) -> tuple[str, ...]:
        """A correction downward is never silent, nor more hours than were sold: `W1: 40 h, was 60 h.`"""
        lower = [f"{item}: {self.hours[item]:f} h, was {was:f} h." for item, was in self.lowered.items()]
        over = [f"{item}: {self.hours[item]:f} h, {shown(sold)} h were sold." for item, sold in self.beyond.items()]
        over += [
            f"{item}: that is {self.hours[item] / sold:.1f} times what was sold; correct it if it is a slip."
            for item, sold in self.beyond.items()
            if sold and item in self.passed and self.hours[item] > MUCH_MORE * sold
        ]
        gone = [f"{item}: removed by change {n}." for item, n in self.removed.items()]
        whole = (
            [f"In all {shown(self.in_all[0])} h of {shown(self.in_all[1])} h that were sold."] if self.in_all else []
        )
        return (
            *_first(lower, "lower than before"),
            *_first(over, "beyond what was sold"),
            *_first(gone, "gone"),
            *whole,
        )

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(actual_hours={**state.actual_hours, **self.hours}, hours_due_since=self.at)


def _first(told: list[str], what: str) -> Iterator[str]:
    """The first of these sentences; of more it says how many."""
    yield from told[:MOST_SAID]
    if len(told) > MOST_SAID:
        yield f"And {len(told) - MOST_SAID} more are {what}."


class ContactRecorded(Event):
    kind: Literal["ContactRecorded"] = "ContactRecorded"
    contact: Contact

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(contacts=_newest((*state.contacts, self.contact)))


def _newest(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """The last contacts, as many as may stay."""
    size, kept = 0, 0
    for contact in reversed(contacts[-KEPT_CONTACTS:]):
        size += bytes_of(contact.summary)
        if size > MOST_KEPT_OF_CONTACTS:
            break
        kept += 1
    return contacts[len(contacts) - kept :]


class PulseTaken(Event):
    kind: Literal["PulseTaken"] = "PulseTaken"
    pulse: Pulse

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(pulses=(*state.pulses, self.pulse))


class FollowupSet(Event):
    """Something is owed at a later moment; it replaces what was set for the same thing."""

    kind: Literal["FollowupSet"] = "FollowupSet"
    followup: Followup

    def evolve(self, state: Engagement) -> Engagement:
        new = self.followup
        kept = tuple(f for f in state.followups if (f.kind, f.subject) != (new.kind, new.subject))
        return state.having(followups=(*kept, new))


class FollowupCame(Event):
    kind: Literal["FollowupCame"] = "FollowupCame"
    asks: AskKind
    subject: str

    def evolve(self, state: Engagement) -> Engagement:
        kept = tuple(f for f in state.followups if (f.kind, f.subject) != (self.asks, self.subject))
        return state.having(followups=kept)


class ComplaintRaised(Event):
    kind: Literal["ComplaintRaised"] = "ComplaintRaised"
    id: str
    text: Words
    person: Annotated[PersonId | None, Field(exclude_if=lambda who: who is None)] = None
    """Who of the client complained, where that was said."""

    def evolve(self, state: Engagement) -> Engagement:
        told = state.complained | ({self.id: self.person} if self.person is not None else {})
        kept = dict(list(told.items())[-KEPT_DONE:])
        return state.having(complaints=state.complaints + 1, complained=kept)


class ComplaintWithdrawn(Event):
    """It was recorded by mistake: nobody is asked about it any more."""

    kind: Literal["ComplaintWithdrawn"] = "ComplaintWithdrawn"
    id: str
    reason: Words

    def evolve(self, state: Engagement) -> Engagement:
        return state


class NeedMeasured(Event):
    kind: Literal["NeedMeasured"] = "NeedMeasured"
    need: ItemId
    value: Amount

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(measured={**state.measured, self.need: self.value})


class TasksOpened(Event):
    kind: Literal["TasksOpened"] = "TasksOpened"
    tasks: tuple[Task, ...]

    def evolve(self, state: Engagement) -> Engagement:
        tasks = {**state.tasks, **{task.id: task for task in self.tasks}}
        return state.having(tasks=tasks, tasks_opened=state.tasks_opened + len(self.tasks))


class TaskMoved(Event):
    """Whoever owned it, or answers for it since it is late, has left; it is now this person's, and its clock anew."""

    kind: Literal["TaskMoved"] = "TaskMoved"
    task: str
    owner: PersonId

    def evolve(self, state: Engagement) -> Engagement:
        moved = state.tasks[self.task].having(
            owner=self.owner, clock=None, reminded_at=None, rung=0, above=(), climbed_to=None, stand_ins=()
        )
        return state.having(tasks={**state.tasks, self.task: moved})


class TaskCovered(Event):
    """These, and nobody else, may meet a condition in its owner's place now."""

    kind: Literal["TaskCovered"] = "TaskCovered"
    task: str
    stand_ins: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task].having(stand_ins=self.stand_ins)
        return state.having(tasks={**state.tasks, self.task: task})


class TaskCompleted(Event):
    kind: Literal["TaskCompleted"] = "TaskCompleted"
    task: str
    note: Words

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task]
        text = shortened(task.text, MAX_KEPT_OF_WORDS)
        done = task.having(done=True, note=self.note, text=text, stand_ins=())
        others = {name: task for name, task in state.tasks.items() if name != self.task}
        return state.having(tasks=_without_those_long_done({**others, self.task: done}))


def _without_those_long_done(tasks: dict[str, Task]) -> dict[str, Task]:
    """The tasks without those done before the newest: an engagement does not grow by what was done in it."""
    done = [name for name, task in tasks.items() if task.done]
    gone = set(done[: max(0, len(done) - KEPT_DONE)])
    return {name: task for name, task in tasks.items() if name not in gone}


class TaskClockSet(Event):
    """Its working minutes run until its day, stand still while the engagement is on hold, and run on with it."""

    kind: Literal["TaskClockSet"] = "TaskClockSet"
    task: str
    clock: Clock
    due_minutes: int

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task].having(clock=self.clock, due_minutes=self.due_minutes)
        return state.having(tasks={**state.tasks, self.task: task})


class TaskReminded(Event):
    """Half the time of a task is over: its owner is told."""

    kind: Literal["TaskReminded"] = "TaskReminded"
    task: str
    people: tuple[PersonId, ...]
    at: Moment

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task].having(reminded_at=self.at)
        return state.having(tasks={**state.tasks, self.task: task})


class TaskClimbed(Event):
    """The ladder of a task stands one rung higher: `above` is whom it has reached by now, `told` who is told of it."""

    kind: Literal["TaskClimbed"] = "TaskClimbed"
    task: str
    rung: int = 0
    name: str = ""
    accountable: PersonId
    told: tuple[PersonId, ...]
    above: tuple[PersonId, ...] = ()

    def evolve(self, state: Engagement) -> Engagement:
        task = state.tasks[self.task]
        climbed_to = self.accountable if self.accountable != task.owner else None
        climbed = task.having(rung=self.rung, above=self.above, climbed_to=climbed_to)
        return state.having(tasks={**state.tasks, self.task: climbed})


class CareAccepted(Event):
    kind: Literal["CareAccepted"] = "CareAccepted"

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(care_accepted=True)


class AskedAtClose(Event):
    """The client was asked how they find it, and where each measured need stands: once, whatever is delivered later."""

    kind: Literal["AskedAtClose"] = "AskedAtClose"

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(asked_at_close=True)


class SoldForAnother(Event):
    """Somebody did for the seller what the seller does: they judge nothing of the deal from now on."""

    kind: Literal["SoldForAnother"] = "SoldForAnother"
    person: PersonId

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(sold_for=(*state.sold_for, self.person))


class CommissionFellDue(Event):
    """A part of the seller's commission is owed: planned at the signature, the rest (or less) at close."""

    kind: Literal["CommissionFellDue"] = "CommissionFellDue"
    seller: PersonId
    amount: Decimal
    of: Decimal

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(commission_paid=state.commission_paid + self.amount)


class EngagementReconciled(Event):
    """What the close reckoned."""

    kind: Literal["EngagementReconciled"] = "EngagementReconciled"
    closing: Closing

    def evolve(self, state: Engagement) -> Engagement:
        return state.having(closing=self.closing)


AnyEngagementEvent = Annotated[
    AnyAskEvent
    | EngagementStarted
    | RecordMended
    | StageEntered
    | EngagementEnded
    | EngagementHeld
    | EngagementResumed
    | NeedsRecorded
    | NeedsConfirmed
    | ClientConfirmed
    | PromisesRecorded
    | PromiseCovered
    | PromiseDeclined
    | DeclineAcknowledged
    | PromiseReconciled
    | AnyRoleEvent
    | AnyActEvent
    | TaskMoved
    | TaskCovered
    | ScopeSet
    | MilestonesSet
    | RequirementsSet
    | RequirementsPrepared
    | PurchasesSet
    | EstimateGiven
    | PackagesReturned
    | EstimatesVoided
    | EstimateChosen
    | RateCardTaken
    | PlaybookTaken
    | StaffingAnswered
    | DatesMoved
    | DatesKept
    | EstimateAttested
    | AttestationVoided
    | PriceProposed
    | PriceStatusChanged
    | DealDecided
    | DecisionVoided
    | DocumentDrafted
    | DocumentStatusChanged
    | OfferExpirySet
    | DocumentSigned
    | HandoffOffered
    | HandoffAccepted
    | MilestoneMoved
    | MilestoneTakenBack
    | ChangeRouted
    | ChangeMoved
    | PotentialChangeRecorded
    | PotentialChangeWanted
    | PotentialChangeBecame
    | PotentialChangeDropped
    | HoursReported
    | ContactRecorded
    | PulseTaken
    | FollowupSet
    | FollowupCame
    | ComplaintRaised
    | ComplaintWithdrawn
    | NeedMeasured
    | TasksOpened
    | TaskCompleted
    | TaskClockSet
    | TaskReminded
    | TaskClimbed
    | CareAccepted
    | AskedAtClose
    | SoldForAnother
    | CommissionFellDue
    | EngagementReconciled,
    Field(discriminator="kind"),
]
