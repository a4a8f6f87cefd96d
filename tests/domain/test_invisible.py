"""A name or title holds nothing that no reader sees, and everything that its script or emoji is written with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.shared.text import ShortText

LINE = TypeAdapter(ShortText)
HIDDEN = {
    "soft hyphen": "\u00ad",
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "invisible times": "\u2062",
    "byte order mark": "\ufeff",
    "variation selector": "\ufe0f",
    "variation selector of ideographs": "\U000e0101",
    "tag": "\U000e0061",
    "grapheme joiner": "\u034f",
    "Hangul filler": "\u3164",
    "Mongolian vowel separator": "\u180e",
    "Mongolian variation selector": "\u180b",
    "Mongolian variation selector four": "\u180f",
    "unassigned": "\U000e0fff",
    "unassigned and ignored": "\u2065",
    "unassigned among others": "\ufff0",
    "noncharacter": "\ufffe",
    "noncharacter of another plane": "\U0002ffff",
    "private use": "\ue000",
    "private use of another plane": "\U0010fffd",
}
MISPLACED = {
    "tags that are no flag": "\U0001f3f4\U000e0068\U000e0069\U000e007f",
    "tags of a country that has no such flag": "\U0001f3f4\U000e0067\U000e0062\U000e006e\U000e0069\U000e0072\U000e007f",
    "tags without an end": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074",
    "a joiner between virama and Latin": "\u0915\u094d\u200da",
    "a joiner between virama and another script": "\u0915\u094d\u200d\u0995",
    "a joiner after a virama on a Latin letter": "a\u094d\u200da",
    "a joiner after a virama of another script": "\u0995\u094d\u200d\u0995",
    "a joiner between letters of two scripts": "\u0645\u200c\u0915",
    "Mongolian variation on an ideograph": "\u845b\u180b",
}
KEPT = {
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Hindi": "\u0915\u094d\u200d\u0937",
    "Malayalam, a word that ends so": "\u0d05\u0d35\u0d28\u0d4d\u200d",
    "Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "family": "Team \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "astronaut": "\U0001f469\U0001f3fd\u200d\U0001f680",
    "heart on fire": "\u2764\ufe0f\u200d\U0001f525",
    "keycap": "Step 1\ufe0f\u20e3",
    "sign": "Energy \u26a1\ufe0f",
    "information": "\u2139\ufe0f",
    "flag": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "flag of Wales": "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "flag of England": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "pirates": "\U0001f3f4\u200d\u2620\ufe0f",
    "Mongolian": "\u1828\u180b\u1820",
    "Mongolian after a vowel separator": "\u182d\u180e\u1820",
    "Hindi, with a sign between": "\u0915\u094d\u200c\u0937",
    "Bengali, khanda ta in its old form": "\u09a4\u09cd\u200d",
    "Sinhala before a blank": "\u0dc1\u0dca\u200d \u0d9a",
    "an emoji of a newer Unicode": "Plan \U0001fae8",
    "an ideograph of a newer Unicode": "\u845b\U00031350",
    "ideograph": "\u845b\U000e0100\u57ce",
    "Arabic number sign": "\u0600\u0661",
    "accents": "Ren\u00e9e \u017dul\u00e1k",
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("place", [0, 4, 8])
def test_an_invisible_character_in_one_line_is_refused_by_its_name(hidden: str, place: int) -> None:
    text = "Grid plan"
    with pytest.raises(ValidationError, match=r"invisible character U\+[0-9A-F]{4,5}") as refused:
        LINE.validate_python(f"{text[:place]}{hidden}{text[place:]}")
    assert f"U+{ord(hidden):04X}" in str(refused.value)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_a_script_or_an_emoji_is_written_with_is_kept(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize("text", MISPLACED.values(), ids=MISPLACED)
def test_what_its_script_or_emoji_is_not_written_with_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must not contain the invisible character"):
        LINE.validate_python(text)


def test_a_letter_bears_no_more_than_eight_marks() -> None:
    assert LINE.validate_python("q" + "\u0301" * 8)
    assert LINE.validate_python("\u0f67\u0f90\u0fb5\u0fa8\u0fb3\u0fba\u0fbc\u0fbb\u0f82")
    for marks in ("\u0301" * 9, "\u0489\u0301\u0316" * 3, "\u20dd" * 40):
        with pytest.raises(ValidationError, match="at most 8 marks on one letter"):
            LINE.validate_python(f"Plan q{marks} of spring")


@given(st.text("abcXYZ 0189.-", min_size=1, max_size=20), st.sampled_from(list(HIDDEN.values())), st.integers(0, 20))
def test_no_invisible_character_passes_among_latin_letters(text: str, hidden: str, place: int) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(f"A{text[:place]}{hidden}{text[place:]}Z")
