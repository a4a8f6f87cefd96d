"""Where a part of the Slack emulator is missing, the start says what to do; its seed holds whom the firm has."""

import importlib.util
from pathlib import Path

import pytest

from adapters.files.directory_file import read_directory
from adapters.processes.start_errors import CannotStart
from demo.slack import emulator
from demo.slack.emulator import emulator_command, seed_of

SAMPLE = Path(__file__).parents[2] / "examples/directory.yaml"


def test_without_the_package_the_start_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "PACKAGE", tmp_path / "emulate")
    with pytest.raises(CannotStart, match="make setup"):
        emulator_command(1, tmp_path / "seed.json")


def test_without_node_the_start_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(CannotStart, match="make setup"):
        emulator.node_program()


def test_who_has_left_is_not_in_slack() -> None:
    directory = read_directory(SAMPLE, 2026)
    first, *others = directory.people
    left = directory.model_copy(update={"people": (first.model_copy(update={"active": False}), *others)})
    names = [user["name"] for user in seed_of(left, "token", "secret", "deals")["slack"]["users"]]
    assert names == [person.id for person in others]
