"""Working hours: when a due time falls, in the calendar of the person asked.

All arithmetic is done on UTC instants built from local wall-clock openings, so a day on which the clocks change has its
true length. Durations are whole minutes. Calendars carry their holidays as data: a library that changes its mind must
not change what was decided.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from domain.shared.values import Day, Name, Value

NOON = 12 * 60
# A calendar that has no working day in ten years is rejected rather than searched for ever.
MAX_SEARCH_DAYS = 3660

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Not the library's names of days: those follow the machine's locale, and these texts must not.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

DayMinute = Annotated[int, Field(ge=0, le=24 * 60)]


def is_zone(name: str) -> bool:
    """True for the name of a time zone, such as Europe/Oslo."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=8192)
def instant(wall: datetime, zone: str) -> datetime:
    """The UTC instant at which the clocks of a zone show this (a datetime without a zone).

    A time that they show twice is the first of the two; one that they skip is the instant of the skip. Cached: each
    decision looks at every clock of an engagement several times.
    """
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    if not _is_skipped(local):
        return local.astimezone(UTC)
    minute = local.replace(second=0, microsecond=0)
    while _is_skipped(minute):
        minute += timedelta(minutes=1)
    return minute.astimezone(UTC)


def _offsets(local: datetime) -> tuple[timedelta, timedelta]:
    """The UTC offsets of the first and second time a clock shows this; they differ if it is shown twice or skipped."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first or timedelta(), second or timedelta()


def _is_skipped(local: datetime) -> bool:
    first, second = _offsets(local)
    return first < second


def shown(moment: datetime, zone: str) -> str:
    """A moment as people in a zone read it: `Tue 24 Nov 2026, 11:00 (Oslo time)`.

    In the hour that occurs twice it says which, by the offset from UTC.
    """
    local = moment.astimezone(ZoneInfo(zone))
    place = f"{zone.rpartition('/')[2].replace('_', ' ')} time"
    first, second = _offsets(local)
    which = f", UTC{local.isoformat()[-6:]}" if first > second else ""
    return f"{day_shown(local)}, {local:%H:%M} ({place}{which})"


def day_shown(day: date) -> str:
    """A day as people read it: `Tue 24 Nov 2026`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


CalendarName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]


class Calendar(Value):
    """Working hours of a place: zone, opening and closing in minutes after local midnight, days off."""

    name: CalendarName
    zone: Annotated[str, Field(max_length=64)]
    opens: DayMinute
    closes: DayMinute
    weekend: tuple[int, ...] = (5, 6)
    holidays: tuple[Day, ...] = ()
    half_days: tuple[Annotated[str, Field(pattern=r"^\d\d-\d\d$")], ...] = ()
    """Months and days on which work ends at noon; a calendar that opens after noon is off. A day off stays off."""
    working_days: Annotated[tuple[Day, ...], Field(exclude_if=lambda days: not days)] = ()
    """Weekend days that are worked, by decree, in place of a bridging day off."""
    holidays_until: Day | None = None
    """The last day for which public holidays are known; None: for none."""

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        if not is_zone(zone):
            raise ValueError(f"unknown time zone {zone!r}")
        return zone

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Calendar":
        if self.opens >= self.closes:
            raise ValueError("working hours must open before they close")
        if set(self.weekend) >= set(range(7)):
            raise ValueError("a week needs a working day")
        return self

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of a local day as UTC instants, or None if it is not worked.

        An opening or closing in an hour that the clocks skip is at the skip; in one that occurs twice, at the first.
        """
        is_weekend = day.weekday() in self.weekend and day not in self.working_days
        if is_weekend or day in self.holidays:
            return None
        closes = min(self.closes, NOON) if day.strftime("%m-%d") in self.half_days else self.closes
        hours = self._instant(day, self.opens), self._instant(day, closes)
        return hours if hours[0] < hours[1] else None

    def _instant(self, day: date, minute: int) -> datetime:
        return instant(datetime.combine(day, time()) + timedelta(minutes=minute), self.zone)

    def local_day(self, moment: datetime) -> date:
        """The local date in this calendar's zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def day_begins(self, day: date) -> datetime:
        """The instant at which a local day begins, working day or not."""
        return self._instant(day, 0)

    def day_ends(self, day: date) -> datetime:
        """When work ends on a day; for a day off, one minute into the next working hours."""
        hours = self.hours_of(day)
        return hours[1] if hours is not None else self.after(self.day_begins(day), 1)

    def after(self, start: datetime, minutes: int) -> datetime:
        """The instant at which so many working minutes have passed since `start`.

        With 0 minutes it is `start` itself, even outside working hours.
        """
        if minutes <= 0:
            return start
        # In UTC: between two datetimes of one zone Python counts wall-clock time, and the wall clock may skip an hour.
        start, left = start.astimezone(UTC), timedelta(minutes=minutes)
        day = self.local_day(start)
        for _ in range(MAX_SEARCH_DAYS):
            hours = self.hours_of(day)
            if hours is not None:
                begin, end = max(start, hours[0]), hours[1]
                if end - begin >= left:
                    return begin + left
                left -= max(end - begin, timedelta())
            day += timedelta(days=1)
        raise ValueError(f"calendar {self.name} has no working time")

    def between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes between two instants; 0 if `end` is not after `start`."""
        start, end, total = start.astimezone(UTC), end.astimezone(UTC), timedelta()
        day, last = self.local_day(start), self.local_day(end)
        while day <= last:
            hours = self.hours_of(day)
            if hours is not None:
                total += max(min(end, hours[1]) - max(start, hours[0]), timedelta())
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)

    def days_after(self, start: datetime, days: int) -> datetime:
        """The same wall-clock time so many working days later. With 0 days it is `start` itself."""
        if days <= 0:
            return start
        local = start.astimezone(ZoneInfo(self.zone))
        day, left = local.date(), days
        for _ in range(MAX_SEARCH_DAYS):
            day += timedelta(days=1)
            left -= self.hours_of(day) is not None
            if left == 0:
                return instant(datetime.combine(day, local.time()), self.zone)
        raise ValueError(f"calendar {self.name} has no {days} working days within ten years")

    def shown(self, moment: datetime) -> str:
        """A moment in this calendar's local time."""
        return shown(moment, self.zone)


class WorkingClock(Value):
    """Working minutes that have run for an ask or a vacancy; it can be stopped and started again."""

    calendar: Name | str
    spent: int = 0
    since: datetime | None = None

    def stopped(self, calendar: Calendar, now: datetime) -> "WorkingClock":
        """The clock, halted with the minutes it has run so far."""
        if self.since is None:
            return self
        return self.replace(spent=self.spent + calendar.between(self.since, now), since=None)

    def started(self, now: datetime) -> "WorkingClock":
        """The clock, running on from now."""
        return self if self.since is not None else self.replace(since=now)

    def reaches(self, calendar: Calendar, minutes: int) -> datetime | None:
        """When it will have run so many minutes; None while it is stopped."""
        if self.since is None:
            return None
        return calendar.after(self.since, minutes - self.spent)
