"""`interlock people import` says how far ahead it knows the holidays."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli.main
from adapters.clock import SYSTEM_CLOCK

SAMPLE = (Path(__file__).parents[1] / "examples/directory.yaml").read_text(encoding="utf-8")
NEW_YORK = 'country: "US", subdivision: "NY"'


def imported(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command says of a directory of this text, line by line and whole."""
    monkeypatch.setenv("INTERLOCK_HOME", str(folder / "home"))
    file = folder / "directory.yaml"
    file.write_text(text, encoding="utf-8")
    answer = CliRunner().invoke(cli.main.app, ["people", "import", str(file)])
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
    assert f"directory.yaml:{line}: warning: the public holidays of US may be missing" in said


def test_a_person_whose_name_shows_nothing_is_refused_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(__file__).parent / "data/cases/directory-invisible-name.yaml"
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    answer = CliRunner(env={"COLUMNS": "400"}).invoke(cli.main.app, ["people", "import", str(file)])
    assert answer.exit_code == 1
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "id: luca.ferri" in text)
    assert f"{file}:{line}: " in answer.output.replace("\n", "")
    assert "must contain readable text" in answer.output


# -- shown first, and asked where many would leave

GONE = ("luca.ferri", "kofi.mensah", "yuki.tanaka", "grace.oduya")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nobody is signed in, with the sample's file and one in which four people are missing."""
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("cli.terminal.tokens_file", lambda: tmp_path / "tokens.json")
    (tmp_path / "all.yaml").write_text(SAMPLE, encoding="utf-8")
    kept = [line for line in SAMPLE.splitlines() if not any(f"id: {gone}," in line for gone in GONE)]
    kept = [line for line in kept if not line.startswith("  - {person: ")]
    (tmp_path / "fewer.yaml").write_text("\n".join(kept).replace("absences:", "absences: []"), encoding="utf-8")
    return tmp_path


def run(*arguments: str, answer: str | None = None, code: int = 0) -> str:
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(cli.main.app, ["people", *arguments], input=answer)
    assert ended.exit_code == code, ended.output
    return ended.output


def test_a_dry_run_shows_who_joins_and_makes_nothing(folder: Path) -> None:
    said = run("import", str(folder / "all.yaml"), "--dry-run")
    assert "Joins (31):" in said
    assert said.endswith("Nothing was written.\n")
    assert not (folder / "home").exists()


def test_where_many_would_leave_it_asks_and_a_no_writes_nothing(folder: Path) -> None:
    run("import", str(folder / "all.yaml"))
    for answer in ("n\n", ""):
        said = run("import", str(folder / "fewer.yaml"), answer=answer, code=1)
        assert "4 of 31 people would leave" in said
        assert "nobody could be finance afterwards: Grace Oduya leaves" in said
        assert "Nothing was written." in said
    assert "Nothing changes." in run("import", str(folder / "all.yaml"), "--dry-run")


@pytest.mark.parametrize(("options", "answer"), [([], "y\n"), (["--yes"], None)])
def test_a_yes_beforehand_or_when_asked_imports(folder: Path, options: list[str], answer: str | None) -> None:
    run("import", str(folder / "all.yaml"))
    assert "In force: 22 people and 3 clients." in run("import", str(folder / "fewer.yaml"), *options, answer=answer)


def test_what_was_exported_changes_nothing(folder: Path) -> None:
    run("import", str(folder / "all.yaml"))
    run("export", str(folder / "out.yaml"))
    assert "Nothing changes." in run("import", str(folder / "out.yaml"))


def test_an_export_asks_before_it_writes_over_what_says_something_else(folder: Path) -> None:
    run("import", str(folder / "all.yaml"))
    own = folder / "own.yaml"
    own.write_text("# my own words\n")
    asked = run("export", str(own), answer="n\n", code=1)
    assert "with other contents" in asked
    assert own.read_text() == "# my own words\n"
    run("export", str(own), "--yes")
    assert "Nothing changes." in run("import", str(own), "--dry-run")
    run("export", str(own))


def test_over_a_damaged_directory_the_next_is_put_at_the_machine(folder: Path) -> None:
    run("import", str(folder / "all.yaml"))
    with closing(sqlite3.connect(folder / "home/interlock.db")) as database, database:
        database.execute("UPDATE directory_version SET document = replace(document, 'Fjordline', 'Fjordlime')")
    assert "interlock people import FILE --here" in run("export", code=1)
    said = run("import", str(folder / "all.yaml"), "--here", "--token", "of-somebody")
    assert "Directory 1: the document was edited. The file takes its place" in said
    assert "In force: 26 people and 3 clients. Operation 2." in said
    assert "Nothing changes." in run("import", str(folder / "all.yaml"), "--dry-run")


@pytest.mark.parametrize("command", ["import", "export"])
def test_with_a_stack_named_and_nobody_signed_in_it_says_what_to_do_in_either_case(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """In an empty installation nobody can sign in: its one-time token is named, and how to work at the machine."""
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("INTERLOCK_URL", "http://127.0.0.1:9")
    answer = CliRunner(env={"COLUMNS": "600"}).invoke(cli.main.app, ["people", command, str(folder / "directory.yaml")])
    assert answer.exit_code == 2
    said = " ".join(re.sub(r"[^\w .,:`-]", " ", answer.output).split())
    for what in ("run `interlock login`", "the one-time token", "leave out INTERLOCK_URL and --url"):
        assert what in said
