"""Heals what record and engine differ on, after either was restored from an older copy.

Of both, the one that knows more is right, for everything it holds was once written by the other's leave: an older
engine is brought to what the ledger holds, an older ledger gets the facts that the engine's history still has.
"""

from typing import NamedTuple

from adapters.records import Records
from application.interlock import Interlock, off_loop
from domain.record import Batch


class Reconciled(NamedTuple):
    """What was done with one stream: `healed` is false where `what` says why it could not be."""

    stream: str
    healed: bool
    what: str


async def compare(app: Interlock, stream: str) -> str:
    """How record and engine differ on a stream; empty where they agree. What is under way counts as agreeing."""
    held = await app.engine.held(stream)
    standing = await off_loop(lambda: app.standings.of(stream))
    if held is None:
        return "the engine does not know it"
    if held.seq < standing.acknowledged:
        return f"the engine ends at {held.seq}, facts up to {standing.acknowledged} were acknowledged"
    if standing.seq < min(held.seq, standing.acknowledged):
        return f"the ledger ends at {standing.seq}, facts up to {standing.acknowledged} were acknowledged"
    return ""


async def compare_all(app: Interlock, streams: tuple[str, ...]) -> dict[str, str]:
    """Quarantines each stream on which they differ; gives those, with the reason. One holds up none of the others."""
    found: dict[str, str] = {}
    for stream in streams:
        odd = await compare(app, stream)
        if odd:
            found[stream] = odd
            await off_loop(lambda stream=stream, odd=odd: app.standings.quarantine(stream, odd, app.clock()))  # type: ignore[misc]
    return found


async def reconcile(app: Interlock, records: Records) -> tuple[Reconciled, ...]:
    """Heals every quarantined stream, engagements before their change orders."""
    return tuple([await _reconciled(app, records, stream) for stream in await off_loop(app.standings.quarantined)])


async def _reconciled(app: Interlock, records: Records, stream: str) -> Reconciled:
    held = await app.engine.held(stream)
    standing = await off_loop(lambda: app.standings.of(stream))
    if held is not None and held.seq > standing.seq:
        missing = await app.engine.facts_of(stream)
        lacking = [seq for seq in range(standing.seq + 1, held.seq + 1) if seq not in missing]
        if lacking:
            return Reconciled(stream, healed=False, what=f"the engine's history lacks fact {lacking[0]}")
        facts = tuple(missing[seq] for seq in range(standing.seq + 1, held.seq + 1))
        await off_loop(lambda: records.append(Batch(stream=stream, facts=facts)))
        what = f"facts {facts[0].seq} to {facts[-1].seq} were written again from the engine's history"
    elif standing.seq < standing.acknowledged:
        return Reconciled(stream, healed=False, what=_lost(standing.seq, standing.acknowledged))
    else:
        what = f"the engine goes on from fact {standing.seq}"
    await off_loop(lambda: app.standings.release(stream))
    await app.engine.go_on_from(stream, await off_loop(lambda: records.held(stream)), runs=held is not None)
    return Reconciled(stream, healed=True, what=what)


def _lost(seq: int, acknowledged: int) -> str:
    return f"facts {seq + 1} to {acknowledged} are in neither store: restore a newer copy of one of them"
