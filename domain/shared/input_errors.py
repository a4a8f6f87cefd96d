"""What is wrong with a value, in words for the person who wrote it: no patterns and no class names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from domain.shared.values import (
    ASK_FORM,
    CURRENCY_FORM,
    DIGEST_FORM,
    ENGAGEMENT_FORM,
    EXTERNAL_FORM,
    ITEM_FORM,
    LANGUAGE_FORM,
    LISTED_FORM,
    NAME_FORM,
    PERSON_FORM,
    PLAIN_NUMBER,
    PLAIN_WHOLE,
    POINTS_FORM,
    ROLE_FORM,
    TASK_FORM,
    TEXT_VERSION_FORM,
)

FORMS = {
    PERSON_FORM: "lowercase letters, digits and . _ -, at most 64, as marta.silva",
    ITEM_FORM: "a letter, then letters, digits and _ -, at most 16 in all, as W1",
    ROLE_FORM: "lowercase letters and _, with what it is for after a colon, as expert:data",
    NAME_FORM: "lowercase letters, digits, blanks and _ -, beginning with a letter, at most 41",
    DIGEST_FORM: "the 64 digits and letters a to f of the hash that was shown",
    CURRENCY_FORM: "three capital letters, such as EUR",
    TEXT_VERSION_FORM: "as the card gave it in `read_in`, as en/ and 64 digits and letters a to f",
    LANGUAGE_FORM: "a language code, such as nb, de or en-GB",
    POINTS_FORM: "optimistic/likely/pessimistic hours, as 40/60/100",
    ENGAGEMENT_FORM: "as ENG-2026-0042",
    ASK_FORM: "as ENG-2026-0042.A7, and of a change order as ENG-2026-0042.C1.A2",
    TASK_FORM: "T and a number, as T1",
    EXTERNAL_FORM: "the other system and the deal's id there, as crm:OPP-4711",
    LISTED_FORM: "twelve digits and letters a to f, as the list of tokens has them",
    r"^[\x20-\x7e]+$": "letters, digits and signs of ASCII alone",
}
E = TypeVar("E", bound=Mapping[str, Any])
# pydantic's error types in words; braces hold values from the error's context.
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "model_type": "must be fields with values",
    "model_attributes_type": "must be fields with values",
    "dict_type": "must be fields with values",
    "dataclass_type": "must be fields with values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_type": "must be text",
    "string_unicode": "must be text, in whole characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "bytes_too_long": "must have at most {max_length} bytes",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "decimal_type": PLAIN_NUMBER,
    "decimal_parsing": PLAIN_NUMBER,
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "decimal_whole_digits": "must have at most {whole_digits} digits before the point",
    "finite_number": PLAIN_NUMBER,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": PLAIN_WHOLE,
    "int_parsing": PLAIN_WHOLE,
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "union_tag_not_found": "lacks {discriminator}",
    "union_tag_invalid": "must have {discriminator} as one of: {expected_tags}",
    "timezone_aware": "must be a time with its offset, as 2026-11-24T09:00:00Z",
    "datetime_type": "must be a time with its offset, as 2026-11-24T09:00:00Z",
    "datetime_parsing": "must be a time with its offset, as 2026-11-24T09:00:00Z",
    "datetime_from_date_parsing": "must be a time with its offset, as 2026-11-24T09:00:00Z",
    "date_type": "must be a date, written YYYY-MM-DD",
    "date_parsing": "must be a date, written YYYY-MM-DD",
    "date_from_datetime_parsing": "must be a date, written YYYY-MM-DD",
    "date_from_datetime_inexact": "must be a date, written YYYY-MM-DD",
    "time_type": "must be a time of day, written HH:MM",
    "time_parsing": "must be a time of day, written HH:MM",
}


def in_words(error: Mapping[str, Any]) -> str:
    """A pydantic error in words for a reader: `must be …`."""
    kind, known = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        form = FORMS.get(known["pattern"])
        return f"must have the form: {form}" if form else "does not have the required form"
    if kind in _WORDS:
        return _WORDS[kind].format_map(known)
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")


def own_faults(errors: Sequence[E]) -> Iterator[E]:
    """pydantic's errors, without lists that are too short only because their items are invalid."""
    for error in errors:
        loc = error["loc"]
        inside = (other for other in errors if other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc))
        if error["type"] != "too_short" or not any(inside):
            yield error
