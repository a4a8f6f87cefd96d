"""Whatever is hashed is written as RFC 8785 says, byte for byte, and what it cannot say is refused."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.values import canonical


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"\U0001f600": 1, "\ufb33": 2}, b'{"\xf0\x9f\x98\x80":1,"\xef\xac\xb3":2}'),  # by UTF-16: the pair comes first
        (
            {"b": '\u2028/\x7f\x1f\b"\\', "a": [1.0, -0.0, 1e21]},
            b'{"a":[1,0,1e+21],"b":"\xe2\x80\xa8/\x7f\\u001f\\b\\"\\\\"}',
        ),
        ((True, None, 2**53 - 1), b"[true,null,9007199254740991]"),
    ],
)
def test_where_encoders_differ_the_standard_holds(value: Any, written: bytes) -> None:
    assert canonical(value) == written


@pytest.mark.parametrize(
    "value", [{1: "a"}, {"a": {2: 3}}, [2**53], ["\ud800"], {"\udc00": 1}, [float("nan")], [b"a"], object()]
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the library names half a character in a key not as its own
        canonical(value)


TEXT, NUMBERS = st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53) + 1, 2**53 - 1)
SIMPLE = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | TEXT


@given(st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_every_value_is_written_as_the_library_of_the_standard_writes_it(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
