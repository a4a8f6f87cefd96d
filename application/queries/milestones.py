"""Milestones and what is billed for them."""

from adapters.console_commands import command_of
from application.queries.coverage import person_label
from application.queries.view import (
    Instant,
    NamedPersonView,
    Reader,
    View,
)
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.billing import NOTHING_WAS_DUE, billed_after_all_by, billing_of
from domain.engagement.delivery.commands import BillMilestone
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.permissions import Sight, allowed_to, effective_roles, may_see
from domain.engagement.scope.values import Milestone
from domain.shared.values import Day


class BillingView(View):
    """The status of an accepted milestone's bill: whose it is and by when; or who said what when, and why.

    `command`: how the reader has it billed after all; null if it is billed or asked, and for those who may not.
    """

    stands: str
    whose: NamedPersonView | None
    due: Instant | None
    due_shown: str | None
    by: NamedPersonView | None
    at: Instant | None
    at_shown: str | None
    because: str | None
    command: str | None


class MilestoneView(Milestone):
    """`due` is the current day; `first_due` the day first signed, if a change order has moved it since.

    `billing` is null until the client has accepted it, and for those who may not see prices.
    """

    status: MilestoneStatus
    first_due: Day | None
    billing: BillingView | None


def milestone_view(state: Engagement, milestone: Milestone, reader: Reader) -> MilestoneView:
    status, first_due = state.status_of(milestone.id), state.first_days.get(milestone.id)
    billing = _billing(state, milestone, reader) if may_see(state, reader.actor, Sight.PRICE) else None
    return MilestoneView(**milestone.model_dump(), status=status, first_due=first_due, billing=billing)


def _billing(state: Engagement, milestone: Milestone, reader: Reader) -> BillingView | None:
    billing = billing_of(state, milestone)
    if billing is None:
        return None
    again = BillMilestone(milestone=milestone.id)
    may = (
        billing.stands == NOTHING_WAS_DUE
        and not (state.is_over or state.clocks_stand)
        and allowed_to(again) & effective_roles(state, reader.actor, again)
    )
    return BillingView(
        stands=billing.stands,
        whose=person_label(state, billing.whose) if billing.whose is not None else None,
        due=billing.due,
        due_shown=reader.shown(billing.due) if billing.due is not None else None,
        by=person_label(state, billing.by) if billing.by is not None else None,
        at=billing.at,
        at_shown=reader.shown(billing.at) if billing.at is not None else None,
        because=billing.because,
        command=command_of(billed_after_all_by(state, milestone.id)) if may else None,
    )
