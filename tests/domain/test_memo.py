"""What is reckoned once of a value is what would be reckoned of it each time."""

import pytest

from domain.shared.memo import memoized
from domain.shared.values import weight, weight_of_state
from tests.domain.story import FILES, Story


def test_a_value_is_known_by_its_identity_and_not_by_what_it_equals() -> None:
    asked: list[tuple[str, ...]] = []

    @memoized(2)
    def length(of: tuple[str, ...]) -> int:
        asked.append(of)
        return len(of)

    one, alike = ("a", "b"), tuple("ab")
    assert [length(one), length(one), length(alike)] == [2, 2, 2]
    assert [asked[0] is one, asked[1] is alike, len(asked)] == [True, True, 2]


def test_what_was_refused_is_asked_again() -> None:
    refused: list[int] = []

    @memoized(2)
    def never(of: list[int]) -> int:
        refused.append(1)
        raise ValueError(of)

    value: list[int] = []
    for _ in range(2):
        with pytest.raises(ValueError, match=r"\[\]"):
            never(value)
    assert refused == [1, 1]


@pytest.mark.parametrize("file", FILES)
def test_a_state_weighs_what_all_of_it_weighs_by_its_parts(file: str) -> None:
    story = Story(file).play()
    for state in (story.state, *story.orders.values()):
        assert weight_of_state(state) == weight(state)
