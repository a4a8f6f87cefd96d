"""People who go on working whatever happens: each command is repeated under its key until it is answered for good."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, NamedTuple

import httpx

from adapters.files.directory_file import read_directory
from adapters.files.playbook_file import read_playbook
from domain.directory.directory import Directory
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.api.played import Played
from tests.clock import CLOCK
from tests.process_env import NO_TLS, ProcessEnv
from tests.stack import ROOT, Callers, Json

# Seconds after which somebody who still has no answer gives up: the run has failed.
ANSWERED_WITHIN = 300.0
READS_OF_A_SECOND = 50
# Slashes in the path of an engagement itself.
OF_THE_WHOLE = 2
# Seconds after an answer in which it is marked as acknowledged, by far.
MARKED_WITHIN = 2.0
AGAIN = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}
UNKNOWN_HERE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
TITLE = "Key figures"


class Said(NamedTuple):
    """A receipt that somebody got: of which command, for which fact, when they first asked and how long it took."""

    who: str
    route: str
    stream: str
    sequence: int
    happened: tuple[str, ...]
    began: float
    seconds: float


class Stopped(Exception):
    """The run is over: nothing new is asked for."""


@dataclass(repr=False)
class People(Callers):
    """They stop between two commands, never within one."""

    said: list[Said] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Answers that nobody may ever get, such as a bare 500."""
    newest: dict[str, int] = field(default_factory=dict)
    """The last fact of each stream that somebody was told of."""
    shown: dict[str, int] = field(default_factory=dict)
    """The last fact of each change order that somebody has read since."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    working: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    is_set_back: bool = False
    """True while a store that was set back may not have been compared yet: who has no part in it may have had one."""

    async def call(
        self, who: str | None, method: str, path: str, body: Json = None, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """One request, repeated until its answer is final."""
        await self.working.wait()
        if self.stop.is_set():
            raise Stopped
        self.under_way += 1
        try:
            return await self._until_final(who, method, path, body, key, more)
        finally:
            self.under_way -= 1

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """Nobody asks anything, every answer is there, and what was acknowledged is marked."""
        self.working.clear()
        while self.under_way:  # noqa: ASYNC110 -- a count, of which no event knows
            await asyncio.sleep(0.05)
        await asyncio.sleep(MARKED_WITHIN)
        yield
        self.working.set()

    async def _until_final(
        self, who: str | None, method: str, path: str, body: Json, key: str | None, more: dict[str, Any]
    ) -> httpx.Response:
        key = key or f"{self.run}-{next(self.keys)}"
        began = time.monotonic()
        while True:
            answer = await self._try(who, method, path, body, key, more)
            if answer is not None and not (method == "GET" and await self._is_behind(who, path, answer)):
                break
            assert time.monotonic() - began < ANSWERED_WITHIN, f"{who} {method} {path} was never answered"
            await asyncio.sleep(0.1)
        if answer.is_success and method != "GET":
            seconds = time.monotonic() - began
            said = [Said(str(who), f"{method} {path}", *one, began, seconds) for one in receipts_in(answer)]
            self.newest |= {one.stream: max(one.sequence, self.newest.get(one.stream, 0)) for one in said}
            self.said += said
        return answer

    async def _is_behind(self, who: str | None, path: str, answer: httpx.Response) -> bool:
        """True where an engagement is read without what somebody has been told of: the record still comes to it."""
        of = engagement_stream(EngagementId(path.split("/")[2])) if path.startswith("/engagements/") else ""
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return of in self.newest
        is_json = answer.is_success and answer.headers["content-type"] == "application/json"
        if path.count("/") != OF_THE_WHOLE or not is_json:
            return False
        return answer.json().get("seq", math.inf) < self.newest.get(of, 0) or await self._lags_in_a_change(who, path)

    async def _lags_in_a_change(self, who: str | None, path: str) -> bool:
        """True where a change order, whose asks its engagement shows, is shown without what was answered there."""
        of = f"{engagement_stream(EngagementId(path.split('/')[2]))}/change/"
        for stream, seq in [(stream, seq) for stream, seq in self.newest.items() if stream.startswith(of)]:
            if self.shown.get(stream, 0) < seq:
                shown = await self._try(who, "GET", f"{path}/changes/{stream.removeprefix(of)}", None, "", {})
                if shown is None or (shown.is_success and shown.json()["seq"] < seq):
                    return True
                self.shown[stream] = seq
        return False

    async def _try(
        self, who: str | None, method: str, path: str, body: Json, key: str, more: dict[str, Any]
    ) -> httpx.Response | None:
        """The answer, or None where it is to be asked again."""
        try:
            answer = await super().call(who, method, path, body, key=key, **dict(more))
        except httpx.TransportError:
            return None
        if answer.status_code in AGAIN or (self.is_set_back and answer.status_code in UNKNOWN_HERE):
            return None
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.broken.append(f"{who} {method} {path}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer


def receipts_in(answer: httpx.Response) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Stream, number and kinds of the facts that an answer acknowledges."""
    body = answer.json()
    rows = [row["receipt"] for row in body["results"]] if "results" in body else [body]
    for row in rows:
        if row and "sequence" in row:
            yield row["stream"], row["sequence"], tuple(row["happened"])


def sample_directory() -> Directory:
    """Who works at an installation for development."""
    return read_directory(ROOT / "examples/directory.yaml", CLOCK().year)


@asynccontextmanager
async def people_of(env: ProcessEnv, tokens: dict[str, str]) -> AsyncIterator[People]:
    """The sample directory's people before a running installation."""
    directory = sample_directory()
    playbook = read_playbook(ROOT / "playbooks/services.yaml")
    async with httpx.AsyncClient(base_url=env.url, timeout=30, verify=NO_TLS) as http:
        people = People(http, directory, playbook, tokens, count(1), f"faults-{time.monotonic_ns()}")
        people.working.set()
        yield people


async def work(people: People, name: str) -> int:
    """Plays deals from the first call to the close, one after another, until told to stop; how many were closed.

    A deal that cannot go on is broken, and the next is begun.
    """
    closed, numbers = 0, count(1)
    while True:
        deal = Played(people, patience=int(ANSWERED_WITHIN * READS_OF_A_SECOND))
        try:
            await deal.play(f"{TITLE} {name} {next(numbers)}")
        except Stopped:
            return closed
        except AssertionError as stuck:
            people.broken.append(f"{deal.engagement or 'a new deal'} cannot go on: {stuck}")
        else:
            closed += 1
