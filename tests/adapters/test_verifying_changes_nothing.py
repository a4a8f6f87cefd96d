"""Who verifies a record touches nothing of it: neither a copy with its log, nor a folder that takes no changes."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

import cli.main
from adapters.db.database import reading
from adapters.db.read_only import looked_at
from adapters.db.records import Records
from composition import opened
from settings import Settings
from tests.adapters.builders import lively_deal


@pytest.fixture
def in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A record that somebody has open, with facts that stand in its log alone."""
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    engine = opened(Settings())
    Records(engine).append(lively_deal().batch)
    yield engine
    engine.dispose()


def contents(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def verified() -> str:
    answer = CliRunner().invoke(cli.main.app, ["ledger", "verify"])
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("taken", [("interlock.db", "interlock.db-wal"), ("interlock.db*",)])
def test_a_copy_is_verified_with_its_log_and_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: tuple[str, ...]
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in (found for pattern in taken for found in (tmp_path / "home").glob(pattern)):
        shutil.copyfile(file, copy / file.name)
    before = contents(copy)
    monkeypatch.setenv("INTERLOCK_HOME", str(copy))
    assert "Verified 20 facts in 1 streams." in verified()
    assert contents(copy) == before


def test_a_lone_file_in_a_folder_that_takes_no_changes_is_verified(
    in_use: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use.dispose()
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copyfile(tmp_path / "home" / "interlock.db", copy / "interlock.db")
    (copy / "interlock.db").chmod(0o400)
    copy.chmod(0o500)
    before = contents(copy)
    monkeypatch.setenv("INTERLOCK_HOME", str(copy))
    assert "Verified 20 facts" in verified()
    assert contents(copy) == before


def test_a_record_in_use_is_seen_as_it_is_and_not_folded(in_use: Engine, tmp_path: Path) -> None:
    home = tmp_path / "home"
    before = contents(home)
    assert "Verified 20 facts" in verified()
    index = {"interlock.db-shm"}  # in which whoever has it open marks up to where they read
    assert {name: of for name, of in contents(home).items() if name not in index} == {
        name: of for name, of in before.items() if name not in index
    }
    assert contents(home).keys() == before.keys()
    Records(in_use).append(lively_deal(2).batch)
    assert "Verified 40 facts" in verified()


@pytest.mark.usefixtures("in_use")
def test_what_is_looked_at_cannot_be_written() -> None:
    with (
        looked_at(Settings().database) as engine,
        pytest.raises(OperationalError, match="readonly"),
        reading(engine) as connection,
    ):
        connection.execute(text("DELETE FROM ledger"))
    assert "Verified 20 facts" in verified()


def test_looking_at_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(FileNotFoundError), looked_at(f"sqlite:///{missing}"):
        pass
    assert not missing.exists()
