"""The tests' time: a working Tuesday, whatever day, hour and zone the machine has, unless `TESTS_CLOCK` sets another.

Everything that the tests start runs on it, workflows too; `make clocks` sets the moments at which software breaks, for
tests that are marked `clock`: a whole deal over REST, and of each thing that looks at the time enough to see it do so.
"""

import os
from datetime import UTC, date, datetime, timedelta

from adapters.clock import SYSTEM_CLOCK, MachineClock
from domain.directory.directory import Directory

# Oslo and Berlin work; Bangalore's day is over, New York's is about to begin.
A_WORKING_TUESDAY = "2026-11-24T13:30:00+00:00"
STARTS_AT = datetime.fromisoformat(os.environ.get("TESTS_CLOCK", A_WORKING_TUESDAY))
CLOCK = MachineClock(timedelta(seconds=round((STARTS_AT - SYSTEM_CLOCK()).total_seconds())))


def day(ahead: int = 0) -> date:
    """A day from the tests' today on, in UTC."""
    return (CLOCK() + timedelta(days=ahead)).date()


def held(reason: str) -> dict[str, str]:
    """What somebody sends to put an engagement on hold for ten days."""
    return {"reason": reason, "until": str(day(10))}


def next_working_moment(directory: Directory, calendars: tuple[str, ...] = ("NO", "DE")) -> datetime:
    """From when on somebody who reads a message now is at work in each of these calendars, for an hour at least."""
    moment = CLOCK()
    while not all(_works(directory, name, moment) for name in calendars):
        moment += timedelta(minutes=15)
    return moment


def _works(directory: Directory, calendar: str, moment: datetime) -> bool:
    known = directory.calendars[calendar]
    hours = known.hours_of(known.local_day(moment))
    return hours is not None and hours[0] <= moment < hours[1] - timedelta(hours=1)


def morning_after(directory: Directory, calendar: str, moment: datetime) -> datetime:
    """When the next working day of a calendar opens."""
    known, day = directory.calendars[calendar], directory.calendars[calendar].local_day(moment)
    while (hours := known.hours_of(day)) is None or hours[0] <= moment:
        day += timedelta(days=1)
    return hours[0].astimezone(UTC)
