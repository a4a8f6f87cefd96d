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
# Workflows that are asked at a time: a comparison is in nobody's way.
AT_ONCE = 4
# Streams that are in memory at a time: as many as there are, it costs no more.
PAGE = 200
# Seconds after which a divergence must still be there.
CONFIRMED_AFTER = 5.0
OTHER_CHAIN = "the record was edited, or one of them is an older copy that was used further"
HAS_ENDED = "it has ended in the engine, but not in the record"
UNKNOWN = "the engine does not know it"
ANOTHERS = "the engine runs one of another installation under this id"
# Of a number that the engine has not heard of by then nobody is on the way any more to begin its deal.
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
    """As much of an installation's id as people are told."""
    return installation[:8]


async def meet(stores: Stores) -> bool:
    """Has record and engine tell each other whose they are, before anything of the one is done in the other.

    True where they belong together. Where they do not, no new deals are taken, all work is refused, and nobody works
    there before its own engine is connected, or `reconcile` was told that this is the one of a record that was emptied.
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
    """How record and engine differ on a stream; empty where they agree. What is under way counts as agreeing.

    An engine that lost with a task what somebody was told of, or how it ended, or that asks in other words than the
    record, is sent on from the record: that is under way then.
    """
    before = await off_loop(stores.standings.of, stream)  # facts come meanwhile: the engine's, then the record's
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
    """Why the engine does not carry on what goes on in the record."""
    return HAS_ENDED if await engine.run_of(stream) else UNKNOWN


async def _words_differ(stores: Stores, stream: str, position: Position) -> bool:
    """True where the engine holds open asks in other words than people are shown, so that nobody can answer them.

    A version that words them differently makes them so when it replays what an earlier one asked.
    """
    if position.asks is None:
        return False
    seq, shown = await off_loop(stores.standings.open_asks, stream)
    return seq == position.decided and shown != position.asks


async def how_edited(stores: Stores, stream: str, position: Position) -> str:
    """How the record's chain differs from what the engine wrote; empty where it does not, or the engine does not know.

    Somebody edited the record, or both were restored from copies of different lives.
    """
    head = position.head
    if head is None or not await off_loop(stores.standings.is_other, stream, head.seq, head.hash):
        return ""
    return f"record and engine hold different facts at {head.seq}: {OTHER_CHAIN}"


async def compare_stores(stores: Stores) -> dict[str, str]:
    """Quarantines each stream on which record and engine differ, and stops new deals where one could be another's.

    Looked at is what runs on either side, and what the record does not hold: what both have ended stays as it is.

    Gives what differs, by stream; of all others only a page is in memory at a time. Raises EngineAway.
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
    """That the engine lacks what somebody was answered: it was set back."""
    if position.decided >= before.acknowledged:
        return ""
    return f"the engine ends at {position.decided}, facts up to {before.acknowledged} were acknowledged"


def is_anothers(installation: Installation, position: Position) -> bool:
    """True for a workflow that another installation began here, while it was connected to this engine."""
    return position.installation not in {"", installation.id()}


async def _running(standings: StreamStatuses) -> AsyncIterator[tuple[str, ...]]:
    after = ""
    while page := await off_loop(standings.running, after, PAGE):
        yield page
        after = page[-1]


async def _compare(stores: Stores, streams: tuple[str, ...]) -> dict[str, str]:
    """What differs on these. Each is quarantined then, unless another installation began it and we know none such."""
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
    """Why one workflow gave no answer: it holds up no other. Raises EngineAway where none gives any."""
    failing = await _failing(stores, stream)
    if not failing and not await stores.engine.is_worked_on():
        raise away
    if not failing:
        log.warning("stream.not_compared", stream=stream, why=str(away))
    return failing


async def _failing(stores: Stores, stream: str) -> str:
    """That a workflow answers nobody, since no worker carries its task out, and why; empty where one does."""
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
    """An emptied engine, or a number that is behind, stops new deals.

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
    """Lets go of what is held for numbers whose requests died before the engine heard of them."""
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
    """At the start, and every so many seconds. Whatever goes wrong is logged and tried at the next turn."""
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
    """Ends once the engine is this record's, as it is or as `reconcile` says; says why it is not."""
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
    """Ends once the engine is another installation's: it was exchanged while it was worked on."""
    while True:
        with suppress(Refusal, *STORE_AWAY):
            if not await meet(stores):
                return
        await asyncio.sleep(every)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
