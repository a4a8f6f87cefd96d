"""What engagements are found by, as terms of one index: words, and marks of what lists are filtered by.

With the marks in the same index as the words, a frequent word in a rare stage costs no more than a rare word.
"""

import hashlib
import re
from collections.abc import Iterable

from domain.shared.text import comparable
from domain.shared.values import EngagementId, PersonId

# Characters of a term, terms of an engagement, and words of a search.
MAX_TERM, MAX_TERMS, MAX_SOUGHT = 64, 40, 4
# Digits of the longest number in an id, and the base in which a number's end differs from its digits.
DIGITS, BASE = 9, 11


def search_words(text: str) -> tuple[str, ...]:
    """Lower-case words of a text; an id is kept whole and is also found by its parts."""
    folded = comparable(text)
    words = [*re.findall(r"[\w-]+", folded), *re.findall(r"\w+", folded)]
    return tuple(dict.fromkeys(word[:MAX_TERM] for word in words))[:MAX_TERMS]


def sought(text: str) -> tuple[str, ...]:
    """The word beginnings in a search. One that is longer than any term finds what begins like it."""
    words = dict.fromkeys(word[:MAX_TERM] for word in re.findall(r"\w[\w-]*", comparable(text)))
    return tuple(words)[:MAX_SOUGHT]


def search_marks(
    *, stage: str | None = None, client: str | None = None, vacant: bool | None = None, people: Iterable[PersonId] = ()
) -> tuple[str, ...]:
    """Marks begin with a sign that no word holds. A client's name is hashed, since it may hold anything."""
    return (
        *([f"=s:{stage}"] if stage else ()),
        *([f"=c:{hashlib.sha256(client.encode()).hexdigest()[:16]}"] if client else ()),
        *([f"=v:{int(vacant)}"] if vacant is not None else ()),
        *(f"=p:{person_id}" for person_id in people),
    )


def place_of(engagement_id: EngagementId | str) -> int:
    """An id as a number that sorts as ids do, character by character: `ENG-2026-10000` comes before `ENG-2026-9999`."""
    _, year, number = engagement_id.split("-")
    digits = [int(digit) + 1 for digit in number] + [0] * (DIGITS - len(number))
    place = int(year)
    for digit in digits:
        place = place * BASE + digit
    return place
