"""Writes that come side by side: in one transaction, in order, each with its own answer and its own failure."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from adapters.db.write_batcher import MOST, WriteBatcher

PATIENCE = 10


class Store:
    """Takes numbers, whole batches at a time; stands still while it is held, and refuses thirteen."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.written: list[int] = []
        self.began, self.goes_on = threading.Event(), threading.Event()
        self.goes_on.set()

    def write(self, numbers: Sequence[int]) -> list[str]:
        self.batches.append(list(numbers))
        self.began.set()
        assert self.goes_on.wait(PATIENCE)
        if 13 in numbers:
            raise ValueError("thirteen")
        self.written += numbers
        return [f"wrote {number}" for number in numbers]


async def begun(store: Store) -> None:
    assert await asyncio.to_thread(store.began.wait, PATIENCE)


async def test_what_comes_while_one_writes_goes_together_with_the_next() -> None:
    store = Store()
    together = WriteBatcher(store.write)
    store.goes_on.clear()
    first = asyncio.create_task(together.write(0))
    await begun(store)
    others = [asyncio.create_task(together.write(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    store.goes_on.set()
    assert await asyncio.gather(first, *others) == [f"wrote {number}" for number in range(6)]
    assert store.batches == [[0], [1, 2, 3, 4, 5]]


async def test_no_transaction_grows_without_end() -> None:
    store = Store()
    together = WriteBatcher(store.write)
    await asyncio.gather(*(together.write(100 + number) for number in range(MOST + 1)))
    assert [len(batch) for batch in store.batches] == [MOST, 1]


async def test_who_fails_fails_alone() -> None:
    store = Store()
    together = WriteBatcher(store.write)
    found = await asyncio.gather(*(together.write(number) for number in (12, 13, 14)), return_exceptions=True)
    assert (found[0], found[2], store.written) == ("wrote 12", "wrote 14", [12, 14])
    assert isinstance(found[1], ValueError)
    with pytest.raises(ValueError, match="thirteen"):
        await together.write(13)
    assert await together.write(15) == "wrote 15"


async def test_who_is_cancelled_holds_up_nobody() -> None:
    store = Store()
    together = WriteBatcher(store.write)
    store.goes_on.clear()
    gone = asyncio.create_task(together.write(1))
    await begun(store)
    gone.cancel()
    store.goes_on.set()
    assert await together.write(2) == "wrote 2"
    assert gone.cancelled()
    assert store.written == [1, 2]
