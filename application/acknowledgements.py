"""Raises the acknowledged mark of streams once an answer has been sent, in groups, and off the decision's path."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

import structlog

from adapters.db.database import DATABASE_AWAY
from adapters.db.stream_status import StreamStatuses
from application.off_loop import off_loop
from domain.shared.values import Value
from workflows.messages import Receipt

log = structlog.get_logger()
A = TypeVar("A", bound=Value)
# Seconds during which marks are gathered into one write.
ACK_DELAY = 0.5
# Seconds that an ending process takes for the last marks: fewer than its supervisor waits for it to end.
DRAINED_WITHIN = 8.0


def receipts_in(answer: object) -> Iterator[Receipt]:
    """Every receipt that an answer is or contains."""
    if isinstance(answer, Receipt):
        yield answer
    elif isinstance(answer, Value):
        for name in type(answer).model_fields:
            yield from receipts_in(getattr(answer, name))
    elif isinstance(answer, tuple):
        for part in answer:
            yield from receipts_in(part)


class Acknowledgements:
    """The marks of one process that are waiting to be raised."""

    def __init__(self, standings: StreamStatuses, delay: float = ACK_DELAY) -> None:
        self._standings = standings
        self._delay = delay
        self._waiting: dict[str, int] = {}
        self._raising: asyncio.Task[None] | None = None

    def answered(self, answer: A) -> A:
        """The answer, which is sent now. Whatever returns a receipt passes it through here, first time or repeat."""
        for receipt in receipts_in(answer):
            self._note(receipt.stream, receipt.sequence)
        return answer

    def _note(self, stream: str, seq: int) -> None:
        """Someone is being answered: facts up to this one are known outside."""
        self._waiting[stream] = max(seq, self._waiting.get(stream, 0))
        if self._raising is None or self._raising.done():
            self._raising = asyncio.create_task(self._raise_soon())

    async def _raise_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._delay)
            await self.flush()

    async def drain(self, patience: float = DRAINED_WITHIN) -> None:
        """Raises all waiting marks before the process ends. Gives up after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self.flush()
                while self._raising is not None and not self._raising.done():
                    await self._raising  # including what is being written at this moment

    async def flush(self) -> None:
        """Raises what is waiting; while the database is away, it keeps waiting."""
        marks, self._waiting = self._waiting, {}
        if not marks:
            return
        try:
            await off_loop(self._standings.acknowledge, marks)
        except Exception as away:  # whatever the error, the mark of what was answered is kept
            said = log.warning if isinstance(away, DATABASE_AWAY) else log.exception
            said("acknowledgements.wait", why=type(away).__name__, streams=len(marks))
            for stream, seq in marks.items():
                self._note(stream, seq)
