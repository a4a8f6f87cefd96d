"""At a terminal lines are broken between words; nothing is cut, and a command can be copied as it stands."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cli.layout import folded, folded_command, table_lines

WIDTH = 80
words = st.lists(st.text("abæ漢-[]", min_size=1, max_size=30), min_size=1, max_size=40)


@given(words)
def test_a_text_is_broken_between_its_words_and_loses_none(found: list[str]) -> None:
    lines = folded("  " + " ".join(found), WIDTH).split("\n")
    assert " ".join(lines).split() == found
    assert all(cell_len(line) <= WIDTH for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])


def test_a_word_that_is_wider_than_the_terminal_stays_whole() -> None:
    assert folded(f"See {'x' * 100} there", WIDTH).split("\n") == ["See", f"    {'x' * 100}", "    there"]


def test_the_name_of_a_command_is_found_whole_in_a_sentence() -> None:
    text = f"{'word ' * 14}interlock people import"
    assert folded(text, WIDTH).split("\n")[-1] == "    interlock people import"


@given(st.lists(st.text("ab '\"<>", min_size=1, max_size=40), min_size=1, max_size=12))
def test_a_shell_takes_the_lines_of_a_command_as_one(arguments: list[str]) -> None:
    command = f"interlock role propose {shlex.join(arguments)}"
    shown = folded_command(command, WIDTH, 4)
    taken = subprocess.run(["sh", "-c", f"set -- {shown}\nprintf '%s\\n' \"$@\""], capture_output=True, check=True)
    assert taken.stdout.decode().splitlines() == shlex.split(command)


def test_columns_that_do_not_fit_stand_under_their_row() -> None:
    cells = {"deal": ["ENG-2026-0001", "ENG-2026-0002"], "title": ["word " * 20, "Short"], "next": ["–", "Done"]}
    lines = list(table_lines(cells, WIDTH))
    assert lines[0] == "deal           next"
    assert lines[1] == "ENG-2026-0001  –"
    assert lines[2].startswith("    title: word word")
    assert lines[3].startswith("      word")
    assert lines[4:] == ["ENG-2026-0002  Done", "    title: Short"]


def test_the_last_column_holds_what_fits_and_the_rest_stands_under_its_row() -> None:
    cells = {"id": ["rosa.klein", "kofi.mensah"], "roles": ["legal", "word " * 20]}
    assert list(table_lines(cells, WIDTH))[1:3] == ["rosa.klein   legal", "kofi.mensah"]


@pytest.mark.parametrize("width", [None, 300])
def test_where_there_is_room_a_row_is_one_line(width: int | None) -> None:
    cells = {"deal": ["ENG-2026-0001"], "title": ["word " * 30], "next": ["–"]}
    assert len(list(table_lines(cells, width))) == 2
