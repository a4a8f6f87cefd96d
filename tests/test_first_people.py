"""Who is let in first: in production by a token that is shown once, in development as anybody."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli.main
from adapters.processes.start_errors import CannotStart
from cli import login, stack
from cli.development import SAMPLES, bring_sample_people
from composition import people_operations
from domain.directory import commands as f
from domain.directory.people import Person
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from settings import Mode, Settings

ADDRESS = "http://127.0.0.1:8080"


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A development stack's data, as it is after its first start, and the settings of a second terminal."""
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    bring_sample_people(Settings(home=tmp_path / "home", mode=Mode.DEVELOPMENT))
    return Settings()


def test_anybody_who_is_imported_later_can_be_signed_in_as(chosen: Settings) -> None:
    pat = Person(id="pat.new", name="Pat New", email="pat.new@fjordline.example", calendar="NO")
    people_operations(chosen).carry_out(
        f.SetPerson(person=pat), Actor(person_id="ida.holm", house_roles=("administrator",))
    )
    token = login._of(PersonId("pat.new"), ADDRESS)
    assert json.loads((chosen.folder / "development-tokens.json").read_text())["pat.new"] == token


@pytest.mark.usefixtures("chosen")
def test_in_production_nobody_signs_in_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_MODE", "production")
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(cli.main.app, ["login", "--as", "luca.ferri"])
    assert ended.exit_code == 1
    assert "is kept for production; sample people and their tokens have no place there" in ended.output


def test_nor_on_the_data_of_an_installation_that_was_never_one_for_development(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    sample = SAMPLES / "directory.yaml"
    assert CliRunner().invoke(cli.main.app, ["people", "import", str(sample)]).exit_code == 0
    with pytest.raises(CannotStart, match="is kept for production"):
        login._of(PersonId("luca.ferri"), ADDRESS)


@pytest.mark.usefixtures("chosen")
def test_nor_at_another_machine() -> None:
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(
        cli.main.app, ["login", "--as", "luca.ferri", "--url", "https://deals.example"]
    )
    assert "is for development on this machine" in ended.output


def test_production_does_not_start_on_a_development_stacks_data(chosen: Settings) -> None:
    with pytest.raises(CannotStart, match="everybody's tokens are stored there"):
        stack.start_stack(chosen)


def test_the_one_time_token_is_shown_at_the_first_start_alone_and_kept_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = Settings(home=tmp_path / "home")
    stack._announce(chosen)
    said = capsys.readouterr().out
    token = said.split("shown only once:\n")[1].split()[0]
    assert not any(token.encode() in file.read_bytes() for file in chosen.folder.rglob("*") if file.is_file())
    stack._announce(chosen)
    again = capsys.readouterr().out
    assert token not in again
    assert "was shown at the first start" in again


def test_where_somebody_is_known_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = Settings(home=tmp_path / "home")
    bring_sample_people(chosen.model_copy(update={"mode": Mode.DEVELOPMENT}))
    stack._announce(chosen)
    assert "One-time token" not in capsys.readouterr().out
