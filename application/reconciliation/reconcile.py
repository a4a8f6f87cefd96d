"""Repairs what record and engine differ on, after either was restored from an older copy.

Of the two, the one that knows more is right, since everything it holds was once written with the other's agreement: an
older engine is brought to what the ledger holds, an older ledger gets the facts that the engine's history still has. A
ledger that holds other facts than the engine wrote was edited: nothing is taken from it.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from adapters.console_commands import with_commands
from adapters.db.ledger import HashDiffers
from adapters.db.projection import ProjectionOutOfSync
from adapters.db.queueing import Held
from adapters.db.records import Records
from adapters.processes.waiting import Aloud
from application.commands.people_introduced import compare_again
from application.context import STORE_AWAY, Interlock
from application.gateway_errors import EngineAway
from application.off_loop import off_loop
from application.reconciliation.compare import (
    CONFIRMED_AFTER,
    Stores,
    compare_stores,
    how_edited,
    is_anothers,
    meet,
    newest_numbers,
    short_id,
    stores_of,
)
from application.reconciliation.redraw_documents import redraw_documents
from domain.notifications.operators import healed_notices, redo_notices
from domain.record.facts import Aggregate, Batch, Recorded, is_alike
from domain.shared.errors import ForeignEngine, Refusal
from domain.shared.recovery_steps import unlike_the_read_model
from domain.shared.streams import engagement_of, engagement_stream, is_change
from domain.shared.text import capitalized
from domain.shared.values import EngagementId, weight
from workflows.aggregate_runner import MAX_CARRIED
from workflows.messages import Position

log = structlog.get_logger()
# Seconds within which the engine must reach what the record holds.
IN_STEP_WITHIN = 60.0
# The record has also lost who left and which addresses are right: operators redo that before people are told.
HELD_FOR = timedelta(minutes=30)
WHY_HELD = "held for half an hour, for operators to do again what the restored record had lost"
POLL_INTERVAL, MAX_POLLS = 0.2, 25
RESTORE = "restore a newer copy of one of them"
RESTORE_FITTING = "restore a sound copy of the record, or the engine that belongs to this record"
WORDS_DIFFER = (
    "facts {first} to {last} are in the engine's history alone, and this version words them otherwise than the one "
    f"that wrote them: run interlock reconcile with that version, or {RESTORE}"
)
ANSWERS = "the engine and its worker answer; both must run"


class Reconciled(NamedTuple):
    """What was done with one stream: `healed` is false if `what` says why it could not be repaired."""

    stream: str
    healed: bool
    what: str
    refilled: bool = False
    """True if facts were written again: the record had been set back, and lost more than engagements."""


class NotHealed(Exception):
    """What keeps a stream from being repaired, in words for operators."""


async def reconcile(
    app: Interlock, records: Records, confirmed_after: float = CONFIRMED_AFTER, *, engine_of: str | None = None
) -> tuple[Reconciled, ...]:
    """Compares both stores completely and repairs every quarantined stream, engagements before their change orders.

    Prints what is done, and every few seconds what it waits for. `engine_of` names the installation, by its full or
    short id, from whose engine an emptied record is refilled. Raises ForeignEngine before that.
    """
    began = app.clock()
    async with Aloud() as aloud:
        aloud.begins("record and engine are compared", ANSWERS)
        await _require_own_engine(app, stores_of(app), engine_of)
        found = await compare_stores(stores_of(app, confirmed_after))
        quarantined = sorted({*found, *await off_loop(app.standings.quarantined)})
        aloud.begins(f"quarantined streams are healed: {len(quarantined)}", ANSWERS)
        done: list[Reconciled] = []
        for stream in quarantined:
            aloud.goes_on(f"{stream} comes to what the record holds, or the record to what the engine holds")
            unhealed = {one.stream for one in done if not one.healed}
            done.append(await _tried(app, records, stream, began, unhealed))
        aloud.begins("new deals are let in, where nothing else stops them", ANSWERS)
        await _take_new_deals(app)
        if any(one.healed for one in done):
            with suppress(EngineAway):  # directory changes that could not be told while they were quarantined
                await app.engine.sync_directory()
        for one in done:
            if one.healed:
                await _tell_directory(app, one.stream)
    return tuple(done)


async def _tell_directory(app: Interlock, stream: str) -> None:
    """Tells an engagement what it missed while the record did not know it; each night all are told."""
    if is_change(stream):
        return
    try:
        await compare_again(app, engagement_of(stream), None)
    except (EngineAway, Refusal) as untold:
        log.warning("directory.not_told", stream=stream, why=str(untold))


async def _tried(
    app: Interlock, records: Records, stream: str, began: datetime, unhealed: Collection[str]
) -> Reconciled:
    """A stream that cannot be repaired stays quarantined, and holds up only its own change orders."""
    before, refilled = None, False
    try:
        before = await off_loop(app.standings.of, stream)
        _require_healed(engagement_of(stream), unhealed)
        done = await _reconciled(app, records, stream, began)
        await off_loop(lambda: _note(app, done))
    except ForeignEngine:  # it was exchanged meanwhile: nothing more is done in it
        await _require_own_engine(app, stores_of(app), None)
        raise
    except Exception as error:
        said = log.warning if isinstance(error, NotHealed | Refusal) else log.exception
        said("stream.not_reconciled", stream=stream, why=str(error))
        with suppress(*STORE_AWAY):
            refilled = before is not None and (await off_loop(app.standings.of, stream)).seq > before.seq
        what = str(error) if isinstance(error, NotHealed) else f"it could not be: {error}"
        return Reconciled(stream, healed=False, what=what, refilled=refilled)
    return done


def _require_healed(engagement_id: EngagementId, unhealed: Collection[str]) -> None:
    """A change order only resumes beside its engagement, which must be told what becomes of it. Raises NotHealed."""
    if engagement_stream(engagement_id) in unhealed:
        raise NotHealed("its engagement is still quarantined, and would not be told")


def _note(app: Interlock, done: Reconciled) -> None:
    now = app.clock()
    if done.healed:
        app.operators.tell(healed_notices(done.stream, done.what, now), now)
    else:
        app.standings.quarantine(done.stream, done.what, now)


async def _require_own_engine(app: Interlock, stores: Stores, named: str | None) -> None:
    """An emptied record began with an id of its own, and takes over that of the engine named to it."""
    theirs = await app.engine.installation()
    is_named = named is not None and theirs.startswith(named) and named.startswith(short_id(theirs))
    if not await meet(stores):
        if not await off_loop(app.installation.is_empty):
            why = capitalized(await off_loop(app.installation.stopped))
            raise ForeignEngine(
                f"{why} Nothing was done in it.",
                remedy="Connect the engine of this installation, then run: interlock reconcile",
            )
        if not is_named:
            raise ForeignEngine(
                f"The record holds no engagement, and the engine belongs to installation {short_id(theirs)}. Nothing "
                "was changed.",
                remedy="If the record was lost, have it filled from this engine: interlock reconcile --from-engine "
                f"{short_id(theirs)}. If the engine is another firm's, connect the right one.",
            )
        await off_loop(lambda: app.installation.adopt(theirs))
    elif named is not None and not is_named:
        raise ForeignEngine(
            f"The engine belongs to installation {short_id(theirs)}, not to {named}. Nothing was changed.",
            remedy="Leave out --from-engine: the record already belongs to this engine.",
        )


async def _take_new_deals(app: Interlock) -> None:
    """Makes new numbers come after all that either store knows."""
    newest, _ = await newest_numbers(app.engine)
    await _require_own_engine(app, stores_of(app), None)  # it may have been exchanged while it was queried
    for year, number in newest.items():
        await off_loop(lambda year=year, number=number: app.installation.raise_number(year, number))  # type: ignore[misc]
    await off_loop(lambda: app.installation.take_new_deals(app.clock()))


async def _reconciled(app: Interlock, records: Records, stream: str, began: datetime) -> Reconciled:
    await _require_own_engine(app, stores_of(app), None)
    run = await app.engine.run_of(stream)  # looked up first: a run started since is not the one that fails
    failing = await app.engine.why_it_fails(stream)
    ended = "" if failing else await _ended(app, stream)
    position = None if failing or ended else await app.engine.position(stream)
    standing = await off_loop(lambda: app.standings.of(stream))
    newest = position.decided if position is not None else max((await app.engine.facts_of(stream)).facts, default=0)
    if not (newest or standing.seq or standing.known):
        await off_loop(lambda: app.standings.release(stream))
        return Reconciled(stream, healed=True, what=ended or "neither store holds anything of it")
    odd = await how_edited(stores_of(app), stream, position) if position is not None else ""
    if odd:
        return Reconciled(stream, healed=False, what=f"{odd}; {RESTORE_FITTING}")
    refilled = newest > standing.seq
    what = f"the engine goes on from fact {standing.seq}"
    if refilled:
        what = await _fill_again(app, records, stream, range(standing.seq + 1, newest + 1), began)
    state = await off_loop(lambda: records.held(stream))
    lacking = _why_it_cannot_go_on(state, standing.known, position)
    if lacking:
        return Reconciled(stream, healed=False, what=lacking, refilled=refilled)
    if failing:
        what = f"each task of its workflow failed, {failing}; begun again from the record, {what}"
        # Not in one step, which would terminate whatever runs by then: a run that another operator has started, and
        # that has answered people since. If killed between the two, it stays quarantined and is processed again.
        await app.engine.end(stream, run, f"each of its tasks failed, {failing}")
        await app.engine.go_on_from(stream, state)
    elif position is None or not (state.is_over or await app.engine.runs(stream)):
        await app.engine.go_on_from(stream, state)
    return await _come_to(app, state, Reconciled(stream, healed=True, what=what, refilled=refilled))


async def _come_to(app: Interlock, state: Aggregate, done: Reconciled) -> Reconciled:
    """What was done, if the engine has reached what the record holds; else that it has not."""
    if await _in_step(app, done.stream, state.seq):
        return done
    return done._replace(healed=False, what=f"{done.what}, and has not carried it out yet: is the worker running?")


async def _fill_again(app: Interlock, records: Records, stream: str, wanted: Sequence[int], began: datetime) -> str:
    """Writes the facts of these numbers again; returns what was done. Raises NotHealed if they cannot be written."""
    missing, hashes = await app.engine.facts_of(stream)
    await _require_own_engine(app, stores_of(app), None)  # it may have been exchanged while it was queried
    unfit = _unfit(await off_loop(lambda: records.facts(stream)), missing, hashes, wanted)
    if unfit:
        raise NotHealed(unfit)
    try:
        lost, then = [missing[seq] for seq in wanted], hashes[wanted[-1]]
        return await off_loop(lambda: _write_again(app, records, lost, then, began))
    except ProjectionOutOfSync as odd:
        raise NotHealed(with_commands(unlike_the_read_model(odd.stands, odd.left))) from odd
    except HashDiffers as otherwise:
        raise NotHealed(WORDS_DIFFER.format(first=wanted[0], last=wanted[-1])) from otherwise


def _why_it_cannot_go_on(state: Aggregate, acknowledged: int, position: Position | None) -> str:
    """Empty if the engine can resume from this state, which is the record's, or has reached it already."""
    if state.seq < acknowledged:
        return _lost(state.seq, acknowledged)
    size = weight(state)
    return _too_large(size) if size > MAX_CARRIED and not _is_at(position, state.seq) else ""


