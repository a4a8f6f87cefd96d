"""Caches results per value, by identity: no value of the domain is ever changed in place.

A state shares with the next whatever a fact did not change. A cache by equality would hash and compare whole states,
which takes longer than most of what is computed from them.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Same:
    """Equal only for the same object. It keeps the value alive, so that its id is not reused."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


def memoized(most: int) -> Callable[[Callable[[T], R]], Callable[[T], R]]:
    """Makes a pure function of one value keep its results for the last `most` values."""

    def keeping(function: Callable[[T], R]) -> Callable[[T], R]:
        @lru_cache(maxsize=most)
        def known(same: _Same) -> R:
            return function(same.value)

        @wraps(function)
        def reckoned(value: T) -> R:
            return known(_Same(value))

        return reckoned

    return keeping
