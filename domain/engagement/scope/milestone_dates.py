"""Milestones against the requested dates: one outside them is reported, never refused."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.scope.values import Milestone
from domain.shared.calendar import Calendar, day_shown
from domain.shared.values import Day

# A milestone delivered longer than this before its day may be the wrong one.
EARLY = timedelta(days=14)
# How many milestones are listed; of the rest, only the number.
MAX_TOLD = 3


def calendar_of_delivery(state: Engagement) -> Calendar:
    """The calendar for milestone days: the project manager's, else the engagement manager's."""
    return state.cast.calendar_of(state.cast.holder("project_manager") or state.manager)


def told_outside(milestones: Iterable[Milestone], start: Day, end: Day) -> Iterator[str]:
    """A sentence each: `M2 is due on Fri 4 Dec 2026, 3 days after the requested end, Tue 1 Dec 2026.`"""
    outside = [milestone for milestone in milestones if not start <= milestone.due <= end]
    for milestone in outside[:MAX_TOLD]:
        early = milestone.due < start
        days = (start - milestone.due).days if early else (milestone.due - end).days
        far = (
            f"{days} day{'s' if days > 1 else ''} "
            f"{'before the requested start' if early else 'after the requested end'}"
        )
        yield f"{milestone.id} is due on {day_shown(milestone.due)}, {far}, {day_shown(start if early else end)}."
    if len(outside) > MAX_TOLD:
        yield f"And {len(outside) - MAX_TOLD} more are outside the requested dates."


def why_early(state: Engagement, milestone: Milestone, now: datetime) -> Iterator[str]:
    """Signs that another milestone is meant than the one being delivered; none of them prevents it."""
    undelivered = (one for one in state.milestones.values() if state.status_of(one.id) is MilestoneStatus.PLANNED)
    for one in (one for one in undelivered if one.due < milestone.due):
        yield f"{one.id} {one.title}, due {day_shown(one.due)}, is not delivered yet."
    today = calendar_of_delivery(state).local_day(now)
    if milestone.due - today > EARLY:
        yield f"{milestone.id} is due on {day_shown(milestone.due)}, in {(milestone.due - today).days} days."


def wished(state: Engagement) -> str:
    """`The requested dates are Mon 2 Nov 2026 to Tue 1 Dec 2026.`"""
    return f"The requested dates are {day_shown(state.wished_start)} to {day_shown(state.wished_end)}."


def outside_now(state: Engagement) -> Iterator[str]:
    """The milestones that are outside the requested dates now, a sentence each."""
    return told_outside(state.milestones.values(), state.wished_start, state.wished_end)
