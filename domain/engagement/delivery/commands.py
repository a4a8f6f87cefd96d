"""Commands about handoff, milestones, hours worked, contacts, pulses and complaints."""

from typing import Annotated, ClassVar, Literal

from domain.directory.people import CFO
from domain.engagement.command import Command, Few, MilestoneNote, ShortWords
from domain.shared.text import OwnText
from domain.shared.values import (
    Hours,
    ItemId,
    PersonId,
    Value,
)


class OfferHandoff(Command):
    kind: Literal["OfferHandoff"] = "OfferHandoff"
    granted_to: ClassVar = frozenset({"engagement_manager"})
    does: ClassVar = "hand over the work"
    plan: OwnText


class DeliverMilestone(Command):
    kind: Literal["DeliverMilestone"] = "DeliverMilestone"
    granted_to: ClassVar = frozenset({"project_manager", "engagement_manager"})
    does: ClassVar = "deliver a milestone"
    milestone: ItemId
    note: MilestoneNote | None = None


class TakeMilestoneBack(Command):
    """Records that a milestone was marked as delivered by mistake, before the client has answered."""

    kind: Literal["TakeMilestoneBack"] = "TakeMilestoneBack"
    granted_to: ClassVar = frozenset({"project_manager", "engagement_manager"})
    does: ClassVar = "take a delivered milestone back"
    milestone: ItemId
    reason: ShortWords


class BillMilestone(Command):
    """Asks finance again to bill a milestone for which it had said that nothing was due."""

    kind: Literal["BillMilestone"] = "BillMilestone"
    granted_to: ClassVar = frozenset({"finance", CFO, "engagement_manager"})
    does: ClassVar = "have a milestone billed after all"
    milestone: ItemId


class HoursWorked(Value):
    """The total hours worked so far on a package (W1) or a change (C1)."""

    item: ItemId
    hours: Hours


class ReportHours(Command):
    kind: Literal["ReportHours"] = "ReportHours"
    granted_to: ClassVar = frozenset({"project_manager", "engagement_manager"})
    does: ClassVar = "record hours"
    hours: Annotated[tuple[HoursWorked, ...], Few]


class RecordContact(Command):
    kind: Literal["RecordContact"] = "RecordContact"
    granted_to: ClassVar = frozenset({"engagement_manager"})
    does: ClassVar = "record a contact with the client"
    person_id: PersonId
    summary: OwnText


class AskPulse(Command):
    """Asks one of the client's people how satisfied they are, besides the automatic pulses."""

    kind: Literal["AskPulse"] = "AskPulse"
    granted_to: ClassVar = frozenset({"engagement_manager", "customer_care"})
    does: ClassVar = "ask for a score"
    at: ItemId
    person_id: PersonId


class RaiseComplaint(Command):
    """A client's complaint; `person_id`: who complained, and is told what becomes of it."""

    kind: Literal["RaiseComplaint"] = "RaiseComplaint"
    granted_to: ClassVar = frozenset({"engagement_manager", "head_of_engagement_management"})
    does: ClassVar = "raise a complaint"
    allowed_on_hold: ClassVar = True
    text: OwnText
    person_id: PersonId | None = None


class WithdrawComplaint(Command):
    """Records that a complaint was entered by mistake, before anything is planned about it."""

    kind: Literal["WithdrawComplaint"] = "WithdrawComplaint"
    granted_to: ClassVar = frozenset({"engagement_manager", "head_of_engagement_management"})
    does: ClassVar = "withdraw a complaint"
    allowed_on_hold: ClassVar = True
    complaint: ItemId
    reason: ShortWords
