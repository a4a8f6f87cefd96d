"""Whether the disciplines can take on a deal's hours, week by week, beside the rest of the pipeline.

A week is named by its Monday. Hours are spread evenly over the days from Monday to Friday, so that a start on a
Thursday takes two days of its first week; holidays are not known per discipline. The deal in question counts in full,
every other by the likelihood of its stage. Nothing here decides anything: it names what is overbooked and from when it
would fit, and people answer.

Weighed: dated free hours for each discipline (no firm keeps them for years ahead), a simulation of which deals are won
(no one can check it by hand), and this sum, which anyone can.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import Field

from domain.shared.calendar import day_shown
from domain.shared.values import LAST_DAY, Amount, Day, Name, Value

WEEK = timedelta(days=7)
WORKING_DAYS = 5
# Hours are kept and added up in whole hundredths, so that what is added can be subtracted again.
CENTI = 100
# An engagement's hours are spread over its first ten years at most, so that no table of them grows without end.
MAX_WEEKS = 520
# How far beyond the requested start to look for a time when it fits.
HORIZON_WEEKS = 104
# Overbooked weeks that an answer keeps, the soonest; the others are only counted.
MAX_KEPT = 60

# A discipline, and a week by its Monday.
Place = tuple[str, date]
# Hours by discipline and week.
Load = Mapping[Place, Decimal]
WeekHours = Annotated[Amount, Field(ge=0)]


class Overbooked(Value):
    """A week in which this deal and the pipeline need more hours of a discipline than are free."""

    discipline: Name
    week: Day
    wanted: WeekHours
    free: WeekHours

    def __str__(self) -> str:
        return f"{self.discipline} in the week of {day_shown(self.week)}: {self.wanted} h needed, {self.free} h free"


class Reckoning(Value):
    """The result of checking a deal's dates at a moment: what is overbooked, and from when it would fit.

    `fits_from` is the requested start if nothing is overbooked; None if no start within two years would do, because the
    deal alone needs more hours a week than there are, or because others have taken them.
    """

    overbooked: Annotated[tuple[Overbooked, ...], Field(max_length=MAX_KEPT)] = ()
    more: Annotated[int, Field(ge=0)] = 0
    fits_from: Day | None = None

    @property
    def weeks(self) -> int:
        """How many weeks of a discipline are overbooked in total."""
        return len(self.overbooked) + self.more


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def centihours(hours: Decimal) -> int:
    """Hours in whole hundredths."""
    return int((hours * CENTI).to_integral_value(ROUND_HALF_EVEN))


def spread(amount: int, start: date, end: date) -> dict[date, int]:
    """A whole amount over the working days from start to end, by week; the parts add up to exactly the amount.

    A span without a working day (a weekend) is put in its week.
    """
    days = dict(_working_days(start, end)) or {monday(start): 1}
    whole, so_far, given, parts = sum(days.values()), 0, 0, dict[date, int]()
    for week, of_week in days.items():
        so_far += of_week
        part = amount * so_far // whole - given
        given += part
        if part:
            parts[week] = part
    return parts


def _working_days(start: date, end: date) -> Iterator[tuple[date, int]]:
    for n in range(MAX_WEEKS):
        week = monday(start) + n * WEEK
        if week > end:
            return
        first, last = max(week, start), min(week + timedelta(days=WORKING_DAYS - 1), end)
        if first <= last:
            yield week, (last - first).days + 1


def weighted(demand: Mapping[tuple[str, date, str], int], likelihood: Callable[[str], int]) -> dict[Place, Decimal]:
    """Hours by discipline and week, from hundredths by discipline, week and stage, weighted by stage."""
    sums: dict[Place, int] = {}
    for (discipline, week, stage), amount in demand.items():
        sums[discipline, week] = sums.get((discipline, week), 0) + amount * likelihood(stage)
    return {place: Decimal(amount) / (CENTI * 100) for place, amount in sums.items()}


def overbooked(own: Load, others: Load, free: Mapping[str, Decimal]) -> tuple[Overbooked, ...]:
    """The weeks in which the deal needs hours and the sum is more than is free, in order of time.

    A discipline whose free hours are not known is never overbooked.
    """
    return tuple(
        Overbooked(
            discipline=discipline,
            week=week,
            wanted=hours_shown(wanted),
            free=free[discipline],
        )
        for (discipline, week), wanted in sorted(_beyond(own, others, free), key=lambda found: found[0][::-1])
    )


def _beyond(own: Load, others: Load, free: Mapping[str, Decimal]) -> Iterator[tuple[Place, Decimal]]:
    for place, hours in own.items():
        wanted = hours + others.get(place, 0)
        if hours and place[0] in free and wanted > free[place[0]]:
            yield place, wanted


def later(own: Load, weeks: int) -> dict[Place, Decimal]:
    """The same hours, this many weeks later."""
    return {(discipline, week + weeks * WEEK): hours for (discipline, week), hours in own.items()}


def reckon(own: Load, others: Load, free: Mapping[str, Decimal], start: date, earliest: date) -> Reckoning:
    """What is overbooked on the requested start, and the first start, in whole weeks later, at which nothing is.

    If the requested start does not fit, none before the `earliest` day is tried: no one starts in the past.
    """
    found = overbooked(own, others, free)
    if not found:
        return Reckoning(fits_from=start)
    waits = max(0, -((start - earliest).days // 7))
    fits = (n for n in range(waits, waits + HORIZON_WEEKS) if not any(_beyond(later(own, n), others, free)))
    weeks = None if any(_beyond(own, {}, free)) else next(fits, None)
    fits_from = None if weeks is None else start + weeks * WEEK
    return Reckoning(
        overbooked=found[:MAX_KEPT],
        more=len(found[MAX_KEPT:]),
        fits_from=fits_from if fits_from is not None and fits_from <= LAST_DAY else None,
    )


def named(places: Iterable[Overbooked], more: int, at_most: int) -> tuple[str, ...]:
    """Overbooked weeks in words, one line each; those beyond the most are counted."""
    lines = [str(place) for place in places]
    beyond = len(lines[at_most:]) + more
    return (*lines[:at_most], *([f"and {beyond} more week{'s' if beyond > 1 else ''}"] if beyond else []))


def hours_shown(hours: Decimal) -> Decimal:
    """Hours as displayed: to the hundredth, without trailing zeros."""
    return Decimal(format(hours.quantize(Decimal("0.01"), ROUND_HALF_EVEN).normalize(), "f"))
