"""What is wrong with a request is told for its reader."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.problems import field_errors
from domain.shared.input_errors import FORMS
from tests.command_routes import description

DESCRIBED = description()
PAGE_MARK = "must be the `next` of an earlier page"


def patterns(part: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every pattern below, with the name of the parameter or field that it is for."""
    if isinstance(part, dict):
        name = part.get("name", name)
        if isinstance(part.get("pattern"), str):
            yield name, part["pattern"]
        for key, value in part.items():
            yield from patterns(value, key if isinstance(value, dict) and key not in {"schema", "items"} else name)
    if isinstance(part, list):
        for value in part:
            yield from patterns(value, name)


# How figures are answered; what is sent is read as a number.
FIGURE = r"^-?[0-9]+(\.[0-9]+)?$"
PARAMETERS = [way.get("parameters") for ways in DESCRIBED["paths"].values() for way in ways.values()]
FOUND = {*patterns(PARAMETERS), *patterns(DESCRIBED["components"]["schemas"])}
SENT = sorted((name, pattern) for name, pattern in FOUND if pattern != FIGURE)


@pytest.mark.parametrize(("name", "pattern"), SENT)
def test_whatever_must_be_spelled_in_a_way_is_told_by_an_example(name: str, pattern: str) -> None:
    wrong = {"type": "string_pattern_mismatch", "loc": ("query", name), "ctx": {"pattern": pattern}, "msg": ""}
    told = field_errors([wrong])[0].message
    assert told in {PAGE_MARK, f"must have the form: {FORMS.get(pattern)}"}
    assert "^" not in told
