"""For one start a ladder is quick; then everything is in force as it was, also where the demo was killed meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from adapters.db.people_operations import PeopleOperations
from adapters.db.registry import Registry
from demo.quick_ladder import ROUND_THE_CLOCK, for_one_start, mend, quick
from domain.playbook.checks import Severity, findings
from tests.databases import migrated
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
PLAYBOOK = sample_playbook()
DIRECTORY = sample_directory()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """An installation in which the sample directory and the regular playbook are in force."""
    engine = migrated(tmp_path / "interlock.db")
    registry = Registry(engine)
    registry.save_playbook(PLAYBOOK, "tests")
    registry.publish_playbook(PLAYBOOK.name, PLAYBOOK.version)
    PeopleOperations(engine).import_directory(DIRECTORY)
    yield engine
    engine.dispose()


def test_a_quick_ladder_is_the_same_process_but_for_the_minutes_and_leaves_nothing_open() -> None:
    watched = quick(PLAYBOOK)
    assert [rung.after for rung in watched.ladder.vacancy] == [0, 1, 2, 3]
    assert [rung.after for rung in watched.ladder.ask] == list(range(len(PLAYBOOK.ladder.ask)))
    regular = watched.replace(version=PLAYBOOK.version, ladder=PLAYBOOK.ladder, acts=PLAYBOOK.acts)
    assert regular == PLAYBOOK
    assert not [found for found in findings(watched, DIRECTORY) if found.severity is Severity.ERROR]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(0, 3000))  # noqa: DTZ001 -- made UTC below
def test_round_the_clock_a_minute_is_a_minute_at_night_and_at_weekends(start: datetime, minutes: int) -> None:
    moment = start.replace(tzinfo=UTC)
    assert ROUND_THE_CLOCK.after(moment, minutes) == moment + timedelta(minutes=minutes)


def test_what_starts_meanwhile_is_quick_and_what_starts_later_is_as_ever(database: Engine) -> None:
    registry, people = Registry(database), PeopleOperations(database)
    with for_one_start(registry, people, DIRECTORY, "delivery_lead", "luca.ferri") as watched:
        assert registry.playbook() == watched == quick(PLAYBOOK)
        watches = {p.id for p in registry.directory().people if p.calendar == ROUND_THE_CLOCK.name}
        assert watches == {"priya.raman", "luca.ferri"}
    assert (registry.playbook(), registry.directory()) == (PLAYBOOK, DIRECTORY)


def test_a_start_that_fails_leaves_everything_as_it_was(database: Engine) -> None:
    registry, people = Registry(database), PeopleOperations(database)
    with pytest.raises(RuntimeError), for_one_start(registry, people, DIRECTORY, "delivery_lead", "luca.ferri"):
        raise RuntimeError
    assert (registry.playbook(), registry.directory()) == (PLAYBOOK, DIRECTORY)


def test_a_demo_killed_in_between_is_mended_by_the_next_and_is_quick_again(database: Engine) -> None:
    registry, people = Registry(database), PeopleOperations(database)
    killed = for_one_start(registry, people, DIRECTORY, "delivery_lead", "luca.ferri")
    killed.__enter__()
    with for_one_start(registry, people, DIRECTORY, "delivery_lead", "luca.ferri") as watched:
        assert watched == quick(PLAYBOOK)
    assert (registry.playbook(), registry.directory()) == (PLAYBOOK, DIRECTORY)
    killed = for_one_start(registry, people, DIRECTORY, "delivery_lead", "luca.ferri")
    killed.__enter__()
    mend(registry)
    assert registry.playbook() == PLAYBOOK
    mend(registry)
    assert registry.playbook() == PLAYBOOK
