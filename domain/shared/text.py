"""Text that people wrote, and data stored once under its hash.

A ledger must last for ever, and a person may lawfully ask that their words be erased. So wherever a fact carries text
or a bulky value, the *type* says so, and whoever writes the fact to the ledger passes a `TextStore` as serialisation
context: the text then goes to the content store and only its salted hash stays. Without a store (in the engine, in
answers) the words are written plainly.

Weighed: walking dumped dictionaries by a list of paths (breaks silently when a field moves), and keeping hashes in the
state (then no rule and no card could read the texts they refer to). The type is checked.
"""

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    StringConstraints,
    ValidationInfo,
    WrapSerializer,
    WrapValidator,
)
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler, ValidatorFunctionWrapHandler

from domain.shared.invisible import invisible

WORDS = "$words"
BULK = "$bulk"


class TextStore(Protocol):
    """Keeps words and bulky values, while only their hash travels."""

    def put_words(self, text: str) -> str:
        """Stores erasable text; returns its salted hash."""

    def words(self, key: str) -> str:
        """The text stored under a salted hash, or a tombstone if it was erased."""

    def put_bulk(self, value: Any, plain: Callable[[Any], Any]) -> str:
        """Stores a value, of which `plain` gives the JSON form; returns the SHA-256 of that."""

    def bulk(self, key: str) -> Any:
        """The JSON value stored under a SHA-256."""


def _vault(info: SerializationInfo | ValidationInfo) -> TextStore | None:
    context = info.context
    return context.get("vault") if isinstance(context, dict) else None


