"""What a page reads several times is read once while it is put together, and anew after that."""

import asyncio
from collections.abc import Callable

import pytest

from adapters.db.one_look import look_again, one_look, seen_once


def counting() -> Callable[[], int]:
    """A query that tells how often it was asked."""
    asked = iter(range(1, 100))
    return lambda: next(asked)


def test_outside_of_a_look_everything_is_read_anew() -> None:
    query = counting()
    assert [seen_once("a", query) for _ in range(3)] == [1, 2, 3]


def test_within_a_look_each_thing_is_read_once() -> None:
    query, other = counting(), counting()
    with one_look():
        assert [seen_once("a", query), seen_once("b", other), seen_once("a", query)] == [1, 1, 1]
    assert seen_once("a", query) == 2


def test_who_waited_for_something_newer_sees_it() -> None:
    query = counting()
    with one_look():
        assert seen_once("a", query) == 1
        look_again()
        assert seen_once("a", query) == 2
    look_again()


def test_what_fails_is_asked_again() -> None:
    def away() -> int:
        raise ConnectionError

    with one_look():
        with pytest.raises(ConnectionError):
            seen_once("a", away)
        assert seen_once("a", counting()) == 1


async def test_two_looks_at_once_do_not_see_each_others() -> None:
    query = counting()

    async def page() -> int:
        with one_look():
            first = seen_once("a", query)
            await asyncio.sleep(0.01)
            assert await asyncio.to_thread(seen_once, "a", query) == first
            return first

    assert sorted(await asyncio.gather(page(), page())) == [1, 2]
