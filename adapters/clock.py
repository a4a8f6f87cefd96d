"""The only clock. All code but the domain and the workflows reads the time here; those two are passed it.

In development and in tests it may run ahead of the machine's clock by an offset that is fixed for each data folder, so
that a deal can be tried at year end or on a leap day with workflows, record and messages agreeing on the time.
Workflows get the offset in their input, because they read Temporal's clock, which cannot be moved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.files.create_once import made_once

# Returns the current time, timezone-aware.
Now = Callable[[], datetime]
OFFSET_FILE = "clock-offset"


@dataclass(frozen=True)
class MachineClock:
    """The machine's clock, shifted by `offset`."""

    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset  # noqa: TID251 -- the only place that reads the machine's clock


SYSTEM_CLOCK = MachineClock()


class ClockFixed(Exception):
    """The data folder is bound to another start time, or may not have one of its own; the message says which."""


def clock_of(folder: Path, starts_at: datetime | None, *, movable: bool) -> MachineClock:
    """Returns the clock of a data folder. `starts_at` is the time the clock shows when the folder is first used.

    The offset is stored in the folder, so that every process and every later start agree on the time. Raises ClockFixed
    if the folder has a time of its own and `movable` is false, or if the stored offset cannot be read.
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
    except ValueError:  # better not to start than to run at a time that contradicts everything in the folder
        raise ClockFixed(f"{file} says no number of seconds: restore it from a copy of the folder.") from None


def _ahead(starts_at: datetime) -> bytes:
    return f"{round((starts_at - SYSTEM_CLOCK()).total_seconds())}\n".encode()
