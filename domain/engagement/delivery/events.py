"""Events in delivery: handoff, milestones, hours, contacts, pulses, complaints."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.asks.model import AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.values import Contact, Followup, MilestoneStatus, Pulse
from domain.engagement.item_ids import Ids
from domain.pricing.formulas import shown
from domain.shared.limits import KEPT_DONE
from domain.shared.text import LongText, bytes_of
from domain.shared.transaction import Event
from domain.shared.values import Hours, ItemId, Moment, PersonId, Truth

# From how many times the hours sold a figure looks like a typing error, when it first exceeds them.
MUCH_MORE = 2
KEPT_CONTACTS = 100
# Bytes of the texts of the contacts that are kept; the ledger has all of them.
MAX_CONTACT_BYTES = 64 * 1024

# How many corrected figures of one command are listed; of the rest, only the number.
MAX_FIGURES_TOLD = 5


class HandoffOffered(Event):
    kind: Literal["HandoffOffered"] = "HandoffOffered"
    plan: LongText

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(plan=self.plan)


class HandoffAccepted(Event):
    kind: Literal["HandoffAccepted"] = "HandoffAccepted"
    at: Moment

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(handoff_accepted=True, hours_due_since=self.at)


class MilestoneStatusChanged(Event):
    """A milestone was delivered, accepted, or returned."""

    kind: Literal["MilestoneStatusChanged"] = "MilestoneStatusChanged"
    milestone: ItemId
    status: MilestoneStatus
    note: LongText | None = None

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(milestone_status={**state.milestone_status, self.milestone: self.status})


class MilestoneTakenBack(Event):
    """A milestone was not delivered after all, and the ask to accept it ends."""

    kind: Literal["MilestoneTakenBack"] = "MilestoneTakenBack"
    milestone: ItemId
    reason: LongText

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(milestone_status={**state.milestone_status, self.milestone: MilestoneStatus.PLANNED})


class HoursReported(Event):
    kind: Literal["HoursReported"] = "HoursReported"
    hours: dict[ItemId, Hours]
    at: Moment
    lowered: dict[ItemId, Hours] = {}
    """The previous figure of each item whose recorded hours went down."""
    beyond: Annotated[dict[ItemId, Decimal], Field(exclude_if=lambda found: not found)] = {}
    """The hours sold (P50) of each item with more hours recorded now."""
    removed: Annotated[dict[ItemId, int], Field(exclude_if=lambda found: not found)] = {}
    """By package, the change that removed it from the scope."""
    in_all: Annotated[tuple[Decimal, Decimal] | None, Field(exclude_if=lambda found: found is None)] = None
    """All hours recorded by now, and all hours sold."""
    passed: Annotated[Ids, Field(exclude_if=lambda found: not found)] = ()
    """Items that exceed their hours sold for the first time now."""
    passed_in_all: Annotated[Truth, Field(exclude_if=lambda found: not found)] = False
    """The same for the total."""

    @property
    def said(self) -> tuple[str, ...]:
        """Reports corrections downward and hours beyond those sold: `W1: 40 h, was 60 h.`"""
        lower = [f"{item}: {self.hours[item]:f} h, was {was:f} h." for item, was in self.lowered.items()]
        over = [f"{item}: {self.hours[item]:f} h, {shown(sold)} h were sold." for item, sold in self.beyond.items()]
        over += [
            f"{item}: that is {self.hours[item] / sold:.1f} times what was sold. If it is a mistake, correct it."
            for item, sold in self.beyond.items()
            if sold and item in self.passed and self.hours[item] > MUCH_MORE * sold
        ]
        gone = [f"{item}: removed by change {n}." for item, n in self.removed.items()]
        whole = (
            [f"In total {shown(self.in_all[0])} h of {shown(self.in_all[1])} h that were sold."] if self.in_all else []
        )
        return (
            *_first(lower, "lower than before"),
            *_first(over, "above what was sold"),
            *_first(gone, "gone"),
            *whole,
        )

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(actual_hours={**state.actual_hours, **self.hours}, hours_due_since=self.at)


def _first(told: list[str], what: str) -> Iterator[str]:
    """The first of these sentences, then how many more there are."""
    yield from told[:MAX_FIGURES_TOLD]
    if len(told) > MAX_FIGURES_TOLD:
        yield f"And {len(told) - MAX_FIGURES_TOLD} more are {what}."


class ContactRecorded(Event):
    kind: Literal["ContactRecorded"] = "ContactRecorded"
    contact: Contact

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(contacts=_newest((*state.contacts, self.contact)))


def _newest(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """The latest contacts that fit within the limits."""
    size, kept = 0, 0
    for contact in reversed(contacts[-KEPT_CONTACTS:]):
        size += bytes_of(contact.summary)
        if size > MAX_CONTACT_BYTES:
            break
        kept += 1
    return contacts[len(contacts) - kept :]


class PulseTaken(Event):
    kind: Literal["PulseTaken"] = "PulseTaken"
    pulse: Pulse

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(pulses=(*state.pulses, self.pulse))


class FollowupSet(Event):
    """Something is owed at a later time; it replaces an earlier one for the same thing."""

    kind: Literal["FollowupSet"] = "FollowupSet"
    followup: Followup

    def evolve(self, state: Engagement) -> Engagement:
        new = self.followup
        kept = tuple(f for f in state.followups if (f.kind, f.subject) != (new.kind, new.subject))
        return state.replace(followups=(*kept, new))


class FollowupDue(Event):
    kind: Literal["FollowupDue"] = "FollowupDue"
    asks: AskKind
    subject: str

    def evolve(self, state: Engagement) -> Engagement:
        kept = tuple(f for f in state.followups if (f.kind, f.subject) != (self.asks, self.subject))
        return state.replace(followups=kept)


class ComplaintRaised(Event):
    kind: Literal["ComplaintRaised"] = "ComplaintRaised"
    id: str
    text: LongText
    person_id: Annotated[PersonId | None, Field(exclude_if=lambda who: who is None)] = None
    """Who at the client complained, if known."""

    def evolve(self, state: Engagement) -> Engagement:
        told = state.complained | ({self.id: self.person_id} if self.person_id is not None else {})
        kept = dict(list(told.items())[-KEPT_DONE:])
        return state.replace(complaints=state.complaints + 1, complained=kept)


class ComplaintWithdrawn(Event):
    """It was entered by mistake, and the asks about it end."""

    kind: Literal["ComplaintWithdrawn"] = "ComplaintWithdrawn"
    id: str
    reason: LongText

    def evolve(self, state: Engagement) -> Engagement:
        return state


AnyDeliveryEvent = (
    HandoffOffered
    | HandoffAccepted
    | MilestoneStatusChanged
    | MilestoneTakenBack
    | HoursReported
    | ContactRecorded
    | PulseTaken
    | FollowupSet
    | FollowupDue
    | ComplaintRaised
    | ComplaintWithdrawn
)
