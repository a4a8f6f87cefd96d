"""What an ask binds: values under keys in canonical form, so that no wording and no language is part of a hash.

A key is a path of identifiers, such as `need.N1.why` or `price.discount`. A value is text in canonical form: an id, a
decimal in plain digits, an ISO day, an enumeration value, a digest, or what a person wrote, verbatim. `facts_shown`
turns them into words.

Weighed: hashing the sentences as shown (editing or translating a word voided attestation, price and decision), and a
model for each kind of ask (thirty of them, each with its own code for ledger, erasure, differences and channels).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.shared.text import TextToTell
from domain.shared.values import Digest, digest

KEY_FORM = r"^[a-z][a-z_]*(\.[A-Za-z0-9][A-Za-z0-9 :_-]*){0,4}$"
FactKey = Annotated[str, Field(pattern=KEY_FORM, max_length=200)]
BoundFacts = dict[FactKey, TextToTell]
# Values to bind, by key; None where there is no value.
Values = Mapping[str, str | int | Decimal | date | None]
# The key above the competence levels that somebody lacks.
LACKS = "lacks"


def bound(values: Values) -> dict[str, str]:
    """These values in canonical form; absent and empty ones are left out."""
    return {key: canonical_text(value) for key, value in values.items() if value is not None and value != ""}


def canonical_text(value: str | int | Decimal | date) -> str:
    """`yes` or `no`, `1234.5`, `2027-02-01`, or the text itself."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else str(value)


def under(key: str, values: Values) -> dict[str, str]:
    """The same values under a prefix: `what` under `expected.1` becomes `expected.1.what`."""
    return {f"{key}.{name}": text for name, text in bound(values).items()}


def numbered(key: str, texts: Iterable[str]) -> dict[str, str]:
    """Texts numbered from 1: `package.W1.assumes.1`, `package.W1.assumes.2`."""
    return {f"{key}.{n}": text for n, text in enumerate(texts, 1)}


def items_in(facts: Iterable[str], kind: str) -> tuple[str, ...]:
    """The ids of one kind among these facts, in order: `W1`, `W2` for `package`."""
    found = (key.split(".") for key in facts if key.startswith(f"{kind}."))
    return tuple(dict.fromkeys(parts[1] for parts in found if len(parts) > 2))


def part_of(facts: Mapping[str, str], key: str) -> dict[str, str]:
    """The facts under a key."""
    return {name: text for name, text in facts.items() if name.startswith(f"{key}.")}


def digest_of_part(facts: Mapping[str, str], key: str) -> Digest:
    """The hash of the facts under a key, which changes with any of them."""
    return digest(part_of(facts, key))
