"""A name or title holds nothing that no reader sees, and everything that its script or emoji is written with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.words import Line

LINE = TypeAdapter(Line)
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


@given(st.text("abcXYZ 0189.-", min_size=1, max_size=20), st.sampled_from(list(HIDDEN.values())), st.integers(0, 20))
def test_no_invisible_character_passes_among_latin_letters(text: str, hidden: str, place: int) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(f"A{text[:place]}{hidden}{text[place:]}Z")
