"""Working time, by tables of examples and by the property that due times and clocks agree."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.shared.calendar import Calendar, WorkingClock

OSLO = Calendar(
    name="NO",
    zone="Europe/Oslo",
    opens=8 * 60,
    closes=16 * 60,
    holidays=(date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)),
    half_days=("12-24", "12-31"),
)
NEW_YORK = Calendar(name="US", zone="America/New_York", opens=9 * 60, closes=17 * 60 + 30)
BENGALURU = Calendar(name="IN", zone="Asia/Kolkata", opens=9 * 60 + 30, closes=18 * 60, holidays=(date(2026, 11, 9),))
NIGHT_WATCH = Calendar(name="NW", zone="America/New_York", opens=0, closes=24 * 60, weekend=())
CALENDARS = (OSLO, NEW_YORK, BENGALURU, NIGHT_WATCH)


def at(calendar: Calendar, wall: str) -> datetime:
    """A moment by the clock on the wall of a calendar's place."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(calendar.zone))


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        pytest.param(OSLO, "2026-10-05 09:00", 4, "2026-10-05 13:00", id="within a day"),
        pytest.param(OSLO, "2026-10-05 12:00", 8, "2026-10-06 12:00", id="over a night"),
        pytest.param(OSLO, "2026-10-09 15:00", 2, "2026-10-12 09:00", id="over a weekend"),
        pytest.param(OSLO, "2026-10-10 11:00", 1, "2026-10-12 09:00", id="asked on a Saturday"),
        pytest.param(OSLO, "2026-10-05 05:00", 1, "2026-10-05 09:00", id="asked before opening"),
        pytest.param(OSLO, "2026-10-05 20:00", 8, "2026-10-06 16:00", id="asked after closing, due at closing"),
        pytest.param(OSLO, "2026-12-24 08:00", 4, "2026-12-24 12:00", id="Christmas Eve ends at noon"),
        pytest.param(OSLO, "2026-12-24 11:00", 2, "2026-12-28 09:00", id="over Christmas and its weekend"),
        pytest.param(OSLO, "2026-12-31 10:00", 16, "2027-01-05 14:00", id="over the new year"),
        pytest.param(NEW_YORK, "2026-10-30 16:30", 2, "2026-11-02 10:00", id="over the end of summer time"),
        pytest.param(NEW_YORK, "2027-03-12 16:30", 2, "2027-03-15 10:00", id="over the start of summer time"),
        pytest.param(NIGHT_WATCH, "2026-11-01 00:00", 25, "2026-11-02 00:00", id="a day of 25 hours"),
        pytest.param(NIGHT_WATCH, "2027-03-14 00:00", 23, "2027-03-15 00:00", id="a day of 23 hours"),
        pytest.param(BENGALURU, "2026-11-06 17:00", 2, "2026-11-10 10:30", id="half-hour zone, over a holiday"),
    ],
)
def test_due_falls_in_the_working_hours_of_the_place(calendar: Calendar, start: str, hours: int, due: str) -> None:
    assert calendar.after(at(calendar, start), hours * 60) == at(calendar, due)
    assert calendar.between(at(calendar, start), at(calendar, due)) == hours * 60


def test_nine_in_new_york_is_another_instant_in_winter() -> None:
    summer, winter = NEW_YORK.hours_of(date(2026, 10, 30)), NEW_YORK.hours_of(date(2026, 11, 2))
    assert summer is not None
    assert winter is not None
    assert (summer[0].astimezone(UTC).hour, winter[0].astimezone(UTC).hour) == (13, 14)


@pytest.mark.parametrize("day", [date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 27), date(2027, 1, 1)])
def test_nobody_works_at_christmas_in_oslo(day: date) -> None:
    assert OSLO.hours_of(day) is None


def test_no_time_passes_backwards_or_at_night() -> None:
    evening, night = at(OSLO, "2026-10-05 17:00"), at(OSLO, "2026-10-05 23:00")
    assert OSLO.between(evening, night) == 0
    assert OSLO.between(night, evening) == 0


def test_no_minutes_later_is_now_even_at_night() -> None:
    night = at(OSLO, "2026-10-05 23:00")
    assert OSLO.after(night, 0) == night


def test_the_local_day_is_that_of_the_wall() -> None:
    assert BENGALURU.local_day(datetime(2026, 10, 5, 20, tzinfo=UTC)) == date(2026, 10, 6)


@pytest.mark.parametrize(("days", "then"), [(0, "2026-12-23 10:00"), (1, "2026-12-24 10:00"), (2, "2026-12-28 10:00")])
def test_working_days_skip_the_days_off(days: int, then: str) -> None:
    assert OSLO.days_after(at(OSLO, "2026-12-23 10:00"), days) == at(OSLO, then)


starts = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - made aware by `timezones`


@given(st.sampled_from(CALENDARS), starts, st.integers(0, 20_000))
def test_between_a_start_and_its_due_lie_the_minutes_given(calendar: Calendar, start: datetime, minutes: int) -> None:
    assert calendar.between(start, calendar.after(start, minutes)) == minutes


@given(st.sampled_from(CALENDARS), starts, st.integers(0, 5_000), st.integers(0, 5_000))
def test_waiting_twice_is_waiting_once_for_both(calendar: Calendar, start: datetime, one: int, two: int) -> None:
    assert calendar.after(calendar.after(start, one), two) == calendar.after(start, one + two)


@given(st.sampled_from(CALENDARS), starts, st.integers(1, 20_000))
def test_due_is_a_minute_at_which_somebody_works(calendar: Calendar, start: datetime, minutes: int) -> None:
    due = calendar.after(start, minutes)
    hours = calendar.hours_of(calendar.local_day(due - timedelta(microseconds=1)))
    assert hours is not None
    assert hours[0] < due <= hours[1]


def test_a_stopped_clock_keeps_what_it_has_run() -> None:
    start = at(OSLO, "2026-10-05 09:00")
    clock = WorkingClock(calendar="NO").started(start).stopped(OSLO, at(OSLO, "2026-10-05 11:00"))
    assert clock.spent == 120
    assert clock.reaches(OSLO, 240) is None
    assert clock.started(at(OSLO, "2026-10-07 08:00")).reaches(OSLO, 240) == at(OSLO, "2026-10-07 10:00")


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Europe/Olso"},
        {"opens": 16 * 60, "closes": 8 * 60},
        {"weekend": tuple(range(7))},
        {"half_days": ("24.12.",)},
        {"name": "a.b"},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate(OSLO.model_dump() | change)


def test_a_calendar_without_working_time_is_refused_rather_than_searched_for_ever() -> None:
    days = tuple(f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32))
    afternoons = OSLO.replace(opens=13 * 60, half_days=days)
    with pytest.raises(ValueError, match="no working time"):
        afternoons.after(at(OSLO, "2026-10-05 09:00"), 1)
