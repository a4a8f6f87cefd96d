"""What failed is tried again after a pause that grows, and a loop that works a queue off outlives what fails in it."""

import asyncio
from datetime import timedelta

from application.retries import Retries, unforeseen, until_stopped

RETRIES = Retries(timedelta(seconds=1), timedelta(seconds=30), most=3)


def test_each_pause_is_twice_the_one_before_up_to_the_longest() -> None:
    assert [RETRIES.pause(failures).seconds for failures in (0, 1, 4, 5, 10_000)] == [1, 2, 16, 30, 30]


def test_it_is_given_up_after_the_most_failures_and_not_before() -> None:
    assert [RETRIES.are_over(failures) for failures in (2, 3, 4)] == [False, True, True]


async def test_work_that_fails_is_begun_again_until_it_is_stopped() -> None:
    stop, begun = asyncio.Event(), list[int]()

    async def work() -> None:
        begun.append(len(begun))
        if len(begun) == 3:
            stop.set()
        raise ValueError("odd")

    async with asyncio.timeout(10):
        await until_stopped(stop, 0.01, work, "tests.failed")
    assert begun == [0, 1, 2]


def test_each_failure_that_nobody_foresaw_has_an_id_of_its_own() -> None:
    ids = {unforeseen("tests.failed", ValueError("odd"), key="k") for _ in range(2)}
    assert {len(one) for one in ids} == {12}
    assert len(ids) == 2
