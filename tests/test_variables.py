"""Every variable of the environment that is read stands in the README's table, and nothing else does."""

import re
from pathlib import Path
from typing import get_args

import pytest
from typer.models import OptionInfo

from cli.options import Token, Url
from cli.settings_table import Variable, variables, written_into
from settings import Settings

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"\bINTERLOCK_[A-Z_]*[A-Z]\b")


def read() -> set[str]:
    """Those of the settings, and those by which the command line's options may be given."""
    options = [known for option in (Token, Url) for known in get_args(option) if isinstance(known, OptionInfo)]
    return {f"INTERLOCK_{name.upper()}" for name in Settings.model_fields} | {str(one.envvar) for one in options}


def test_the_readmes_table_is_the_one_that_the_settings_make() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert written_into(text) == text, "make docs writes it"


def test_the_table_holds_every_variable_that_is_read_and_no_other() -> None:
    assert [one.name for one in variables()] == list(dict.fromkeys(one.name for one in variables()))
    assert {one.name for one in variables()} == read()


@pytest.mark.parametrize("one", tuple(variables()), ids=lambda one: one.name)
def test_every_variable_says_what_it_means_in_one_cell(one: Variable) -> None:
    assert one.meaning
    assert not {"|", "\n"} & set(one.meaning + one.default)


def test_a_file_without_a_place_for_the_table_is_left_as_it_is() -> None:
    with pytest.raises(ValueError, match="no place"):
        written_into("# Settings")


def test_no_code_names_a_variable_that_is_not_read() -> None:
    folders = ("activities", "adapters", "api", "application", "cli", "domain", "demo", "workflows")
    files = [*ROOT.glob("*.py"), *(file for folder in folders for file in (ROOT / folder).rglob("*.py"))]
    files += [ROOT / "Makefile", ROOT / "deploy/compose.yaml", *(ROOT / "docs").glob("*.md")]
    assert {name for file in files for name in NAME.findall(file.read_text(encoding="utf-8"))} <= read()
