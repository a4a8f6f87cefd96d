"""Characters that show nothing: names that contain them look alike but differ, so one-line text may not contain them.

The same goes for private-use characters and those that Unicode does not assign: no one can say what they show. What a
script or an emoji needs stays: joiners after a virama, and between letters of a script that joins or stacks its
letters; joiners and variation selectors of emoji; the tags of the three flags that have some; variants of ideographs
and of Mongolian letters. Directional controls are not checked here (`text.one_line`).
"""

import re
import unicodedata

ZWNJ, ZWJ = "\u200c", "\u200d"
_JOINERS = frozenset({ZWNJ, ZWJ, "\u180e"})
# How the names of their characters begin. Without joiners, words in these scripts would look different.
_JOINED_SCRIPTS = frozenset(
    """
    ADLAM ARABIC BALINESE BENGALI CHAKMA DEVANAGARI GRANTHA GUJARATI GURMUKHI JAVANESE KANNADA KHMER LAO MALAYALAM
    MANDAIC MANICHAEAN MEETEI MONGOLIAN MYANMAR NKO ORIYA PHAGS-PA SINHALA SUNDANESE SYRIAC TAMIL TELUGU TIBETAN
    """.split()  # noqa: SIM905 -- a list of words
)
# The combining class of the sign that removes a letter's vowel.
_VIRAMA = 9
_SKIN = range(0x1F3FB, 0x1F400)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VARIED_SCRIPTS = frozenset({"CJK", "MYANMAR", "PHAGS-PA", "MONGOLIAN", "MANICHAEAN"})
# Emoji whose category is punctuation or letter.
_VARIED_SIGNS = frozenset("\u203c\u2049\u3030\u2139\u303d")
_KEYCAP, _KEYS = "\u20e3", frozenset("0123456789#*")
# The flags of England, Scotland and Wales: there are no others of this kind.
_FLAG = re.compile(
    "\U0001f3f4(?:{})\U000e007f".format(
        "|".join("".join(chr(0xE0000 + ord(letter)) for letter in land) for land in ("gbeng", "gbsct", "gbwls"))
    )
)
_MONGOLIAN_SELECTORS = frozenset("\u180b\u180c\u180d\u180f")
# Format characters by category that are visible, or place the signs beside them: Arabic, Kaithi, hieroglyphs.
_SHOWN_FORMATS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001345f]")
# Reserved for emoji and ideographs: those newer than Python's Unicode are visible where fonts have them.
_KEPT_FREE = re.compile("[\U0001f000-\U0001faff\U00020000-\U0002fffd\U00030000-\U0003fffd]")
# Marks and letters by category that show nothing: the grapheme joiner, Hangul's fillers, Khmer's inherent vowels.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def invisible(text: str) -> str:
    """The first character of a text that shows nothing and belongs to no script or emoji there; else empty."""
    text = _FLAG.sub("\U0001f3f4", text)
    for place, sign in enumerate(text):
        if _hides(sign) and not _belongs(sign, text[:place], text[place + 1 : place + 2]):
            return sign
    return ""


def _hides(sign: str) -> bool:
    if sign.isascii():
        return False
    category = unicodedata.category(sign)
    if category == "Cn":
        return not _KEPT_FREE.match(sign)
    is_format = category == "Cf" and not _SHOWN_FORMATS.match(sign)
    return is_format or category == "Co" or sign in _BLANK or _selects(sign)


def _selects(sign: str) -> bool:
    return sign in _MONGOLIAN_SELECTORS or bool(_SELECTORS.match(sign))


def _belongs(sign: str, text: str, after: str) -> bool:
    """True if a sign is needed where it is: between the text before it and what comes after."""
    if not text:
        return False
    if sign in _JOINERS:
        return _joins(text, after) or (sign == ZWJ and _makes_one_emoji(text[-2:], after))
    return _selects(sign) and not _selects(text[-1]) and _varies(text[-1], after, sign)


def _joins(text: str, after: str) -> bool:
    """Within one script: after a virama a joiner may end the word; other joiners must be between two letters."""
    before = text[-1]
    if unicodedata.combining(before) == _VIRAMA:
        bearer = next((sign for sign in reversed(text) if unicodedata.category(sign)[0] != "M"), "")
        ends = not after or unicodedata.category(after)[0] not in "LMN"
        return _script(bearer) == _script(before) and (ends or _script(after) == _script(before))
    return all(map(_is_of_joined_script, (before, after))) and _script(before) == _script(after)


def _is_of_joined_script(sign: str) -> bool:
    return bool(sign) and unicodedata.category(sign)[0] in "LM" and _script(sign) in _JOINED_SCRIPTS


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0] if sign else ""


def _makes_one_emoji(two_before: str, after: str) -> bool:
    last = two_before[-1]
    base = two_before[0] if last == "\ufe0f" else last
    return (_is_pictured(base) or ord(base) in _SKIN) and bool(after) and _is_pictured(after)


def _is_pictured(sign: str) -> bool:
    return unicodedata.category(sign) == "So" or sign in "\u2194\u2195"


def _varies(before: str, after: str, sign: str) -> bool:
    if sign in _MONGOLIAN_SELECTORS:
        return _script(before) == "MONGOLIAN"
    if before in _KEYS:
        return after == _KEYCAP
    if _script(before) in _VARIED_SCRIPTS:
        return True
    return sign < "\U000e0100" and (unicodedata.category(before) in {"So", "Sm", "Sc"} or before in _VARIED_SIGNS)
