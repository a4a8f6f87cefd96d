"""`interlock ledger erase`, as an operator types it at the machine."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli.main
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from cli.terminal import FAILED, UNUSABLE
from composition import opened
from domain.engagement.closing.commands import LoseDeal
from settings import Settings
from tests.adapters.builders import firm, lively_deal

WORDS = "person on call"


def erase(*words: str, typed: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli.main.app, ["ledger", "erase", *words], input=typed)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a deal that was lost, and one that runs."""
    folder = tmp_path / "home"
    monkeypatch.setenv("INTERLOCK_HOME", str(folder))
    engine = opened(Settings())
    PeopleOperations(engine).import_directory(firm())
    Records(engine).append(lively_deal(1).do("luca.ferri", LoseDeal(reason="Too dear")).batch)
    Records(engine).append(lively_deal(2).batch)
    engine.dispose()
    return folder


def ended_facts() -> list[str]:
    found = json.loads(erase(WORDS, "--dry-run", "--json").output)
    return [f"--fact={one['fact']}" for one in found["texts"] if "ENG-2026-0001" in one["fact"]]


def test_a_dry_run_shows_fact_person_time_and_words_around_and_touches_nothing(home: Path) -> None:
    before = {file.name: file.read_bytes() for file in home.glob("interlock.db*")}
    answer = erase(WORDS, "--dry-run")
    assert answer.exit_code == 0
    assert "engagement/ENG-2026-0001#" in answer.output
    assert "Luca Ferri, 2026-03-02 09:20 UTC" in answer.output
    assert "A person on call at night" in answer.output
    assert "ENG-2026-0001  Grid control: ended, 2026-03-02" in answer.output
    assert "ENG-2026-0002  Grid control: is running: end it first" in answer.output
    assert "Nothing was written." in answer.output
    assert {file.name: file.read_bytes() for file in home.glob("interlock.db*")} == before


def test_a_deal_that_runs_is_refused_with_who_can_end_it(home: Path) -> None:
    assert home
    answer = erase(WORDS, "--reason", "request 17", "--yes")
    assert answer.exit_code == FAILED
    assert "ENG-2026-0002 (Grid control) is in qualify" in answer.output
    assert "Waits for Marta Silva, who can end it (ENG-2026-0002)" in answer.output
    assert "interlock deal lose" in answer.output


def test_nothing_is_erased_unless_somebody_says_yes(home: Path) -> None:
    assert home
    for typed in ("n\n", ""):
        answer = erase(WORDS, *ended_facts(), "--reason", "request 17", typed=typed)
        assert answer.exit_code == FAILED
        assert "Nothing was erased." in answer.output
    assert ended_facts()


def test_what_was_confirmed_is_gone_and_the_record_verifies(home: Path) -> None:
    assert home
    answer = erase(*ended_facts(), "--reason", "request 17", typed=f"{WORDS}\ny\n")
    assert answer.exit_code == 0
    assert "Erased: " in answer.output
    assert "Temporal keeps the history" in answer.output
    assert not ended_facts()
    verified = CliRunner().invoke(cli.main.app, ["ledger", "verify"])
    assert verified.exit_code == 0, verified.output


def test_one_that_was_killed_before_it_emptied_the_log_is_brought_to_its_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.db.database.HOUSEKEEPING_PATIENCE", 0.5)
    erased = (*ended_facts(), "--reason", "request 17", "--yes")
    with closing(sqlite3.connect(home / "interlock.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM content").fetchone()
        assert erase(WORDS, *erased).exit_code == FAILED  # written, and the log still holds what was before
    before = held_in_files(home)  # of the deal that runs, and what was erased
    assert "does not contain these texts" in erase(WORDS, *erased).output
    assert held_in_files(home) < before
    assert not (home / "interlock.db-wal").exists() or not (home / "interlock.db-wal").read_bytes()


def held_in_files(home: Path) -> int:
    return sum(file.read_bytes().count(WORDS.encode()) for file in home.glob("interlock.db*"))


def test_a_reason_is_asked_for(home: Path) -> None:
    assert home
    assert erase(WORDS).exit_code == UNUSABLE


def test_what_nobody_wrote_is_said_to_be_nowhere(home: Path) -> None:
    assert home
    answer = erase("an albatross", "--reason", "request 17")
    assert answer.exit_code == 0
    assert "No fact contains this text." in answer.output
