"""Rows of forms: what is pasted, left out, and known; and what a form notices that others changed."""

import pytest

from api.pages.commands.fields import Field, FieldKind, named
from api.pages.commands.replaced import basis_of, require_unchanged
from api.pages.commands.rows import EMPTY_ROWS, MORE, as_shown, read_given, shown_rows
from domain.shared.errors import EditedMeanwhile

COLUMNS = (
    Field("id", "Id"),
    Field("title", "Title"),
    Field("grade", "Grade", FieldKind.CHOICE, choices=named([("offshore_senior", "Offshore senior")])),
    Field("share", "Share", FieldKind.NUMBER),
    Field("needs", "Needs", FieldKind.IDS),
)
ROWS = Field("items", "Items", FieldKind.ROWS, columns=COLUMNS, prefix="W")


def rows_of(form: dict[str, str], field: Field = ROWS) -> object:
    return read_given([field], form)["items"]


def test_rows_without_an_identifier_get_the_next_free_one() -> None:
    typed = {"items.0.title": "A", "items.2.id": "W1", "items.2.title": "B", "items.5.title": "C"}
    assert rows_of(typed) == [{"id": "W2", "title": "A"}, {"id": "W1", "title": "B"}, {"id": "W3", "title": "C"}]


def test_identifiers_that_are_taken_are_not_given_again() -> None:
    assert rows_of({"items.0.title": "A"}, ROWS._replace(known=("W1", "W2"))) == [{"id": "W3", "title": "A"}]


def test_a_repeat_gets_the_identifiers_of_when_the_form_was_shown() -> None:
    now = ROWS._replace(known=("W1", "W2"))
    (field,) = as_shown([now], {"items.known": "W1"})
    assert rows_of({"items.0.title": "A"}, field) == [{"id": "W2", "title": "A"}]


@pytest.mark.parametrize(
    ("pasted", "row"),
    [
        ("W7\tA\tOffshore senior\t40 %\tN1, N2", {"id": "W7", "title": "A", "grade": "offshore_senior"}),
        ("A\toffshore_senior\t40\tN1;N2", {"id": "W1", "title": "A", "grade": "offshore_senior"}),
        ("\tA\tOFFSHORE SENIOR\t40\tN1 N2", {"id": "W1", "title": "A", "grade": "offshore_senior"}),
        ("Id\tTitle\tGrade\nW7\tA\t\t40\tN1 N2", {"id": "W7", "title": "A"}),
    ],
    ids=["whole", "without an id", "with an empty id", "with its heading"],
)
def test_a_table_is_read_as_it_was_copied(pasted: str, row: dict[str, str]) -> None:
    assert rows_of({"items.pasted": pasted}) == [{**row, "share": "40", "needs": ["N1", "N2"]}]


def test_a_cell_of_several_lines_stays_one() -> None:
    assert rows_of({"items.pasted": 'W1\t"first\nsecond ""quoted"""'}) == [
        {"id": "W1", "title": 'first\nsecond "quoted"'}
    ]


def test_thousands_may_be_spaced_and_nothing_else() -> None:
    typed = {"items.0.share": "1 234 567.5", "items.1.share": "12 34", "items.2.share": "5\N{NO-BREAK SPACE}%"}
    given = rows_of(typed)
    assert isinstance(given, list)
    assert [row["share"] for row in given] == ["1234567.5", "12 34", "5"]


def test_rows_are_left_out_by_a_tick_or_by_being_empty() -> None:
    typed = {"items.0.title": "A", "items.0.removed": "yes", "items.1.title": "B", "items.2.other": "C"}
    assert rows_of(typed) == [{"id": "W1", "title": "B"}]


def test_a_row_says_nothing_without_its_key() -> None:
    typed = {"items.0.title": "A", "items.1.title": "B", "items.1.share": "4"}
    assert rows_of(typed, ROWS._replace(key="share")) == [{"id": "W1", "title": "B", "share": "4"}]


def test_more_empty_rows_are_shown_when_asked_for() -> None:
    filled = ROWS._replace(rows=({"id": "W1", "title": "A"},))
    assert [len(shown_rows(field, None)) for field in (ROWS, filled)] == [EMPTY_ROWS, 2]
    assert len(shown_rows(filled, {"items.0.title": "A", MORE: "yes"})) == 1 + EMPTY_ROWS


def test_what_others_changed_is_named() -> None:
    before = (
        ROWS._replace(rows=({"id": "W1", "title": "A"}, {"id": "W2", "title": "B"})),
        Field("end", "End", value="1"),
    )
    after = (
        ROWS._replace(rows=({"id": "W1", "title": "Z"}, {"id": "W3", "title": "C"})),
        Field("end", "End", value="2"),
    )
    require_unchanged(basis_of(before), before)
    with pytest.raises(EditedMeanwhile, match="W1 was changed; End was changed; W2 was removed; W3 was added"):
        require_unchanged(basis_of(before), after)