async def _ended(app: Interlock, stream: str) -> str:
    """Terminates what another installation started under this id while it was connected here; says so, or is empty."""
    run = await app.engine.run_of(stream)
    if not run:
        return ""
    position = await app.engine.position(stream)
    if position is None or not await off_loop(is_anothers, app.installation, position):
        return ""
    why = f"it was begun by installation {short_id(position.installation)}, and was ended here"
    await app.engine.end(stream, run, why)
    return why


def _unfit(
    stands: Sequence[Recorded], engines: Mapping[int, Recorded], hashes: Collection[int], wanted: Sequence[int]
) -> str:
    """Why the ledger cannot be refilled from the engine's history; empty if it can."""
    other = (fact.seq for fact in stands if fact.seq in engines and not is_alike(fact, engines[fact.seq]))
    parted = next(other, 0)
    if parted:
        return f"record and engine hold different facts from {parted} on"
    lacking = next((seq for seq in wanted if seq not in engines), 0)
    if lacking:
        return f"the engine's history lacks fact {lacking}: {RESTORE}"
    return "" if wanted[-1] in hashes else f"the engine's history does not say what fact {wanted[-1]} was: {RESTORE}"


def _write_again(app: Interlock, records: Records, facts: Sequence[Recorded], then: str, began: datetime) -> str:
    """Refills the ledger from the engine's history, and the store of documents from the ledger; returns what was done.

    `then`: the hash of the last of them, as the record returned it when they were first written.
    """
    stream = facts[0].stream
    # Someone may have been answered, and the marks were lost as well. They come first, so that after an interruption
    # between the two the record still counts as behind.
    app.standings.acknowledge({stream: facts[-1].seq})
    held = Held(began + HELD_FOR, WHY_HELD)
    records.append(Batch(stream=stream, facts=tuple(facts)), then, held)
    log.warning("record.filled_again", stream=stream)
    app.operators.tell(redo_notices(began), began)
    done = f"facts {facts[0].seq} to {facts[-1].seq} were written again from the engine's history"
    if is_change(stream):
        return done
    lost = list(redraw_documents(app.documents, records.facts(stream)))
    return f"{done}; restore from a newer copy what cannot be drawn again: {', '.join(lost)}" if lost else done


