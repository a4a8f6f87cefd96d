"""One look at the database: what a page reads several times while it is put together is read once.

It belongs to the task that began it and to the threads that it starts; whatever looks outside of one reads anew.
Nothing is kept from one look to the next, so that nobody is shown what was so before.

Weighed: a cache with a time to live (two processes would tell different things for that long), and passing directory
and engagement through every query (each would have two ways to be called).
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_SEEN: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Begins a look, which ends with the block."""
    token = _SEEN.set({})
    try:
        yield
    finally:
        _SEEN.reset(token)


def look_again() -> None:
    """Forgets what was seen: for whoever has waited until there is something newer to see."""
    seen = _SEEN.get()
    if seen is not None:
        seen.clear()


def seen_once(key: Hashable, look: Callable[[], T]) -> T:
    """What `look` returns; within one look, what it returned for this key before."""
    seen = _SEEN.get()
    if seen is None:
        return look()
    if key not in seen:
        seen[key] = look()
    found: T = seen[key]
    return found
