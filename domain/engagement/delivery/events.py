"""What happened in delivery: handoff, milestones, hours, contacts, pulses, complaints."""

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

# How many times the hours that were sold look like a slip where they are first passed.
MUCH_MORE = 2
KEPT_CONTACTS = 100
# Bytes of what was said in the contacts that stay; the ledger has all of them.
MAX_CONTACT_BYTES = 64 * 1024

# Figures that are told one by one of what one command corrected; of more it says how many.
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
    """A milestone was delivered, accepted, or sent back."""

    kind: Literal["MilestoneStatusChanged"] = "MilestoneStatusChanged"
    milestone: ItemId
    status: MilestoneStatus
    note: LongText | None = None

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(milestone_status={**state.milestone_status, self.milestone: self.status})


class MilestoneTakenBack(Event):
    """What was said to be delivered is not, and the client is asked nothing about it any more."""

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
    """The first of these sentences; of more it says how many."""
    yield from told[:MAX_FIGURES_TOLD]
    if len(told) > MAX_FIGURES_TOLD:
        yield f"And {len(told) - MAX_FIGURES_TOLD} more are {what}."


class ContactRecorded(Event):
    kind: Literal["ContactRecorded"] = "ContactRecorded"
    contact: Contact

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(contacts=_newest((*state.contacts, self.contact)))


def _newest(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """The last contacts, as many as may stay."""
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
    """Something is owed at a later moment; it replaces what was set for the same thing."""

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
    """Who of the client complained, where that was said."""

    def evolve(self, state: Engagement) -> Engagement:
        told = state.complained | ({self.id: self.person_id} if self.person_id is not None else {})
        kept = dict(list(told.items())[-KEPT_DONE:])
        return state.replace(complaints=state.complaints + 1, complained=kept)


class ComplaintWithdrawn(Event):
    """It was recorded by mistake: nobody is asked about it any more."""

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