async def _in_step(app: Interlock, stream: str, seq: int) -> bool:
    """Brings the engine to what the record holds, and lifts both quarantines. False if it does not get there in time.

    The record is released once the engine is there, so that no one's command meets it before. A timed change that falls
    due at once is refused by a quarantined record, and quarantines the engine again: then the record is released first,
    and both are checked until neither is quarantined.
    """
    until = time.monotonic() + IN_STEP_WITHIN
    if not await _engine_is_at(app, stream, seq):
        await app.engine.reconciled(stream)
        await _engine_comes_to(app, stream, seq)
    while time.monotonic() < until:
        await off_loop(lambda: app.standings.release(stream))
        if not await _engine_is_at(app, stream, seq):
            await app.engine.reconciled(stream)
            await _engine_comes_to(app, stream, seq)
        elif not (await off_loop(lambda: app.standings.of(stream))).quarantined:
            return True
    return False


async def _engine_is_at(app: Interlock, stream: str, seq: int) -> bool:
    return _is_at(await app.engine.position(stream), seq)


def _is_at(position: Position | None, seq: int) -> bool:
    return position is not None and position.decided >= seq and not (position.quarantined or position.goes_on)


async def _engine_comes_to(app: Interlock, stream: str, seq: int) -> None:
    for _ in range(MAX_POLLS):
        await asyncio.sleep(POLL_INTERVAL)
        if await _engine_is_at(app, stream, seq):
            return


def _too_large(size: int) -> str:
    return (
        f"the record holds all of it, {size:,} bytes, and the engine takes no more than {MAX_CARRIED:,}: it can be "
        "read, and nobody can act in it any more; begin a new deal for what is left of it"
    )


def _lost(seq: int, acknowledged: int) -> str:
    return f"facts {seq + 1} to {acknowledged} are in neither store: {RESTORE}"
