"""A comparison of record and engine reaches every stream, a page at a time, however many there are."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from adapters.db.database import writing
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.installation import Installation
from adapters.db.records import Records
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.record import StreamHeadRow
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from application.reconciliation.compare import CONFIRMED_AFTER, Stores, compare_stores, keep_comparing
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.adapters.builders import change_batch, lively_deal
from tests.clock import CLOCK
from tests.databases import migrated
from workflows.messages import Position

MANY = 30_000
MAX_BYTES = 3_000_000


class Known:
    """An engine that knows so many engagements beside those it is asked for, and agrees with the record."""

    def __init__(self, database: Database, many: int = 0) -> None:
        self.standings, self.its, self.many = StreamStatuses(database), Installation(database), many
        self.asked: list[str] = []

    async def streams(self, at_once: int, *, running: bool = False) -> AsyncIterator[tuple[str, ...]]:  # noqa: ARG002 -- all do
        for first in range(1, self.many + 1, at_once):
            yield tuple(numbered(n) for n in range(first, min(first + at_once, self.many + 1)))

    async def installation(self) -> str:
        return self.its.id()

    async def is_own(self) -> bool:
        return True

    async def runs(self, _stream: str) -> bool:
        return True

    async def why_it_fails(self, _stream: str) -> str:
        return ""

    async def position(self, stream: str) -> Position:
        self.asked.append(stream)
        seq = self.standings.of(stream).seq
        return Position(decided=seq, recorded=seq)


def numbered(number: int) -> str:
    return engagement_stream(EngagementId(f"ENG-2026-{number:04d}"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A migrated database."""
    engine = migrated(tmp_path / "record.db")
    yield engine
    engine.dispose()


def stores_of(database: Database, engine: Known, confirmed_after: float = CONFIRMED_AFTER) -> Stores:
    return Stores(
        cast("WorkflowGateway", engine),
        engine.standings,
        Installation(database),
        DealsBeingStarted(database),
        CLOCK,
        confirmed_after,
    )


async def test_every_running_stream_is_compared_once_however_small_a_page_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.reconciliation.compare.PAGE", 2)
    records, running = Records(database), list[str]()
    for number in range(1, 6):
        deal = lively_deal(number)
        records.append(deal.batch)
        records.append(change_batch(deal))  # it was withdrawn: it runs no more
        running.append(deal.stream)
    engine = Known(database)
    assert await compare_stores(stores_of(database, engine)) == {}
    assert sorted(engine.asked[1:]) == running  # the first question is whether the engine was emptied


async def test_what_the_engine_alone_knows_is_found_among_many(database: Database) -> None:
    engine = Known(database, 450)
    heads = [{"stream": numbered(n), "seq": 1, "hash": "", "first": ""} for n in range(1, 451) if n not in {7, 333}]
    with writing(database) as connection:
        connection.execute(insert(StreamHeadRow), heads)
    await compare_stores(stores_of(database, engine))
    assert engine.asked == [numbered(7), numbered(333)]
    assert "ENG-2026-0450" in Installation(database).stopped()


async def test_the_memory_that_it_takes_does_not_grow_with_the_portfolio(database: Database) -> None:
    engine = Known(database, MANY)
    with writing(database) as connection:
        heads = [{"stream": numbered(n), "seq": 1, "hash": "", "first": ""} for n in range(1, MANY + 1)]
        connection.execute(insert(StreamHeadRow), heads)
        del heads
    await compare_stores(stores_of(database, Known(database, 500)))  # what is made once is made now
    tracemalloc.start()
    try:
        await compare_stores(stores_of(database, engine))
        assert tracemalloc.get_traced_memory()[1] < MAX_BYTES
    finally:
        tracemalloc.stop()


class Exchanged(Known):
    """An engine in whose place another firm's was put after it was met: it knows nothing of ours."""

    async def is_own(self) -> bool:
        return False

    async def position(self, stream: str) -> Position | None:  # type: ignore[override]
        return None if self.standings.of(stream).seq else await super().position(stream)


async def test_an_engine_that_is_exchanged_while_it_is_compared_quarantines_nothing(database: Database) -> None:
    Records(database).append(lively_deal().batch)
    engine = Exchanged(database)
    assert await compare_stores(stores_of(database, engine, confirmed_after=0)) == {}
    assert engine.standings.quarantined() == {}


class Losing(Known):
    """An engine that is set back at some time."""

    lost = False

    async def position(self, stream: str) -> Position:
        return Position(decided=0, recorded=0) if self.lost else await super().position(stream)


async def test_record_and_engine_are_compared_again_and_again(database: Database) -> None:
    deal, engine = lively_deal(), Losing(database)
    Records(database).append(deal.batch)
    engine.standings.acknowledge({deal.stream: deal.batch.facts[-1].seq})
    comparing = asyncio.create_task(keep_comparing(stores_of(database, engine, confirmed_after=0), 0.01))
    while deal.stream not in engine.asked:  # noqa: ASYNC110 -- a list, of which no event knows
        await asyncio.sleep(0.01)
    assert engine.standings.quarantined() == {}
    engine.lost = True
    async with asyncio.timeout(10):
        while not engine.standings.quarantined():  # noqa: ASYNC110 -- a row, of which no event knows
            await asyncio.sleep(0.01)
    comparing.cancel()
    assert list(engine.standings.quarantined()) == [deal.stream]


class Silent(Known):
    """An engine of which one workflow gives no answer; `failing` is why its tasks fail."""

    silent, failing = "", ""

    async def position(self, stream: str) -> Position:
        if stream == self.silent:
            raise EngineAway("No answer.", remedy="Try again.")
        return await super().position(stream)

    async def why_it_fails(self, stream: str) -> str:
        return self.failing if stream == self.silent else ""

    async def is_worked_on(self) -> bool:
        return True


@pytest.mark.parametrize("failing", ["", "non deterministic error"])
async def test_one_workflow_that_gives_no_answer_keeps_no_other_from_being_compared(
    database: Database, failing: str
) -> None:
    records, engine = Records(database), Silent(database)
    deals = [lively_deal(number) for number in (1, 2, 3)]
    for deal in deals:
        records.append(deal.batch)
    first, second, third = (deal.stream for deal in deals)
    engine.standings.acknowledge({third: deals[2].batch.facts[-1].seq + 1})
    engine.silent, engine.failing = second, failing
    found = await compare_stores(stores_of(database, engine, confirmed_after=0))
    assert list(found) == ([second, third] if failing else [third])
    assert failing in found.get(second, "")
    assert first in engine.asked


class Leaving(Known):
    """An engine that goes away while it is asked."""

    async def is_worked_on(self) -> bool:
        return False

    async def position(self, stream: str) -> Position:
        if self.asked:
            raise EngineAway("No answer.", remedy="Try again.")
        return await super().position(stream)


async def test_a_comparison_that_the_engine_did_not_answer_is_none(database: Database) -> None:
    records = Records(database)
    for number in (1, 2, 3):
        records.append(lively_deal(number).batch)
    with pytest.raises(EngineAway):
        await compare_stores(stores_of(database, Leaving(database)))
