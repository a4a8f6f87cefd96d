"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import Ask, AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery import billing, complaints, contacts, handoff, hours_worked, milestones, pulses
from domain.engagement.delivery.commands import (
    AskPulse,
    BillMilestone,
    DeliverMilestone,
    OfferHandoff,
    RaiseComplaint,
    RecordContact,
    ReportHours,
    TakeMilestoneBack,
    WithdrawComplaint,
)
from domain.engagement.handler_types import Handlers, Reactions
from domain.shared.transaction import Transaction


def _nothing_more(_transaction: Transaction[Engagement], _ask: Ask) -> None:
    """Nothing follows: the vote itself is the record."""


HANDLERS: Handlers = {
    OfferHandoff: handoff.offer_handoff,
    DeliverMilestone: milestones.deliver_milestone,
    TakeMilestoneBack: milestones.take_milestone_back,
    BillMilestone: billing.bill_after_all,
    ReportHours: hours_worked.report_hours,
    RecordContact: contacts.record_contact,
    AskPulse: pulses.ask_pulse,
    RaiseComplaint: complaints.raise_complaint,
    WithdrawComplaint: complaints.withdraw_complaint,
}
REACTIONS: Reactions = {
    AskKind.BILL_MILESTONE: _nothing_more,
    AskKind.COACH_OR_REPLACE: _nothing_more,
    AskKind.ACCEPT_HANDOFF: handoff.on_handoff_answered,
    AskKind.ACCEPT_MILESTONE: milestones.on_milestone_answered,
    AskKind.PULSE: pulses.on_pulse_answered,
    AskKind.EXPECTATION_TALK: pulses.on_talk_held,
    AskKind.CONTACT_CLIENT: contacts.on_contact_answered,
    AskKind.ACKNOWLEDGE_COMPLAINT: complaints.on_complaint_acknowledged,
    AskKind.PLAN_COMPLAINT: complaints.on_complaint_planned,
}
