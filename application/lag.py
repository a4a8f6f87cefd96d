"""Receipts that were given while readers had not reached them yet: whoever refuses by what is read waits for these."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

MOST_REMEMBERED = 1_000


class Lag:
    """The newest receipt of each stream that readers have not reached, the oldest forgotten past a bound."""

    def __init__(self) -> None:
        self._wanted: OrderedDict[str, int] = OrderedDict()

    def given(self, stream: str, sequence: int) -> None:
        """A receipt was given."""
        self._wanted[stream] = max(sequence, self._wanted.pop(stream, 0))
        while len(self._wanted) > MOST_REMEMBERED:
            self._wanted.popitem(last=False)

    def reached(self, stream: str, sequence: int) -> None:
        """Readers have come as far as this."""
        if self._wanted.get(stream, sequence + 1) <= sequence:
            del self._wanted[stream]

    def is_behind(self, stream: str) -> bool:
        """True while readers have not reached the newest receipt of a stream."""
        return stream in self._wanted

    async def caught_up(self, stream: str, wait: Callable[[int], Awaitable[object]]) -> bool:
        """True where there was a receipt to wait for, and `wait` has waited for it."""
        sequence = self._wanted.get(stream)
        if sequence is None:
            return False
        await wait(sequence)
        return True
