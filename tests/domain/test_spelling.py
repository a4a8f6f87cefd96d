"""What is wrong with a value is told for its reader: no patterns, no names of classes, no words of a library."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from domain.asks.model import Answer
from domain.deal_file.model import DealFile
from domain.directory.people import Person
from domain.engagement.commands import COMMANDS
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.pricing.commands import ProposePrice
from domain.shared.input_errors import in_words

LIBRARY = re.compile(
    r"\b(should|Input|Field|Unable|Decimal|Tuple|Dictionary|Enum|ctx|instance|tagged|discriminator|NoneType)\b"
    r"|\^|\[[a-zA-Z]-|\\d|[a-z][A-Z][a-z]|\{|\}"
)
MODELS: list[type[BaseModel]] = [
    DealFile,
    Person,
    Answer,
    *COMMANDS,
]
ODD: list[Any] = [
    *(
        None,
        True,
        "",
        " ",
        "x" * 5000,
        "x\n" * 300,
        "a\nb",
        "\x1b[2J",
        "\u202ea",
        "\ud800",
        "-",
        "NaN",
        "Infinity",
        "1e400",
    ),
    *(-1, 0, 1.5, 10**30, "1.005", 1e300, "2026-13-01", "2026-01-01", "1800-01-01", "2026-01-01T00:00:00"),
    *(
        [],
        [None],
        ["x"] * 501,
        {},
        {"kind": "no"},
        {"x": 1},
        [{"id": "?"}],
        [{"id": "N1", "text": ""}],
        ["?"],
        b"x",
        "?",
    ),
]


def told(model: type[BaseModel], given_as: Any) -> Iterator[str]:
    try:
        TypeAdapter(model).validate_python(given_as)
    except ValidationError as wrong:
        yield from (in_words(error) for error in wrong.errors())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_field_is_refused_in_words_of_the_library(model: type[BaseModel]) -> None:
    found = [message for odd in ODD for message in told(model, dict.fromkeys(set(model.model_fields) - {"kind"}, odd))]
    found += [*told(model, {}), *told(model, {"unheard_of": 1}), *told(model, "text"), *told(model, None)]
    assert found
    assert [message for message in found if LIBRARY.search(message)] == []


class Loose(BaseModel):
    """Anything may be given."""

    model_config = ConfigDict(extra="forbid")
    need: RecordNeeds
    deal: ProposePrice


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["need", "deal", "needs", "id", "text", "measure"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_nothing_that_can_be_sent_is_refused_in_words_of_the_library(sent: Any) -> None:
    assert [message for message in told(Loose, sent) if LIBRARY.search(message)] == []
