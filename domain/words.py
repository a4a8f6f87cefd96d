"""Text that people wrote, and data kept once by its hash.

A ledger must stand for ever, and a person may lawfully ask that their words be erased. So wherever a fact
carries text or a bulky value, the *type* says so, and whoever writes the fact to the ledger passes a
`Vault` as serialisation context: the text then goes to the content store and only its salted hash stays.
Without a vault (in the engine, in answers) the words are written plainly.

Weighed: walking dumped dictionaries by a list of paths (breaks silently when a field moves), and keeping
hashes in the state (then no rule and no card could read what it speaks of). The type is checked.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BaseModel, StringConstraints, ValidationInfo, WrapSerializer, WrapValidator
from pydantic_core.core_schema import SerializationInfo, SerializerFunctionWrapHandler, ValidatorFunctionWrapHandler

WORDS = "$words"
BULK = "$bulk"


class Vault(Protocol):
    """Where words and bulky values lie while only their hash travels."""

    def put_words(self, text: str) -> str:
        """Keep erasable text; gives its salted hash."""

    def words(self, key: str) -> str:
        """The text kept under a salted hash, or a tombstone where it was erased."""

    def put_bulk(self, value: Any, plain: Callable[[Any], Any]) -> str:
        """Keep a value, of which `plain` gives the JSON form; gives the SHA-256 of that."""

    def bulk(self, key: str) -> Any:
        """The JSON value kept under a SHA-256."""


def _vault(info: SerializationInfo | ValidationInfo) -> Vault | None:
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


_NO_CONTROLS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE),
    WrapSerializer(_hide_words),
    WrapValidator(_show_words),
]
"""A name or a title: one line of 1 to 200 characters."""

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=_NO_CONTROLS),
    WrapSerializer(_hide_words),
    WrapValidator(_show_words),
]
"""What a person wrote: 1 to 2,000 characters."""

B = TypeVar("B", bound=BaseModel)
Pinned = Annotated[B, WrapSerializer(_hide_bulk), WrapValidator(_show_bulk)]
"""A bulky value that many facts share (a playbook): kept once, by its hash."""

_TURNS_TEXT_ROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")


def cut(text: str, most: int) -> str:
    """The beginning of a text that takes at most so many bytes as UTF-8, no sign cut in two."""
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def unturned(text: str) -> str:
    """The words without the signs that make a line read otherwise than it is stored."""
    return _TURNS_TEXT_ROUND.sub("", text)
