"""The one clock. Everything outside the domain and the workflows asks it; both of those are given its answer.

In development, and in tests, it may run ahead of the machine's by an offset that never changes within a data folder:
so a deal can be tried at a year's end, or on a leap day, with workflows, record and messages at one time. Workflows
get the offset in their input, since theirs is the engine's clock, which nothing can move.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.files.create_once import made_once

# Whatever says what time it is, with a zone.
Now = Callable[[], datetime]
OFFSET_FILE = "clock-offset"


@dataclass(frozen=True)
class MachineClock:
    """The machine's time, moved by `offset`."""

    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset  # noqa: TID251 -- the one place that asks the machine


SYSTEM_CLOCK = MachineClock()


class ClockFixed(Exception):
    """The data folder has another time, or may have none of its own; the message says which."""


def clock_of(folder: Path, starts_at: datetime | None, *, movable: bool) -> MachineClock:
    """The clock of a data folder. `starts_at`: what time it shall be when the folder is first used.

    The offset is kept in the folder, so that every process, and every later start, has the same time. Raises
    ClockFixed where the folder has a time of its own and `movable` is false, or what it says of it cannot be read.
    """
    file = folder / OFFSET_FILE
    if not file.exists() and starts_at is None:
        return SYSTEM_CLOCK
    if not movable and not file.exists():
        raise ClockFixed("INTERLOCK_CLOCK_START is for INTERLOCK_MODE=development alone.")
    if not movable:
        raise ClockFixed(f"{file.parent} has a clock of its own, which is for INTERLOCK_MODE=development alone.")
    kept = made_once(file, lambda: _ahead(starts_at or SYSTEM_CLOCK()))
    try:
        return MachineClock(timedelta(seconds=int(kept)))
    except ValueError:  # better no start than one at another time than everything that the folder holds
        raise ClockFixed(f"{file} says no number of seconds: restore it from a copy of the folder.") from None


def _ahead(starts_at: datetime) -> bytes:
    return f"{round((starts_at - SYSTEM_CLOCK()).total_seconds())}\n".encode()
