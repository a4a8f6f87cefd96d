"""Compares record and engine, at the start and by schedule: each divergence is named, and none stops the firm."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from adapters.clock import Now
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.installation import Installation
from adapters.db.ledger import RECORD_ENDS
from adapters.db.stream_status import StreamStatus, StreamStatuses
from application.context import STORE_AWAY, Interlock
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from application.off_loop import off_loop
from domain.notifications.operators import StopCause
from domain.shared.errors import Refusal
from workflows.messages import Position

log = structlog.get_logger()
# Workflows that are queried at a time, so that a comparison is in no one's way.
AT_ONCE = 4
# Streams in memory at a time, however many there are.
PAGE = 200
# Seconds after which a divergence must still be there.
CONFIRMED_AFTER = 5.0
OTHER_CHAIN = "the record was edited, or one of them is an older copy that was used further"
HAS_ENDED = "it has ended in the engine, but not in the record"
UNKNOWN = "the engine does not know it"
ANOTHERS = "the engine runs one of another installation under this id"
# If the engine has not seen a number by then, no request is still on its way to start its deal.
NEVER_BEGUN_AFTER = timedelta(hours=1)
_NUMBER = re.compile(r"^engagement/ENG-(?P<year>\d{4})-(?P<number>\d+)$")


@dataclass(frozen=True)
class Stores:
    """Both stores, as a comparison needs them."""

    engine: WorkflowGateway
    standings: StreamStatuses
    installation: Installation
    starting: DealsBeingStarted
    now: Now
    confirmed_after: float = CONFIRMED_AFTER


def stores_of(app: Interlock, confirmed_after: float = CONFIRMED_AFTER) -> Stores:
    """What a comparison needs."""
    return Stores(app.engine, app.standings, app.installation, app.starting, app.clock, confirmed_after)


def short_id(installation: str) -> str:
    """The part of an installation's id that people are shown."""
    return installation[:8]


async def meet(stores: Stores) -> bool:
    """Has record and engine check that they belong together, before anything of one is done in the other.

    True if they do. If not, no new deals are accepted, all work is refused, and no worker works before its own engine
    is connected, or `reconcile` was told that this engine belongs to a record that was emptied.
    """
    ours = await off_loop(stores.installation.id)
    theirs = await stores.engine.installation()
    if theirs == ours:
        await off_loop(stores.installation.has_own_engine)
        return True
    is_empty = await off_loop(stores.installation.is_empty)
    record = "holds no engagement" if is_empty else f"to {short_id(ours)}"
    why = f"the engine belongs to installation {short_id(theirs)}, the record {record}."
    await off_loop(stores.installation.stop_new_deals, StopCause.FOREIGN_ENGINE, why, stores.now())
    return False


async def divergence(stores: Stores, stream: str) -> str:
    """How record and engine differ on a stream; empty if they agree. What is under way counts as agreeing.

    An engine that lost with a task what people were told, or how the stream ended, or whose asks are worded differently
    from the record's, is made to resume from the record: that is then under way.
    """
    before = await off_loop(stores.standings.of, stream)  # facts arrive meanwhile: first in the engine
    position = await stores.engine.position(stream)
    runs = await stores.engine.runs(stream)
    is_over = await off_loop(stores.standings.is_over, stream)
    standing = await off_loop(stores.standings.of, stream)
    foreign = position is not None and await off_loop(is_anothers, stores.installation, position)
    if foreign and runs:
        return ANOTHERS
    if position is None or foreign:
        why = UNKNOWN if foreign else await why_unknown(stores.engine, stream)
        return why if before.seq else ""
    lacking = position.quarantined or _lacking(position, before)
    if lacking:
        return lacking
    if position.decided < before.told or (is_over and position.decided < before.seq):
        await stores.engine.reconciled(stream)
    if standing.seq < position.recorded:
        return f"{RECORD_ENDS} {standing.seq}, the engine wrote facts up to {position.recorded}"
    if standing.seq and not (runs or is_over):
        return HAS_ENDED
    odd = await how_edited(stores, stream, position)
    if not odd and runs and await _words_differ(stores, stream, position):
        log.warning("stream.words_differ", stream=stream)
        await stores.engine.reconciled(stream)
    return odd


