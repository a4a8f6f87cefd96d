"""How many hours an engagement takes, by discipline and week."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from domain.directory.capacity import CENTI, Place, centihours, spread
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.values import Change
from domain.engagement.scope.estimates import chosen_hours
from domain.pricing.three_points import ThreePoints

Work = Iterable[tuple[str, ThreePoints]]


def demand(state: Engagement) -> dict[Place, int]:
    """Hundredths of hours by discipline and week: packages over the requested dates, changes from their submission.

    Packages without decided hours, or removed by an approved change, count nothing, nor does an engagement that is
    over. One on hold does count: its people are still promised.
    """
    found: dict[Place, int] = {}
    if state.is_over:
        return found
    removed = state.removed
    packages = (package for package in state.packages.values() if package.id not in removed)
    hours = ((package.discipline, chosen_hours(state, package.id)) for package in packages)
    _add(found, ((name, points) for name, points in hours if points), state.wished_start, state.wished_end)
    for change in state.changes.values():
        if change.status.counts:
            _add(found, _work(change), *_days(state, change))
    return found


def _work(change: Change) -> Work:
    return ((line.discipline, line.hours) for line in change.facts.work)


def _days(state: Engagement, change: Change) -> tuple[date, date]:
    start = max(state.wished_start, change.submitted_at.date())
    return start, max(start, state.wished_end)


def _add(found: dict[Place, int], work: Work, start: date, end: date) -> None:
    sums: dict[str, Decimal] = {}
    for discipline, points in work:
        sums[discipline] = sums.get(discipline, Decimal()) + points.six_means
    for discipline, six_means in sums.items():
        for week, amount in spread(centihours(six_means / 6), start, end).items():
            found[discipline, week] = found.get((discipline, week), 0) + amount


def hours(demanded: dict[Place, int]) -> dict[Place, Decimal]:
    """The same demand in hours."""
    return {place: Decimal(amount) / CENTI for place, amount in demanded.items()}
