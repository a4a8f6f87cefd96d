"""The contract as it is now: what both sides signed first, and what signed change orders have made of it.

The price first signed is never rewritten; the current price is derived from it. A milestone's day is recorded with the
change that moved it: which ones move depends on what the client had accepted when the change was signed, and a later
acceptance must not move one back.
"""

from datetime import timedelta
from decimal import Decimal

from domain.engagement.aggregate import Engagement
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.documents.current_requirements import told_since_signed
from domain.engagement.needs.fulfilment import removed_from, untraced_requirements
from domain.engagement.scope.values import Milestone
from domain.pricing.formulas import shown
from domain.shared.calendar import day_shown
from domain.shared.errors import NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import FIRST_DAY, LAST_DAY, Day, ItemId


def first_price(state: Engagement) -> Decimal:
    """The price that both sides signed first, expenses included; 0 while there is none."""
    return state.price.quote.price if state.price else Decimal()


def milestones_moved(state: Engagement, days: int) -> dict[ItemId, Day]:
    """The new day of each milestone not accepted yet, if everything ends so many days later."""
    if not days:
        return {}
    ahead = (milestone for milestone in state.milestones.values() if not is_accepted(state, milestone))
    moved = {milestone.id: _later(milestone.due, days) for milestone in ahead}
    return {name: day for name, day in moved.items() if day != state.milestones[name].due}


def is_accepted(state: Engagement, milestone: Milestone) -> bool:
    return state.milestone_status.get(milestone.id) is MilestoneStatus.ACCEPTED


def milestone_called(state: Engagement, name: str) -> Milestone:
    """The milestone with this id. Raises NotFound."""
    milestone = state.milestones.get(name)
    if milestone is None:
        raise NotFound(
            f"There is no milestone {name}.",
            remedy="Check the engagement's milestones.",
            action=RemedyAction.SHOW_DEAL,
            field="milestone",
        )
    return milestone


def _later(day: Day, days: int) -> Day:
    """Clamped to the valid range of dates, so that a signed change is never refused for its result."""
    return min(max(day + timedelta(days=days), FIRST_DAY), LAST_DAY)


def changed_since_signed(state: Engagement) -> tuple[str, ...]:
    """How signed change orders changed the price and days in the SOW, a sentence each."""
    found: list[str] = []
    numbers = [f"C{n}" for n, change in state.changes.items() if change.status is ChangeStatus.APPROVED]
    if state.price is not None and state.net_of_changes:
        now, first = first_price(state) + state.net_of_changes, first_price(state)
        told = f"{money_of(state, now)} now, {money_of(state, first)} as first signed"
        found.append(f"The price is {told}, changed by {', '.join(numbers)}.")
    for name, first_day in state.first_days.items():
        milestone = state.milestones[name]
        moved = f"now due {day_shown(milestone.due)}, first signed for {day_shown(first_day)}"
        found.append(f"{name} {milestone.title} is {moved}.")
    return tuple(found)


def requirements_since_signed(state: Engagement) -> tuple[str, ...]:
    """How signed changes altered the BRD: changed requirements, and those without a package, in words."""
    found = list(told_since_signed(state))
    for name in untraced_requirements(state):
        gone = removed_from(state, state.requirements[name].work_packages)
        told = ", ".join(f"change {n} removed {package}" for package, n in gone.items())
        found.append(f"{name} has no package left: {told}.")
    return tuple(found)


def money_of(state: Engagement, amount: Decimal) -> str:
    """`26,020.00 EUR`, in the currency of the engagement."""
    return f"{shown(amount)} {state.currency}"