async def why_unknown(engine: WorkflowGateway, stream: str) -> str:
    """Why the engine does not run what is running according to the record."""
    return HAS_ENDED if await engine.run_of(stream) else UNKNOWN


async def _words_differ(stores: Stores, stream: str, position: Position) -> bool:
    """True if open asks are worded differently in the engine from what people are shown: no one can answer them.

    A version that words them differently does that when it replays what an earlier one asked.
    """
    if position.asks is None:
        return False
    seq, shown = await off_loop(stores.standings.open_asks, stream)
    return seq == position.decided and shown != position.asks


async def how_edited(stores: Stores, stream: str, position: Position) -> str:
    """How the record's chain differs from what the engine wrote; empty if it does not, or the engine does not know.

    Someone edited the record, or both were restored from copies that had diverged.
    """
    head = position.head
    if head is None or not await off_loop(stores.standings.is_other, stream, head.seq, head.hash):
        return ""
    return f"record and engine hold different facts at {head.seq}: {OTHER_CHAIN}"


async def compare_stores(stores: Stores) -> dict[str, str]:
    """Quarantines each stream on which record and engine differ, and stops new deals if one could be another's.

    It compares what runs on either side, and what the record lacks: what has ended in both is skipped.

    Returns the differences, by stream; of all others only a page is in memory at a time. Raises EngineAway.
    """
    if not await meet(stores):
        return {}
    await _compare_numbers(stores)
    await _give_up_what_never_began(stores)
    found: dict[str, str] = {}
    async for page in _running(stores.standings):
        found |= await _compare(stores, page)
    async for page in stores.engine.streams(PAGE, running=True):
        found |= await _compare(stores, await off_loop(stores.standings.over, page))
    async for page in stores.engine.streams(PAGE):
        found |= await _compare(stores, await off_loop(stores.standings.unknown, page))
    return found


def _lacking(position: Position, before: StreamStatus) -> str:
    """That the engine lacks something that was acknowledged: it was set back."""
    if position.decided >= before.acknowledged:
        return ""
    return f"the engine ends at {position.decided}, facts up to {before.acknowledged} were acknowledged"


def is_anothers(installation: Installation, position: Position) -> bool:
    """True for a workflow that another installation started here, while it was connected to this engine."""
    return position.installation not in {"", installation.id()}


async def _running(standings: StreamStatuses) -> AsyncIterator[tuple[str, ...]]:
    after = ""
    while page := await off_loop(standings.running, after, PAGE):
        yield page
        after = page[-1]


async def _compare(stores: Stores, streams: tuple[str, ...]) -> dict[str, str]:
    """The differences on these. Each is quarantined, unless another installation started it and it is unknown here."""
    found: dict[str, str] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def compare(stream: str) -> None:
        async with places:
            try:
                odd = await _confirmed(stores, stream)
            except EngineAway as away:
                odd = await _unanswered(stores, stream, away)
            except Exception:
                log.exception("stream.not_compared", stream=stream)
                return
        if odd and await stores.engine.is_own():  # it may have been exchanged meanwhile
            found[stream] = odd
            if odd == ANOTHERS and not (await off_loop(stores.standings.of, stream)).seq:
                log.error("stream.of_another_installation", stream=stream, see="interlock reconcile")
            else:
                await off_loop(stores.standings.quarantine, stream, odd, stores.now())

    await asyncio.gather(*(compare(stream) for stream in streams))
    return found


async def _unanswered(stores: Stores, stream: str, away: EngineAway) -> str:
    """Why one workflow gave no answer, so that it holds up no other. Raises EngineAway if none answers."""
    failing = await _failing(stores, stream)
    if not failing and not await stores.engine.is_worked_on():
        raise away
    if not failing:
        log.warning("stream.not_compared", stream=stream, why=str(away))
    return failing


