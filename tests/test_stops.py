"""Who starts a stack is told there why work is paused."""

from functools import partial
from pathlib import Path

import pytest

from adapters.db.installation import Installation
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from cli.stack import Stops, _damaged_because, _paused_because
from domain.notifications.operators import StopCause
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.adapters.builders import MONDAY
from tests.databases import migrated


def test_a_look_that_meets_damaged_data_says_so_and_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def damaged() -> str:
        raise IntegrityBroken("A text in the database is not UTF-8: it was edited.")

    Stops(damaged, every=0).look()
    assert capsys.readouterr().out.endswith("it was edited. To see where, run: interlock ledger verify\n")


def test_what_is_quarantined_is_named(tmp_path: Path) -> None:
    database = migrated(tmp_path / "interlock.db")
    assert _paused_because(database, Registry(database)) == ""
    for number in range(1, 6):
        StreamStatuses(database).quarantine(
            engagement_stream(EngagementId(f"ENG-2026-000{number}")), "the engine does not know it", MONDAY
        )
    assert _paused_because(database, Registry(database)) == (
        "nothing is changed in ENG-2026-0001, ENG-2026-0002, ENG-2026-0003 and 2 more. "
        "To see what to do, run: interlock reconcile"
    )
    Installation(database).stop_new_deals(StopCause.EMPTIED_ENGINE, "it was emptied.", MONDAY)
    assert (
        _paused_because(database, Registry(database)) == "it was emptied. To see what to do, run: interlock reconcile"
    )
    database.dispose()


def test_what_is_not_as_it_was_signed_is_said_and_that_it_is_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = migrated(tmp_path / "interlock.db")
    unlike = "ENG-2026-0002 is not what was signed at 2026-03-02 10:00:00 UTC."
    damaged = Stops(partial(_damaged_because, database), every=0, begins="DAMAGED", over="As it was signed.")
    damaged.look()
    Installation(database).is_contradicted(engagement_stream(EngagementId("ENG-2026-0002")), unlike, MONDAY, MONDAY)
    damaged.look()
    Installation(database).is_as_signed(MONDAY)
    damaged.look()
    assert [line for line in capsys.readouterr().out.splitlines() if "[info" not in line] == [
        f"DAMAGED: {unlike} To see what to do, run: interlock ledger verify",
        "As it was signed.",
    ]
    database.dispose()


def test_why_work_is_paused_is_said_once_and_so_is_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    why = "the engine belongs to installation 1a2b3c4d, the record holds no engagement."
    looks = ["", why, why, ""]
    stops = Stops(iter(looks).__next__, every=0)
    for _ in looks:
        stops.look()
    paused, goes_on = capsys.readouterr().out.splitlines()
    assert paused == f"PAUSED: {why}"
    assert goes_on == "No longer paused."
