"""What a body says, it says once."""

import pytest

from api.limits import repeated_key


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        (b'[{"x": 1}, {"x": 1, "x": 2}]', "x"),
        (b'  {"\\u0061": 1, "a": 2}', "a"),
        (b'{"a": 1, "b": {"a": 1}}', None),
        (b'{"a": 1, "a": ', None),
        (b"id,hours\nW1,3", None),
        (b"[" * 100_000, None),
        (b"", None),
    ],
)
def test_a_key_given_twice_is_found(body: bytes, key: str | None) -> None:
    assert repeated_key(body) == key
