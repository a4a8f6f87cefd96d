"""Whether engine, ledger and read model say the same of an engagement, and the ledger is what was written.

assert not await divergences(database, engine, "ENG-2026-0001")
await agree(database, engine, "ENG-2026-0001")          # waits until they do, or fails with what differs
"""

import asyncio
import time
from collections.abc import Iterator

from sqlalchemy import Engine as Database

from adapters.db import ledger
from adapters.db.database import reading
from adapters.db.projection import fold
from adapters.db.read_model import ReadModel
from adapters.db.verification import verify
from application.gateway import WorkflowGateway
from domain.record.facts import Aggregate
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.values import EngagementId

PATIENCE_SECONDS = 30.0


async def divergences(database: Database, engine: WorkflowGateway, engagement: EngagementId) -> list[str]:
    """Everything in which the ledger's facts, the read model and the workflows differ; empty where they agree."""
    verdict = verify(database)
    unsound = [] if verdict.is_sound else [f"the ledger does not verify: {verdict.told}"]
    return [*await differences(database, engine, engagement), *unsound]


async def differences(database: Database, engine: WorkflowGateway, engagement: EngagementId) -> list[str]:
    """The same for one engagement and its change orders, without the chain of the whole ledger."""
    read = ReadModel(database)
    known = read.engagement(engagement)
    found = await _of_stream(database, engine, engagement_stream(engagement), known)
    for n, change in known.changes.items() if known else ():
        order = read.change_order(engagement, n)
        found += await _of_stream(database, engine, change_stream(engagement, n), order)
        if order is not None and order.status is not change.status:
            found.append(f"change {n} is {order.status.value}, and its engagement has it {change.status.value}")
    return found


async def _of_stream(database: Database, engine: WorkflowGateway, stream: str, read: Aggregate | None) -> list[str]:
    """What has ended, and whose workflow the engine has forgotten since, is compared with the ledger alone."""
    running = await engine.held(stream)
    if running is None and not (read and read.is_over):
        return [f"{stream}: the engine does not know it"]
    return list(_compared(database, stream, read, running or read))


async def agree(
    database: Database, engine: WorkflowGateway, engagement: EngagementId, patience: float = PATIENCE_SECONDS
) -> None:
    """Waits until there are no divergences. Raises AssertionError that lists them."""
    until = time.monotonic() + patience
    while found := await divergences(database, engine, engagement):
        assert time.monotonic() < until, "\n".join(found)
        await asyncio.sleep(0.1)


def _compared(database: Database, stream: str, read: Aggregate | None, running: Aggregate | None) -> Iterator[str]:
    with reading(database) as connection:
        facts = ledger.read(connection, stream)
    numbers = [fact.seq for fact in facts]
    if numbers != list(range(1, len(facts) + 1)):
        yield f"{stream}: the facts are numbered {numbers}"
    for name, other in (("ledger", fold(facts).state), ("read model", read)):
        yield from (f"{stream}: {difference}" for difference in _differences(name, other, running))


def _differences(name: str, other: Aggregate | None, running: Aggregate | None) -> Iterator[str]:
    if other is None or running is None:
        yield f"the {name} does not know it"
        return
    for field in type(running).model_fields:
        theirs, ours = getattr(other, field), getattr(running, field)
        if theirs == ours:
            continue
        if isinstance(ours, dict):
            keys = sorted({*theirs, *ours}, key=str)
            yield from (
                f"{field}[{key}] is {theirs.get(key)!r} in the {name}, {ours.get(key)!r} in the workflow"
                for key in keys
                if theirs.get(key) != ours.get(key)
            )
        else:
            yield f"{field} is {theirs!r} in the {name}, {ours!r} in the workflow"