def _hide_words(value: Any, plain: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
    vault = _vault(info)
    return plain(value) if vault is None else {WORDS: vault.put_words(value)}


def _show_words(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    vault = _vault(info)
    if vault is not None and isinstance(value, dict) and WORDS in value:
        return vault.words(value[WORDS])
    return check(value)


def _hide_bulk(value: Any, plain: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
    vault = _vault(info)
    return plain(value) if vault is None else {BULK: vault.put_bulk(value, plain)}


def _show_bulk(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    vault = _vault(info)
    if vault is not None and isinstance(value, dict) and BULK in value:
        return check(vault.bulk(value[BULK]))
    return check(value)


# Letters and signs by category that are blank all the same: Hangul's fillers, Braille without a dot.
_NOT_SHOWN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_BROKEN_LINE = re.compile("[\u2028\u2029]")
# Signs that change the reading order of what follows them; the marks beside them affect one place only.
_OVERRIDES = "\u202a-\u202e\u2066-\u2069"
# For the inside of a regular expression's brackets.
BIDI_SIGNS = f"\u061c\u200e\u200f{_OVERRIDES}"
_TURNS_DIRECTION = re.compile(f"[{BIDI_SIGNS}]")
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028]")
_PARAGRAPH_END = "\u2029"
MAX_LINES = 200
# On one letter: the tallest stacks in real use have as many. More would cover the lines around.
MAX_MARKS = 8
_NAMELESS = {"Cn": "not assigned", "Co": "of private use"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def composed(value: Any) -> Any:
    """Text in the one Unicode form in which everything is stored and compared (NFC); anything else unchanged."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def comparable(text: str) -> str:
    """Text as it is compared in searches: case-folded, in NFC."""
    return str(composed(composed(text).casefold()))


def same_words(one: str, other: str) -> bool:
    """True for texts with the same words in the same order, ignoring case and whatever is between the words."""
    return _words_of(one) == _words_of(other)


def _words_of(text: str) -> list[str]:
    seen = "".join(sign for sign in comparable(text) if unicodedata.category(sign) != "Cf")
    return re.findall(r"\w+", seen)


def fits(text: str, sought: str) -> bool:
    """True if each word sought occurs somewhere in a text, in whatever case and Unicode form."""
    whole = comparable(text)
    return all(word in whole for word in comparable(sought).split())


def _shows(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNPS" and sign not in _NOT_SHOWN


def without_controls(text: str) -> str:
    """The text, if it contains no control characters that a terminal would obey. Raises ValueError."""
    if _CONTROLS.search(text):
        raise ValueError("must not contain control characters")
    return text


def seen_text(text: str) -> str:
    """The text, if a reader can see any of it. Raises ValueError."""
    if not any(map(_shows, text)):
        raise ValueError("must contain readable text, not only blanks or invisible characters")
    return text


def with_plain_line_ends(value: Any) -> Any:
    """Text with uniform line ends, so that a hash does not depend on the platform it came from."""
    return _LINE_ENDS.sub("\n", value).replace(_PARAGRAPH_END, "\n\n") if isinstance(value, str) else value


def few_lines(text: str) -> str:
    """The text, if it has few enough lines for a card or page. Raises ValueError."""
    if text.count("\n") >= MAX_LINES:
        raise ValueError(f"must have at most {MAX_LINES} lines")
    return text


def one_line(text: str) -> str:
    """The text, if it is one line of visible characters that keep their reading direction, without stacked marks.

    Raises ValueError.
    """
    if "\n" in text or "\r" in text or "\t" in text or _BROKEN_LINE.search(text):
        raise ValueError("must be one line, without line breaks or tabs")
    if _TURNS_DIRECTION.search(text):
        raise ValueError("must not contain characters that change the reading direction")
    if hidden := invisible(text):
        name = unicodedata.name(hidden, _NAMELESS.get(unicodedata.category(hidden), "")).lower()
        raise ValueError(
            f"must not contain the invisible character U+{ord(hidden):04X}" + (f" ({name})" if name else "")
        )
    if _marks(text) > MAX_MARKS:
        raise ValueError(f"must have at most {MAX_MARKS} marks on one letter")
    return text


def _marks(text: str) -> int:
    """The most marks that any one letter carries."""
    if text.isascii():
        return 0
    runs = groupby(text, lambda sign: unicodedata.category(sign)[0] == "M")
    return max((len(list(run)) for is_marks, run in runs if is_marks), default=0)


# A name or a title: one line of 1 to 200 characters, at least some of it visible.
ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(composed),
    AfterValidator(seen_text),
    AfterValidator(one_line),
    AfterValidator(without_controls),
    WrapSerializer(_hide_words),
    WrapValidator(_show_words),
]

# Text that a person wrote: 1 to 2,000 characters in up to `MAX_LINES` lines, at least some of it visible.
#
# Its line breaks are kept: documents, mails and pages show it as Markdown with paragraphs, lists and tables.
LongText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    BeforeValidator(with_plain_line_ends),
    BeforeValidator(composed),
    AfterValidator(without_controls),
    AfterValidator(few_lines),
    AfterValidator(seen_text),
    WrapSerializer(_hide_words),
    WrapValidator(_show_words),
]

# The least letters and digits in a text of someone's own; one of a wide script (漢, か) counts as two.
LEAST_SAID = 3


def is_said(text: str | None) -> bool:
    """False for nothing, and for a full stop, an x or an ok in the place of words."""
    signs = (sign for sign in text or "" if unicodedata.category(sign)[0] in "LN")
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in signs) >= LEAST_SAID


def said_in_words(text: str) -> str:
    """The text, if it says something. Raises ValueError."""
    if not is_said(text):
        raise ValueError(f"must be in words: at least {LEAST_SAID} letters")
    return text


# What a rule requires in words (a reason, a plan, what was agreed): a sign or two in their place do not count.
OwnText = Annotated[LongText, AfterValidator(said_in_words)]

# Text composed from checked texts: longer than each of them, so that valid texts always fit.
TextToTell = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000),
    WrapSerializer(_hide_words),
    WrapValidator(_show_words),
]

B = TypeVar("B", bound=BaseModel)
# A bulky value that many facts share (a playbook): stored once, under its hash.
Pinned = Annotated[B, WrapSerializer(_hide_bulk), WrapValidator(_show_bulk)]

LONGEST = 2000
# Stands in for words that were erased at a person's request.
ERASED = "[erased]"


def sentence(text: str) -> str:
    """A person's text as one sentence: with a capital at its beginning and one full stop at its end."""
    return capitalized(stopped(text))


def stopped(text: str) -> str:
    """A person's text, so that a sentence may follow: with one full stop at its end, or what stands in for one."""
    return text if text.endswith(("?", "!", "…")) else f"{text.rstrip('.')}."


def capitalized(text: str) -> str:
    """The text with its first letter capitalised."""
    return text[:1].upper() + text[1:]


MORE = " …"


def fitting(text: str, rest: str = "") -> str:
    """Text cut to the length of a `LongText`; `rest` then replaces what is cut."""
    end = f"{MORE} {rest}" if rest else MORE
    return text if len(text) <= LONGEST else text[: LONGEST - len(end)] + end


def bytes_of(text: str) -> int:
    """Bytes of a text within a message of the engine (JSON, UTF-8): a quote or a line's end takes two."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - len('""')


def require_bytes(texts: Iterable[str], most: int, what: str) -> None:
    """Raises ValueError if texts together take more bytes than they may."""
    size = sum(map(bytes_of, texts))
    if size > most:
        raise ValueError(f"{what} take at most {most:,} bytes; it would be {size:,}")


def in_bytes(most: int) -> Callable[[str], str]:
    """A validator of text that takes at most so many bytes."""

    def check(text: str) -> str:
        require_bytes([text], most, "this text may")
        return text

    return check


_TURNS_TEXT_ROUND = re.compile(f"[{_OVERRIDES}]")


def cut(text: str, most: int) -> str:
    """The beginning of a text, at most so many bytes."""
    if bytes_of(text) <= most:
        return text
    return text[: bisect_right(range(len(text)), most, key=lambda length: bytes_of(text[: length + 1]))]


def shortened(text: str, most: int) -> str:
    """The text, or as much of it as fits into so many bytes with an ellipsis."""
    return text if bytes_of(text) <= most else f"{cut(text, most - bytes_of(MORE))}{MORE}"


def strip_bidi(text: str) -> str:
    """The text without the signs that make a line read differently from how it is stored."""
    return _TURNS_TEXT_ROUND.sub("", text)


def printed(value: object) -> object:
    """The same for whatever a template prints; what is marked as HTML stays so."""
    return type(value)(strip_bidi(value)) if isinstance(value, str) else value
