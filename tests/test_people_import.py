"""`interlock people import` says how far ahead it knows the holidays."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from adapters.clock import SYSTEM_CLOCK

SAMPLE = (Path(__file__).parents[1] / "examples/directory.yaml").read_text(encoding="utf-8")
NEW_YORK = 'country: "US", subdivision: "NY"'


def imported(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command says of a directory of this text, line by line and whole."""
    monkeypatch.setenv("INTERLOCK_HOME", str(folder / "home"))
    file = folder / "directory.yaml"
    file.write_text(text, encoding="utf-8")
    answer = CliRunner().invoke(cli.app, ["people", "import", str(file)])
    assert answer.exit_code == 0
    return answer.output


def test_an_import_says_until_when_the_holidays_of_each_calendar_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = f"{SYSTEM_CLOCK().year + 4}-12-31"
    told = f"Holidays are known until: NO {last}, DE {last}, IN {min(last, '2035-12-31')}, US {last}."
    assert told in imported(SAMPLE, tmp_path, monkeypatch)


def test_a_calendar_without_holidays_is_warned_of_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = imported(SAMPLE.replace(f", {NEW_YORK}", ""), tmp_path, monkeypatch)
    line = SAMPLE[: SAMPLE.index("  US: {")].count("\n") + 1
    assert f"directory.yaml:{line}: warning: nothing says that US knows its public holidays" in said


def test_a_person_whose_name_shows_nothing_is_refused_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(__file__).parent / "data/cases/directory-invisible-name.yaml"
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    answer = CliRunner(env={"COLUMNS": "400"}).invoke(cli.app, ["people", "import", str(file)])
    assert answer.exit_code == 1
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "id: luca.ferri" in text)
    assert f"{file}:{line}: " in answer.output.replace("\n", "")
    assert "must hold something that can be read" in answer.output
