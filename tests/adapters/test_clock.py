"""A data folder has one time, whoever uses it first and however many do so at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.clock import OFFSET_FILE, SYSTEM_CLOCK, ClockFixed, MachineClock, clock_of

LEAP_DAY = datetime(2028, 2, 29, 10, tzinfo=UTC)
MANY = 8


def test_all_who_start_at_once_have_the_same_time(tmp_path: Path) -> None:
    """Half of them would begin the folder, half only read it; nobody ever sees a file that is not whole."""
    together = threading.Barrier(MANY)

    def begin(folder: Path, number: int) -> MachineClock:
        together.wait()
        return clock_of(folder, LEAP_DAY + timedelta(days=number) if number % 2 else LEAP_DAY, movable=True)

    with ThreadPoolExecutor(MANY) as threads:
        for turn in range(200):
            folder = tmp_path / str(turn)
            clocks = list(threads.map(begin, [folder] * MANY, range(MANY)))
            assert len({clock.offset for clock in clocks}) == 1
            assert [file.name for file in folder.iterdir()] == [OFFSET_FILE]


def test_whoever_comes_later_has_the_time_of_the_first(tmp_path: Path) -> None:
    first = clock_of(tmp_path, LEAP_DAY, movable=True)
    assert abs(first() - LEAP_DAY) < timedelta(minutes=1)
    assert clock_of(tmp_path, LEAP_DAY + timedelta(days=9), movable=True) == first
    assert clock_of(tmp_path, None, movable=True) == first


def test_a_folder_without_a_time_of_its_own_has_the_machines(tmp_path: Path) -> None:
    assert clock_of(tmp_path, None, movable=False) is SYSTEM_CLOCK


@pytest.mark.parametrize("content", ["", "soon\n"])
def test_nobody_starts_at_a_time_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / OFFSET_FILE).write_text(content)
    with pytest.raises(ClockFixed, match=OFFSET_FILE):
        clock_of(tmp_path, LEAP_DAY, movable=True)


def test_a_time_of_its_own_is_refused_outside_development_by_what_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(ClockFixed, match="INTERLOCK_CLOCK_START"):
        clock_of(tmp_path, LEAP_DAY, movable=False)
    clock_of(tmp_path, LEAP_DAY, movable=True)
    with pytest.raises(ClockFixed, match="has a clock of its own"):
        clock_of(tmp_path, None, movable=False)
