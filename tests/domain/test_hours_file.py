"""A table of hours is read as programs write it, by commas or semicolons, and names the line that is wrong."""

import pytest

from domain.deal_file.hours_table import NoTableError, hours_in


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("item,hours\nW1,104\nW2,30.5\n", [(2, "W1", "104"), (3, "W2", "30.5")]),
        ("item;hours\r\nW1;104\r\nW2;30,5\r\n", [(2, "W1", "104"), (3, "W2", "30.5")]),
        ("hours; item\n 8 ;W1\n", [(2, "W1", "8")]),
        ("", []),
    ],
)
def test_commas_and_semicolons_part_columns(text: str, rows: list[tuple[int, str, str]]) -> None:
    assert [(row.line, row.values["item"], row.values["hours"]) for row in hours_in(text)] == rows


@pytest.mark.parametrize("columns", ["item,hours,item", "item,hours, hours", "item;item;hours"])
def test_a_column_that_is_there_twice_is_refused(columns: str) -> None:
    with pytest.raises(NoTableError, match="appears twice") as wrong:
        list(hours_in(f"{columns}\nW1,1,W2\n"))
    assert wrong.value.line == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("item\nW1\n", 1), ("item,hours\nW1,4\nW2,30,5\n", 3), ("item,hours\nW1\n", 2)],
)
def test_what_is_no_such_table_is_named_by_its_line(text: str, line: int) -> None:
    with pytest.raises(NoTableError) as wrong:
        list(hours_in(text))
    assert wrong.value.line == line


def test_a_thousand_is_not_read_as_a_fraction() -> None:
    (row,) = hours_in("item;hours\nW1;1,000\n")
    assert row.values["hours"] == "1,000", "refused as no number, not taken for one"
