"""What a change order would make of the contract, in words: said in its preview, on its asks, and once it is signed.

An ask is bound to what the change itself says, its price and its days. What these come to is shown beside it, as things
stand: another change that is signed meanwhile, or a milestone that is accepted, voids nobody's approval.
"""

from collections.abc import Iterator, Mapping

from domain.engagement.change_facts import ChangeFacts, in_days
from domain.engagement.contract import first_price, milestones_moved, money_of
from domain.engagement.homes import left_without
from domain.engagement.milestone_dates import calendar_of_delivery
from domain.engagement.requirements_now import outlook_of
from domain.engagement.state import Engagement, Milestone
from domain.values import Day
from domain.words import capitalized, fitting
from domain.working_time import day_shown

PRICE, MILESTONES, REQUIREMENTS, LEFT, UNSAID = (
    "contract",
    "milestones",
    "requirements",
    "left without work",
    "not said",
)
"""By which names people are shown what a change makes of price, days, requirements and promises, and what it lacks."""


def told_outlook(found: Mapping[str, str]) -> Iterator[str]:
    """A sentence each: `Milestones: M2 Go-live: from Tue 1 Dec 2026 to Fri 4 Dec 2026.`"""
    yield from (f"{capitalized(name)}: {told}." for name, told in found.items())


def _move(state: Engagement, milestone: Milestone, day: Day) -> str:
    """`M2 Go-live: from Tue 1 Dec 2026 to Sun 6 Dec 2026, on which nobody works`."""
    rests = ", on which nobody works" if calendar_of_delivery(state).hours_of(day) is None else ""
    return f"{milestone.id} {milestone.title}: from {day_shown(milestone.due)} to {day_shown(day)}{rests}"


def outlook(state: Engagement, facts: ChangeFacts, n: int) -> dict[str, str]:
    """What the n-th change order would make of the contract as it is now, in words.

    The price, the days of milestones, and what it leaves without a package: that is said, and refused to nobody.
    """
    found: dict[str, str] = {}
    stands = state.price_now
    if stands is not None and facts.price:
        first = first_price(state)
        before = f"; {money_of(state, first)} as first signed" if stands != first else ", as first signed"
        found[PRICE] = (
            f"{money_of(state, stands + facts.price)} with this change, {money_of(state, stands)} without it{before}"
        )
    if facts.days:
        found[MILESTONES] = _days_told(state, facts.days)
    required = "; ".join(outlook_of(state, facts.items))
    if required:
        found[REQUIREMENTS] = fitting(required)
    left = "; ".join(left_without(state, facts, n))
    if left:
        found[LEFT] = fitting(left)
    if facts.unsaid:
        found[UNSAID] = f"which {' and '.join(kind.label for kind in facts.unsaid)} change: no item has a text of it"
    return found


def _days_told(state: Engagement, days: int) -> str:
    moved = milestones_moved(state, days)
    if not moved:
        return f"none moves by {in_days(days)}: all are accepted"
    return fitting("; ".join(_move(state, state.milestones[name], day) for name, day in moved.items()))
