"""What is reckoned once of each value, by its identity: no value of the domain is ever changed in place.

A state shares with the next whatever a fact did not change. A cache by equality would hash and compare whole states,
which takes longer than most of what is reckoned of them.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Same:
    """A value that equals only itself. Whoever holds this holds the value, so that no other has its identity."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


def memoized(most: int) -> Callable[[Callable[[T], R]], Callable[[T], R]]:
    """Has a pure function keep what it gave for the last values, at most so many."""

    def keeping(function: Callable[[T], R]) -> Callable[[T], R]:
        @lru_cache(maxsize=most)
        def known(same: _Same) -> R:
            return function(same.value)

        @wraps(function)
        def reckoned(value: T) -> R:
            return known(_Same(value))

        return reckoned

    return keeping
