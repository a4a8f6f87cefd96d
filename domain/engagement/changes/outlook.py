"""What a change order would make of the contract, in words: in its preview, on its asks, and once it is signed.

An ask binds what the change itself says, its price and its days. The result is shown beside it, as things are now: a
change signed or a milestone accepted in the meantime voids nobody's approval.
"""

from collections.abc import Iterator, Mapping

from domain.asks.bound_facts import canonical_text
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.contract import first_price, milestones_moved, money_of
from domain.engagement.changes.lines import ChangeFacts, in_days
from domain.engagement.documents.current_requirements import outlook_of, said_anew
from domain.engagement.needs.fulfilment import left_alone, left_without
from domain.engagement.scope.milestone_dates import calendar_of_delivery
from domain.engagement.scope.values import Milestone
from domain.shared.calendar import day_shown
from domain.shared.text import capitalized, fitting
from domain.shared.values import Day, Digest, digest

# What a change affects: price, days, requirements, promises; and what it fails to say.
PRICE, MILESTONES, REQUIREMENTS, LEFT, UNSAID = (
    "price",
    "milestones",
    "requirements",
    "left",
    "unsaid",
)
# Display names, where they differ.
LABELS = {PRICE: "contract", LEFT: "left without work", UNSAID: "not said"}


def told_outlook(found: Mapping[str, str]) -> Iterator[str]:
    """A sentence each: `Milestones: M2 Go-live: from Tue 1 Dec 2026 to Fri 4 Dec 2026.`"""
    yield from (f"{capitalized(name)}: {told}." for name, told in outlook_shown(found).items())


def outlook_shown(found: Mapping[str, str]) -> dict[str, str]:
    """The same under the names that people read."""
    return {LABELS.get(name, name): told for name, told in found.items()}


def outlook_hash(state: Engagement, facts: ChangeFacts, n: int) -> Digest:
    """The hash of the values behind these texts, which changes if the change would affect the contract differently."""
    moved = milestones_moved(state, facts.days).items()
    values = {
        PRICE: [canonical_text(one) for one in (first_price(state), state.price_now or "")] if facts.price else [],
        MILESTONES: {name: [str(state.milestones[name].due), str(day)] for name, day in moved},
        REQUIREMENTS: [[name, text, now.text, now.fell_with] for name, text, now in said_anew(state, facts.items)],
        LEFT: [list(map(str, one)) for one in left_alone(state, facts, n)],
    }
    return digest(values)


def _move(state: Engagement, milestone: Milestone, day: Day) -> str:
    """`M2 Go-live: from Tue 1 Dec 2026 to Sun 6 Dec 2026, on which nobody works`."""
    rests = ", on which nobody works" if calendar_of_delivery(state).hours_of(day) is None else ""
    return f"{milestone.id} {milestone.title}: from {day_shown(milestone.due)} to {day_shown(day)}{rests}"


def outlook(state: Engagement, facts: ChangeFacts, n: int) -> dict[str, str]:
    """What the n-th change order would make of the current contract, in words.

    It covers the price, milestone days, and what is left without a package, which is reported but never refused.
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
        found[UNSAID] = f"which {' and '.join(kind.label for kind in facts.unsaid)} change: no item gives its text"
    return found


def _days_told(state: Engagement, days: int) -> str:
    moved = milestones_moved(state, days)
    if not moved:
        return f"none moves by {in_days(days)}: all have been accepted"
    return fitting("; ".join(_move(state, state.milestones[name], day) for name, day in moved.items()))