async def _failing(stores: Stores, stream: str) -> str:
    """That a workflow answers no one because its tasks fail, and why; empty if they do not."""
    why = await stores.engine.why_it_fails(stream)
    return f"its workflow cannot go on: each of its tasks fails, {why}" if why else ""


async def _confirmed(stores: Stores, stream: str) -> str:
    """A divergence that is still there after a while: a deal that just began, or a record that waits, is only late."""
    odd = await _odd(stores, stream)
    if odd:
        await asyncio.sleep(stores.confirmed_after)
        odd = await _odd(stores, stream)
    return odd


async def _odd(stores: Stores, stream: str) -> str:
    return await _failing(stores, stream) or await divergence(stores, stream)  # one that fails would answer nothing


async def _compare_numbers(stores: Stores) -> None:
    """Stops new deals if the engine was emptied, or the record's number is behind.

    An emptied engine cannot say which numbers it knew: if the record is older too, they would be given again.
    """
    newest, is_empty = await newest_numbers(stores.engine)
    running = await off_loop(stores.standings.running, "", 1)
    behind = await off_loop(_numbers_behind, stores.installation, newest)
    if running and is_empty and await stores.engine.position(running[0]) is None:
        cause = StopCause.EMPTIED_ENGINE
        why = "the engine knows no engagement at all: it was emptied."
    elif behind:
        cause = StopCause.NUMBER_BEHIND
        why = f"the record has not given {', '.join(behind)}, which the engine knows."
    else:
        return
    if await stores.engine.is_own():  # it may have been exchanged meanwhile
        await off_loop(stores.installation.stop_new_deals, cause, why, stores.now())


async def _give_up_what_never_began(stores: Stores) -> None:
    """Drops what is held for numbers whose requests died before the engine heard of them."""
    long_ago = stores.now() - NEVER_BEGUN_AFTER
    for engagement_id in await off_loop(stores.starting.of_before, long_ago):
        if not await stores.engine.opening_of(engagement_id):
            await off_loop(stores.starting.give_up, engagement_id, long_ago)
            log.warning("deal.never_begun", engagement=engagement_id)


async def newest_numbers(engine: WorkflowGateway) -> tuple[dict[str, int], bool]:
    """The highest number of each year among the engine's engagements, and whether it knows no stream at all."""
    newest, is_empty = dict[str, int](), True
    async for page in engine.streams(PAGE):
        is_empty = False
        for found in filter(None, map(_NUMBER.match, page)):
            newest[found["year"]] = max(int(found["number"]), newest.get(found["year"], 0))
    return newest, is_empty


def _numbers_behind(installation: Installation, newest: Mapping[str, int]) -> list[str]:
    return [f"ENG-{year}-{number:04d}" for year, number in newest.items() if installation.number(year) < number]


async def keep_comparing(stores: Stores, every: float) -> None:
    """Compares at the start, and every so many seconds. Whatever goes wrong is logged and retried at the next turn."""
    while True:
        try:
            found = await compare_stores(stores)
            log.info("stores.compared", at=_text(stores.now()), differ=len(found))
        except EngineAway as away:
            log.warning("stores.not_compared", why=str(away))
        except Exception:
            log.exception("stores.not_compared")
        await asyncio.sleep(every)


async def until_own(stores: Stores, every: float) -> None:
    """Ends once the engine is this record's, by itself or through `reconcile`; logs why it is not."""
    said = ""
    while True:
        try:
            if await meet(stores):
                return
            why = await off_loop(stores.installation.stopped)
        except (Refusal, *STORE_AWAY) as away:
            why = str(away)
        if why != said:
            log.warning("worker.waits", why=why)
        said = why
        await asyncio.sleep(every)


async def until_foreign(stores: Stores, every: float) -> None:
    """Ends once the engine is another installation's: it was exchanged while the worker was running."""
    while True:
        with suppress(Refusal, *STORE_AWAY):
            if not await meet(stores):
                return
        await asyncio.sleep(every)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
