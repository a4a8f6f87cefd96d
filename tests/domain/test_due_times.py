"""Due times by tables of examples, in the calendars of the sample directory and of places that need care.

Each row was reckoned by hand, from a printed calendar; the line above it says how. Weekdays are written with the dates.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.shared.calendar import Calendar
from tests.samples import sample_directory

FIRM = sample_directory()
# 08:00-16:00 · 09:00-17:00 · 09:30-18:00 · 09:00-17:30, each with the holidays of its country and region.
OSLO, MUNICH, BENGALURU, NEW_YORK = (FIRM.calendars[name] for name in ("NO", "DE", "IN", "US"))

# Sunday to Thursday.
CAIRO = Calendar(name="EG", zone="Africa/Cairo", opens=9 * 60, closes=17 * 60, weekend=(4, 5))
# Five hours and three quarters ahead of UTC; works on Sundays.
KATHMANDU = Calendar(name="NP", zone="Asia/Kathmandu", opens=10 * 60, closes=17 * 60, weekend=(5,))
NIGHT_DESK = Calendar(name="ND", zone="America/New_York", opens=0, closes=8 * 60, weekend=())
ROUND_THE_CLOCK = Calendar(name="RC", zone="Europe/Oslo", opens=0, closes=24 * 60, weekend=())
LATE_SHIFT = Calendar(
    name="LS",
    zone="Europe/Oslo",
    opens=13 * 60,
    closes=21 * 60,
    holidays=(date(2027, 1, 1),),
    half_days=("12-24", "12-31", "01-01"),
)
HOUR, DAY = 60, 8 * 60


def on_the_wall(calendar: Calendar, wall: str) -> datetime:
    """`Wed 2026-12-23 15:00`, or with an offset where the clocks show a time twice; the weekday must be true."""
    weekday, _, moment = wall.partition(" ")
    read = datetime.fromisoformat(moment)
    assert f"{read:%a}" == weekday, wall
    return read if read.tzinfo else read.replace(tzinfo=ZoneInfo(calendar.zone))


Row = tuple[Calendar, str, int, str]

CHRISTMAS_IN_OSLO: tuple[Row, ...] = (
    # Wed 15-16 is 1 h, Thu 24 Dec 8-12 is 4 h: 5 of 8 h. Fri 25 is a holiday, Sat 26 too, Sun 27. Mon 28: 8 + 3 h.
    (OSLO, "Wed 2026-12-23 15:00", DAY, "Mon 2026-12-28 11:00"),
    # Nothing is left of the half day at 12:00. Fri, Sat, Sun off. Mon 28: 8 + 1 h.
    (OSLO, "Thu 2026-12-24 12:00", HOUR, "Mon 2026-12-28 09:00"),
    # 40 h, a client's time to sign: Tue 22 3 h, Wed 8, Thu 4 (15); Mon 28, Tue 29, Wed 30 8 each (39); Thu 31 one more.
    (OSLO, "Tue 2026-12-22 13:00", 5 * DAY, "Thu 2026-12-31 09:00"),
    # Wed 30: 1 h; Thu 31 until noon: 4 h; Fri 1 Jan a holiday, weekend; Mon 4: the last 3 h.
    (OSLO, "Wed 2026-12-30 15:00", DAY, "Mon 2027-01-04 11:00"),
    # Opened at night on a holiday: all 8 h lie on Mon 28, and end as it closes.
    (OSLO, "Fri 2026-12-25 23:30", DAY, "Mon 2026-12-28 16:00"),
    # 2027 has 24 Dec on a Friday: 4 h; 25 and 26 fall on the weekend and are not given back. Mon 27: 4 h.
    (OSLO, "Fri 2027-12-24 08:00", DAY, "Mon 2027-12-27 12:00"),
    # 2028 has 24 Dec on a Sunday: a half day makes no weekend a working day. Mon 25 and Tue 26 off. Wed 27: 1 h.
    (OSLO, "Fri 2028-12-22 16:00", HOUR, "Wed 2028-12-27 09:00"),
    # Easter: Wed 24 Mar 2 h; Thu 25, Fri 26, Mon 29 are holidays, and the clocks move on Sun 28. Tue 30: 6 h.
    (OSLO, "Wed 2027-03-24 14:00", DAY, "Tue 2027-03-30 14:00"),
    # 17 May 2027 is a Monday: National Day and Whit Monday at once. Fri 14: 1 h, Tue 18: 1 h.
    (OSLO, "Fri 2027-05-14 15:00", 2 * HOUR, "Tue 2027-05-18 09:00"),
)

DIWALI_IN_BENGALURU: tuple[Row, ...] = (
    # Thu 28 Oct: 1 h. Fri 29 is Diwali, the weekend, Mon 1 Nov is Karnataka's own day. Tue 2: 1 h from 9:30.
    (BENGALURU, "Thu 2027-10-28 17:00", 2 * HOUR, "Tue 2027-11-02 10:30"),
    # 16 h: Wed 27 half an hour, Thu 28 8½ h (9); Tue 2 Nov 7 more: 9:30 + 7 h.
    (BENGALURU, "Wed 2027-10-27 17:30", 2 * DAY, "Tue 2027-11-02 16:30"),
    # 2026 has Diwali on Sun 8 Nov: the weekend is no longer. Fri 6: 1 h, Mon 9: 1 h.
    (BENGALURU, "Fri 2026-11-06 17:00", 2 * HOUR, "Mon 2026-11-09 10:30"),
    # 2028: Diwali on Tue 17 Oct. Mon 16: half an hour; Wed 18: 7½ h from 9:30.
    (BENGALURU, "Mon 2028-10-16 17:30", DAY, "Wed 2028-10-18 17:00"),
    # Opened on the evening of Diwali itself.
    (BENGALURU, "Fri 2027-10-29 20:00", 90, "Tue 2027-11-02 11:00"),
    # Asked from Oslo at 15:00 on Thu 28 Oct 2027 (summer time there): 18:30 in Bengaluru, which has closed.
    (BENGALURU, "Thu 2027-10-28 15:00+02:00", 30, "Tue 2027-11-02 10:00"),
)

CLOCKS_IN_NEW_YORK: tuple[Row, ...] = (
    # Forward on Sun 14 Mar 2027. Fri 12: 1 h; Mon 15: 7 h from 9:00. The wall knows nothing of the missing hour.
    (NEW_YORK, "Fri 2027-03-12 16:30", DAY, "Mon 2027-03-15 16:00"),
    # Back on Sun 1 Nov 2026. Fri 30 Oct: half an hour; Mon 2 Nov: 7½ h. Tue 3 is Election Day, a holiday in New York.
    (NEW_YORK, "Fri 2026-10-30 17:00", DAY, "Mon 2026-11-02 16:30"),
    # The same with 16 h: Fri ½ h, Mon 8½ h (9), Tue off, Wed 4 Nov 7 h.
    (NEW_YORK, "Fri 2026-10-30 17:00", 2 * DAY, "Wed 2026-11-04 16:00"),
    # Forward, across the missing hour: 0-2 and 3-8 are 7 h on Sun 14; the 8th is Mon 0-1.
    (NIGHT_DESK, "Sun 2027-03-14 00:00", DAY, "Mon 2027-03-15 01:00"),
    # Opened at 1:30, half an hour before the gap: 2 h later it is 4:30.
    (NIGHT_DESK, "Sun 2027-03-14 01:30", 2 * HOUR, "Sun 2027-03-14 04:30"),
    # Back: 0-2, 1-2 again and 2-8 are 9 h on Sun 1 Nov: 8 h are over at 7:00.
    (NIGHT_DESK, "Sun 2026-11-01 00:00", DAY, "Sun 2026-11-01 07:00"),
    # From 1:30 the first time, one hour: 1:30 the second time.
    (NIGHT_DESK, "Sun 2026-11-01 01:30-04:00", HOUR, "Sun 2026-11-01 01:30-05:00"),
    # From 1:30 the second time, one hour: 2:30.
    (NIGHT_DESK, "Sun 2026-11-01 01:30-05:00", HOUR, "Sun 2026-11-01 02:30"),
)

CLOCKS_IN_OSLO: tuple[Row, ...] = (
    # Back on Sun 25 Oct 2026. Fri 23: 2 h; Mon 26: 6 h.
    (OSLO, "Fri 2026-10-23 14:00", DAY, "Mon 2026-10-26 14:00"),
    # Forward on Sun 26 Mar 2028. Fri 24: 2 h; Mon 27: 6 h.
    (OSLO, "Fri 2028-03-24 14:00", DAY, "Mon 2028-03-27 14:00"),
    # A day of 23 hours is over an hour early by what has passed, and at midnight by the wall.
    (ROUND_THE_CLOCK, "Sun 2027-03-28 00:00", 23 * HOUR, "Mon 2027-03-29 00:00"),
    # A day of 25 hours; its 3rd hour is the one that comes again.
    (ROUND_THE_CLOCK, "Sun 2026-10-25 00:00", 25 * HOUR, "Mon 2026-10-26 00:00"),
    (ROUND_THE_CLOCK, "Sun 2026-10-25 00:00", 3 * HOUR, "Sun 2026-10-25 02:00+01:00"),
)

ELSEWHERE: tuple[Row, ...] = (
    # Bavaria has Epiphany (Wed 6 Jan 2027): Tue 5 1 h, Thu 7 1 h. Oslo works that day.
    (MUNICH, "Tue 2027-01-05 16:00", 2 * HOUR, "Thu 2027-01-07 10:00"),
    (OSLO, "Tue 2027-01-05 15:00", 2 * HOUR, "Wed 2027-01-06 09:00"),
    # Bavaria has Corpus Christi, Thu 4 Jun 2026: Wed 3 1 h, Fri 5 1 h.
    (MUNICH, "Wed 2026-06-03 16:00", 2 * HOUR, "Fri 2026-06-05 10:00"),
    # Thanksgiving, Thu 26 Nov 2026: Wed 1½ h, Fri 27 is worked: half an hour.
    (NEW_YORK, "Wed 2026-11-25 16:00", 2 * HOUR, "Fri 2026-11-27 09:30"),
    # A weekend: Fri 9 Oct 1 h, Mon 12 1 h. Asked on a Saturday: Mon from 8:00.
    (OSLO, "Fri 2026-10-09 15:00", 2 * HOUR, "Mon 2026-10-12 09:00"),
    (OSLO, "Sat 2026-10-10 11:00", 2 * HOUR, "Mon 2026-10-12 10:00"),
    # At night; a minute before closing (59 of 60 minutes remain); at closing; at the very opening.
    (OSLO, "Tue 2026-10-06 03:00", HOUR, "Tue 2026-10-06 09:00"),
    (OSLO, "Tue 2026-10-06 15:59", HOUR, "Wed 2026-10-07 08:59"),
    (OSLO, "Tue 2026-10-06 16:00", HOUR, "Wed 2026-10-07 09:00"),
    (OSLO, "Tue 2026-10-06 08:00", DAY, "Tue 2026-10-06 16:00"),
    # Sunday to Thursday: Thu 8 Oct 1 h, Fri and Sat off, Sun 11 1 h.
    (CAIRO, "Thu 2026-10-08 16:00", 2 * HOUR, "Sun 2026-10-11 10:00"),
    # Cairo's clocks go forward at midnight of Fri 30 Apr 2027, on its weekend: Thu 29 1 h, Sun 2 May 1 h.
    (CAIRO, "Thu 2027-04-29 16:00", 2 * HOUR, "Sun 2027-05-02 10:00"),
    # Six days a week, Saturday off: Fri 9 Oct 1 h, Sun 11 1 h. 10:00 there is 4:15 UTC.
    (KATHMANDU, "Fri 2026-10-09 16:00", 2 * HOUR, "Sun 2026-10-11 11:00"),
    (KATHMANDU, "Sun 2026-10-11 04:00+00:00", 15, "Sun 2026-10-11 04:30+00:00"),
    # Opens after noon, so a half day is a day off: Wed 23 Dec 1 h, Thu 24 none, Fri 25 is worked here: 1 h.
    (LATE_SHIFT, "Wed 2026-12-23 20:00", 2 * HOUR, "Fri 2026-12-25 14:00"),
    # Thu 31 is such a half day; Fri 1 Jan is both half day and holiday, and stays a day off. Mon 4: 1 h.
    (LATE_SHIFT, "Wed 2026-12-30 20:00", 2 * HOUR, "Mon 2027-01-04 14:00"),
)


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "due"),
    [
        pytest.param(*row, id=f"{row[0].name} {row[1]} + {row[2]}")
        for table in (CHRISTMAS_IN_OSLO, DIWALI_IN_BENGALURU, CLOCKS_IN_NEW_YORK, CLOCKS_IN_OSLO, ELSEWHERE)
        for row in table
    ],
)
def test_due_is_when_the_working_minutes_have_passed(calendar: Calendar, start: str, minutes: int, due: str) -> None:
    begins, ends = (on_the_wall(calendar, wall).astimezone(UTC) for wall in (start, due))
    assert calendar.after(begins, minutes) == ends
    assert calendar.between(begins, ends) == minutes


@pytest.mark.parametrize(
    ("calendar", "start", "days", "then"),
    [
        # Wed 23, Thu 24 (a half day is a working day), then Mon 28.
        (OSLO, "Tue 2026-12-22 10:00", 3, "Mon 2026-12-28 10:00"),
        # Wed 27, Thu 28 Oct; Diwali, weekend, Karnataka's day; Tue 2, Wed 3 Nov.
        (BENGALURU, "Tue 2027-10-26 11:15", 4, "Wed 2027-11-03 11:15"),
        # Ten working days across the end of summer time: Mon 26 - Fri 30 Oct 5, Mon 2 Nov 6, Wed 4 - Fri 6 9, Mon 9 10.
        (NEW_YORK, "Fri 2026-10-23 09:30", 10, "Mon 2026-11-09 09:30"),
        # Asked on a Saturday: the first working day is Monday.
        (OSLO, "Sat 2026-10-10 19:00", 1, "Mon 2026-10-12 19:00"),
        # 2:30 does not come on Sun 14 Mar 2027: the clocks go from 2:00 to 3:00, and that is when.
        (NIGHT_DESK, "Sat 2027-03-13 02:30", 1, "Sun 2027-03-14 03:00"),
        # 1:30 comes twice on Sun 1 Nov 2026: the first.
        (NIGHT_DESK, "Sat 2026-10-31 01:30", 1, "Sun 2026-11-01 01:30-04:00"),
    ],
)
def test_working_days_later_it_is_the_same_time_by_the_wall(
    calendar: Calendar, start: str, days: int, then: str
) -> None:
    assert calendar.days_after(on_the_wall(calendar, start), days) == on_the_wall(calendar, then).astimezone(UTC)


GAP, TWICE = date(2027, 3, 14), date(2026, 11, 1)


@pytest.mark.parametrize(
    ("opens", "closes", "day", "hours"),
    [
        pytest.param("00:00", "02:30", GAP, ("05:00", "07:00"), id="who closes in the skipped hour goes at the skip"),
        pytest.param("00:00", "03:00", GAP, ("05:00", "07:00"), id="and not later than who closes after it"),
        pytest.param("02:30", "05:00", GAP, ("07:00", "09:00"), id="who opens in it comes at the skip"),
        pytest.param("02:15", "03:00", GAP, None, id="who works within it only has that day off"),
        pytest.param("00:00", "01:30", TWICE, ("04:00", "05:30"), id="what comes twice closes the first time"),
        pytest.param("01:30", "03:00", TWICE, ("05:30", "08:00"), id="and opens the first time"),
    ],
)
def test_hours_that_touch_the_switch_of_clocks(
    opens: str, closes: str, day: date, hours: tuple[str, str] | None
) -> None:
    opening, closing = (int(wall[:2]) * 60 + int(wall[3:]) for wall in (opens, closes))
    calendar = Calendar(name="NW", zone="America/New_York", opens=opening, closes=closing, weekend=())
    found = calendar.hours_of(day)
    assert (found and tuple(f"{moment:%H:%M}" for moment in found)) == hours


# Between the two switches: Europe has winter time, New York still summer time.
NOON_UTC = datetime(2026, 10, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "calendar", "text"),
    [
        (NOON_UTC, OSLO, "Wed 28 Oct 2026, 13:00 (Oslo time)"),
        (NOON_UTC, NEW_YORK, "Wed 28 Oct 2026, 08:00 (New York time)"),
        (NOON_UTC, BENGALURU, "Wed 28 Oct 2026, 17:30 (Kolkata time)"),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), OSLO, "Wed 1 Jul 2026, 14:00 (Oslo time)"),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), NEW_YORK, "Wed 1 Jul 2026, 08:00 (New York time)"),
        (datetime(2026, 12, 31, 23, 15, tzinfo=UTC), OSLO, "Fri 1 Jan 2027, 00:15 (Oslo time)"),
        (datetime(2026, 12, 31, 23, 15, tzinfo=UTC), NEW_YORK, "Thu 31 Dec 2026, 18:15 (New York time)"),
        (datetime(2026, 12, 31, 23, 15, tzinfo=UTC), BENGALURU, "Fri 1 Jan 2027, 04:45 (Kolkata time)"),
        (datetime(2027, 3, 14, 6, 59, tzinfo=UTC), NEW_YORK, "Sun 14 Mar 2027, 01:59 (New York time)"),
        (datetime(2027, 3, 14, 7, 0, tzinfo=UTC), NEW_YORK, "Sun 14 Mar 2027, 03:00 (New York time)"),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), NEW_YORK, "Sun 1 Nov 2026, 01:30 (New York time, UTC-04:00)"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), NEW_YORK, "Sun 1 Nov 2026, 01:30 (New York time, UTC-05:00)"),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), NEW_YORK, "Sun 1 Nov 2026, 02:30 (New York time)"),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), OSLO, "Sun 1 Nov 2026, 06:30 (Oslo time)"),
    ],
)
def test_a_moment_is_shown_as_the_reader_reads_it(moment: datetime, calendar: Calendar, text: str) -> None:
    assert calendar.shown(moment) == text
