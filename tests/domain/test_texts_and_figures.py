"""What people may write in a text, a date, a figure; and that it has one form from then on."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.deal_file.model import ChangeRow, WorkPackageRow
from domain.directory.people import Level
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.scope.values import WorkPackage
from domain.shared.text import MAX_LINES, LongText, ShortText
from domain.shared.values import Amount, Day, Hours, Moment, Percent, Truth

LINE, WORDS = TypeAdapter[str](ShortText), TypeAdapter[str](LongText)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f\u115f\u1160\u3164\uffa0\u2800\u180e\u2061\u00a0\u3000"
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def taken(kind: TypeAdapter[Any], value: object) -> Any:
    """The value as the type keeps it, or None where it is refused."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


@given(any_text)
def test_two_spellings_of_a_text_are_kept_as_one(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    for kind in (LINE, WORDS):
        assert taken(kind, composed) == taken(kind, decomposed)


@given(any_text)
def test_a_text_that_was_taken_is_taken_again_unchanged(text: str) -> None:
    for kind in (LINE, WORDS):
        kept = taken(kind, text)
        assert kept is None or taken(kind, kept) == kept


@given(any_text)
def test_a_line_that_was_taken_is_one_line_and_drives_no_terminal(text: str) -> None:
    kept = taken(LINE, text)
    if kept is not None:
        assert len(kept.splitlines()) == 1
        assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in kept)
        assert not set(kept) & set(DIRECTIONS)


@given(st.text(INVISIBLE + DIRECTIONS + " \n", max_size=20))
def test_what_shows_nothing_is_refused(text: str) -> None:
    assert taken(LINE, text) is None
    assert taken(WORDS, text) is None


@pytest.mark.parametrize(
    "text", ["a\u2028b", "a\u2029b", "a\x85b", "a\x9bb", "a\nb", "a\tb", *(f"a{sign}b" for sign in DIRECTIONS)]
)
def test_a_line_takes_no_separators_controls_or_turns(text: str) -> None:
    assert taken(LINE, text) is None


@pytest.mark.parametrize("text", ["Försäkring", "北京", "می‌خواهم", "👩‍💻", "1", "?", "é", "שלום"])
def test_what_people_write_is_taken(text: str) -> None:
    assert taken(LINE, text) == text
    assert taken(WORDS, f"{text}\n\n- {text}") == f"{text}\n\n- {text}"


MARKDOWN = "One.\n\nTwo.\n\n- a\n- b\n\n| c | d |\n| - | - |\n| 1 | 2 |"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x85", "\u2028"])
def test_lines_that_end_in_any_way_are_kept_ending_in_one(end: str) -> None:
    assert taken(WORDS, MARKDOWN.replace("\n", end)) == MARKDOWN


def test_a_paragraph_separator_parts_paragraphs() -> None:
    assert taken(WORDS, "One.\u2029Two.") == "One.\n\nTwo."


@pytest.mark.parametrize(("lines", "is_taken"), [(MAX_LINES, True), (MAX_LINES + 1, False)])
def test_words_have_no_more_lines_than_can_be_read(lines: int, is_taken: bool) -> None:
    assert (taken(WORDS, "\n".join(["x"] * lines)) is not None) is is_taken


@pytest.mark.parametrize("model", [ChangeFacts, ChangeRow])
def test_the_reason_of_a_change_keeps_its_lines(model: Any) -> None:
    assert taken(TypeAdapter(model.__annotations__["reason"]), MARKDOWN) == MARKDOWN


@pytest.mark.parametrize("model", [WorkPackage, WorkPackageRow])
def test_the_scope_of_a_package_keeps_its_lines(model: Any) -> None:
    assert taken(TypeAdapter(model.__annotations__["scope"]), MARKDOWN) == MARKDOWN


@pytest.mark.parametrize("given_as", [0, 1, 1.5, True, "0", "1700000000", "2026-01-02T00:00:00Z", "20260102", None, []])
def test_a_date_is_a_year_a_month_and_a_day(given_as: object) -> None:
    assert taken(TypeAdapter(Day), given_as) is None


@pytest.mark.parametrize("given_as", [0, 1700000000, 1.5, True, "1700000000", "2026-01-02", None])
def test_a_moment_is_no_number_and_no_date(given_as: object) -> None:
    assert taken(TypeAdapter(Moment), given_as) is None


@pytest.mark.parametrize("given_as", [0, 1, 1.0, "yes", "true", "on", "0"])
def test_true_and_false_are_themselves_alone(given_as: object) -> None:
    assert taken(TypeAdapter(Truth), given_as) is None


@pytest.mark.parametrize("kind", [Amount, Hours, Percent, Level])
@pytest.mark.parametrize("given_as", [True, False, "NaN", "Infinity", "1_0x", None])
def test_figures_are_numbers(kind: Any, given_as: object) -> None:
    assert taken(TypeAdapter(kind), given_as) is None
