"""Working time against a reckoning that shares nothing with it: somebody who looks at the clock once a minute.

They come in at the first minute that shows opening time or later, and go home at the first that shows closing time or
later. Whatever the clocks do in between, what they sat there is what was worked.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.shared.calendar import Calendar

MINUTE = timedelta(minutes=1)
# Zones with whole and broken offsets, and days on which their clocks move: by half an hour, at midnight, at two.
ZONES = {
    "America/New_York": (date(2026, 11, 1), date(2027, 3, 14)),
    "Europe/Oslo": (date(2026, 10, 25), date(2027, 3, 28)),
    "Asia/Kolkata": (date(2026, 11, 8),),
    "Asia/Kathmandu": (date(2027, 1, 1),),
    "America/St_Johns": (date(2026, 11, 1), date(2027, 3, 14)),
    "Australia/Lord_Howe": (date(2027, 4, 4), date(2026, 10, 4)),
    "America/Havana": (date(2026, 11, 1), date(2027, 3, 14)),
    "America/Santiago": (date(2027, 4, 3), date(2026, 9, 6)),
    "Africa/Cairo": (date(2026, 10, 29), date(2027, 4, 30)),
}

DAYS_LOOKED_AT = 8
# Minutes that a working day has at least: of shorter ones a due time may be beyond all search.
SHORTEST = 20


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar, and a moment shortly before something happens there, to the minute."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    special = draw(st.sampled_from(ZONES[zone]))
    opens = draw(st.integers(0, 24 * 60 - SHORTEST))
    near = st.integers(-3, 6).map(lambda days: special + timedelta(days=days))
    calendar = Calendar(
        name="X",
        zone=zone,
        opens=opens,
        closes=draw(st.integers(opens + SHORTEST, 24 * 60)),
        weekend=tuple(draw(st.sets(st.integers(0, 6), max_size=3))),
        holidays=tuple(draw(st.sets(near, max_size=3))),
        half_days=tuple(f"{day:%m-%d}" for day in draw(st.sets(near, max_size=2))),
    )
    midnight = datetime(special.year, special.month, special.day, tzinfo=UTC)
    return calendar, midnight + draw(st.integers(-36 * 60, 36 * 60)) * MINUTE


class Day(NamedTuple):
    """A day as the wall shows it: what stands there in each of its minutes, from the first on."""

    first: datetime
    shows: tuple[int, ...]


@cache
def days_around(zone: str, special: date) -> dict[date, Day]:
    """The days before and after this one, minute by minute."""
    noon = datetime(special.year, special.month, special.day, 12, tzinfo=UTC)
    minutes = (noon + n * MINUTE for n in range(-4 * 24 * 60, DAYS_LOOKED_AT * 24 * 60))
    walls = ((minute, minute.astimezone(ZoneInfo(zone))) for minute in minutes)
    found: dict[date, Day] = {}
    for day, group in groupby(walls, key=lambda pair: pair[1].date()):
        pairs = list(group)
        found[day] = Day(pairs[0][0], tuple(wall.hour * 60 + wall.minute for _, wall in pairs))
    return found


def minutes_sat(calendar: Calendar, start: datetime) -> list[datetime]:
    """Every minute from `start` on during which somebody sat there, by the clock on the wall alone."""
    special = min(ZONES[calendar.zone], key=lambda day: abs(day - start.date()))
    sat: list[datetime] = []
    for day, wall in days_around(calendar.zone, special).items():
        if day.weekday() not in calendar.weekend and day not in calendar.holidays:
            sat += _sat_on(wall, calendar.opens, _goes_home(calendar, day))
    return sat[bisect_left(sat, start) :]


def _goes_home(calendar: Calendar, day: date) -> int:
    is_half = (day.month, day.day) in {(int(text[:2]), int(text[3:])) for text in calendar.half_days}
    return min(calendar.closes, 720) if is_half else calendar.closes


def _sat_on(wall: Day, opens: int, goes: int) -> Iterator[datetime]:
    has_come = False
    for n, shows in enumerate(wall.shows):
        if shows >= goes:
            return
        has_come = has_come or shows >= opens
        if has_come:
            yield wall.first + n * MINUTE


@given(cases())
def test_due_is_the_end_of_the_last_minute_that_was_sat(case: tuple[Calendar, datetime]) -> None:
    calendar, start = case
    sat = minutes_sat(calendar, start)
    for count in {1, 2, len(sat) // 3, len(sat) // 2, len(sat) - 1, len(sat)}:
        if 0 < count <= len(sat):
            assert calendar.after(start, count) == sat[count - 1] + MINUTE


@given(cases(), st.integers(0, (DAYS_LOOKED_AT - 2) * 24 * 60))
def test_between_two_moments_lie_the_minutes_that_were_sat(case: tuple[Calendar, datetime], later: int) -> None:
    calendar, start = case
    end = start + later * MINUTE
    assert calendar.between(start, end) == bisect_left(minutes_sat(calendar, start), end)


@given(cases(), st.integers(1, 5))
def test_days_later_is_a_day_on_which_somebody_sat_and_no_earlier_one(
    case: tuple[Calendar, datetime], days: int
) -> None:
    calendar, start = case
    zone = ZoneInfo(calendar.zone)
    sat = {minute.astimezone(zone).date() for minute in minutes_sat(calendar, start - timedelta(days=1))}
    worked = sorted(day for day in sat if day > start.astimezone(zone).date())[:-1]  # the last may be cut off
    if len(worked) >= days:
        assert calendar.local_day(calendar.days_after(start, days)) == worked[days - 1]


@given(cases(), st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 59_999_999))
def test_time_that_is_put_together_is_the_time_as_a_whole(
    case: tuple[Calendar, datetime], one: int, two: int, microseconds: int
) -> None:
    calendar, start = case[0], case[1] + timedelta(microseconds=microseconds)
    middle, end = calendar.after(start, one), calendar.after(start, one + two)
    assert calendar.after(middle, two) == end
    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end) == one + two


@given(cases(), st.integers(1, 2000), st.integers(1, 5000))
def test_who_is_asked_later_owes_no_earlier(case: tuple[Calendar, datetime], minutes: int, later: int) -> None:
    calendar, start = case
    dues = [calendar.after(moment, minutes) for moment in (start, start + later * MINUTE)]
    assert dues == sorted(dues)
    days = [calendar.days_after(start, n) for n in range(4)]
    assert all(before < after for before, after in pairwise(days))
