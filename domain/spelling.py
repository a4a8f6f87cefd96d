"""What is wrong with a value, in words for whoever wrote it: no patterns, no names of classes."""

from collections.abc import Mapping
from typing import Any

from domain.values import DIGEST_FORM, ITEM_FORM, NAME_FORM, PERSON_FORM, ROLE_FORM

FORMS = {
    PERSON_FORM: "small letters, digits and . _ -, at most 64, as marta.silva",
    ITEM_FORM: "a letter, then letters, digits and _ -, at most 16 in all, as W1",
    ROLE_FORM: "small letters and _, with what it is for after a colon, as expert:data",
    NAME_FORM: "small letters, digits, blanks and _ -, beginning with a letter, at most 41",
    DIGEST_FORM: "the 64 digits and letters a to f of the hash that was shown",
    r"^[A-Z]{3}$": "three capital letters, as EUR",
}
_FIELDS = frozenset({"model_type", "model_attributes_type", "dict_type", "dataclass_type"})


def in_words(error: Mapping[str, Any]) -> str:
    """What pydantic found, for a reader: `must be …`."""
    kind = error["type"]
    if kind in _FIELDS:
        return "must be fields, each with its value"
    if kind == "string_pattern_mismatch":
        form = FORMS.get(error["ctx"]["pattern"])
        return f"must be spelled so: {form}" if form else "is not spelled as it must be"
    if kind == "tuple_type":
        return "must be a list"
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
