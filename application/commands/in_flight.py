"""Limits how many commands of one person may be on their way to the engine, so that no one fills what all share.

An engagement takes ten updates at a time, whoever sends them. One person holds at most `MOST` places; a further command
waits a moment for one of their own to be freed, and is then told to come again. Commands that may be forbidden, but
about which lagging readers cannot say, share as many places on each engagement, whoever sends them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from domain.shared.errors import Refusal, RefusalKind, Rule
from domain.shared.values import PersonId

MOST = 4
PATIENCE_SECONDS = 1.0


class TooManyAtOnce(Refusal):
    rule, title, kind = Rule.WELL_FORMED, "Too many commands are being carried out", RefusalKind.TOO_MANY
    temporary = True


@dataclass
class _Places:
    free: anyio.Semaphore
    wanted: int = 0


@dataclass(frozen=True)
class InFlight:
    """The commands on their way, by person, and for those that may be forbidden by stream."""

    most: int = MOST
    patience: float = PATIENCE_SECONDS
    _of: dict[str, _Places] = field(default_factory=dict)

    @asynccontextmanager
    async def place(self, person_id: PersonId, *, doubtful_on: str = "") -> AsyncIterator[None]:
        """Holds one of a person's places, or one of the stream's if the command may be forbidden.

        Raises TooManyAtOnce if none is freed in time.
        """
        holder = doubtful_on or person_id
        places = self._of.setdefault(holder, _Places(anyio.Semaphore(self.most)))
        places.wanted += 1
        try:
            with anyio.move_on_after(self.patience) as waited:
                await places.free.acquire()
            if waited.cancelled_caught:
                whose = (
                    "on this engagement, by people who may not be allowed to do this," if doubtful_on else "of yours"
                )
                raise TooManyAtOnce(
                    f"{self.most} commands {whose} are being carried out.",
                    remedy="Wait for their answers, then send this one again with the same Idempotency-Key.",
                )
            try:
                yield
            finally:
                places.free.release()
        finally:
            places.wanted -= 1
            if not places.wanted:
                del self._of[holder]
