"""A worker compares record and engine by itself, and does nothing in an engine of another installation."""

import asyncio
from dataclasses import replace
from pathlib import Path

from adapters.database import migrate, open_database
from adapters.installation import Installation
from adapters.standing import Standing, Standings
from domain.engagement.commands import RestateNeeds
from domain.streams import engagement_stream
from tests.workflows.house import (
    House,
    Server,
    eventually,
    inhabited,
    worker_process,
)
from tests.workflows.live import Playing, begin


async def a_deal(house: House) -> Playing:
    async with inhabited(house):
        return await begin(house, "lindqvist")


async def test_a_worker_quarantines_at_its_start_what_the_engine_has_lost(
    empty: House, server: Server, tmp_path: Path
) -> None:
    stream, standings = engagement_stream((await a_deal(empty)).number), Standings(empty.database)
    standings.acknowledge({stream: standings.of(stream).seq + 3})
    worker = worker_process(empty, server, tmp_path / "worker.log")

    async def is_quarantined() -> bool:
        return "were acknowledged" in standings.quarantined().get(stream, "")

    worker.start()
    try:
        await eventually(is_quarantined)
    finally:
        worker.stop()


async def test_a_worker_waits_beside_anothers_engine_while_its_record_holds_nothing(
    empty: House, server: Server, tmp_path: Path
) -> None:
    deal, theirs = await a_deal(empty), Installation(empty.database).id()
    await empty.engine.installation(theirs)
    stream = engagement_stream(deal.number)
    (tmp_path / "empty").mkdir()
    nothing = open_database(f"sqlite:///{tmp_path / 'empty' / 'interlock.db'}")
    migrate(nothing)
    before = await empty.events_of(stream)
    worker = worker_process(replace(empty, url=str(nothing.url)), server, tmp_path / "empty" / "worker.log")

    async def waits() -> bool:
        return "worker.waits" in worker.log.read_text()

    async def has_begun() -> bool:
        return "worker.started" in worker.log.read_text()

    worker.start()
    try:
        await eventually(waits)
        asked = asyncio.create_task(deal.do(lambda story: story.do(RestateNeeds(), story.state.seller)))
        await asyncio.sleep(3)
        assert not asked.done()
        asked.cancel()
        assert not await has_begun()
        assert Standings(nothing).of(stream) == Standing(quarantined="")
        assert Installation(nothing).is_empty()
        assert "holds no engagement" in Installation(nothing).stopped()
        Installation(nothing).adopt(theirs)
        await eventually(has_begun)
    finally:
        worker.stop()
        nothing.dispose()
    assert await empty.events_of(stream) >= before


async def test_a_worker_ends_before_it_begins_where_the_engine_is_anothers(
    empty: House, server: Server, tmp_path: Path
) -> None:
    deal, installation = await a_deal(empty), Installation(empty.database)
    await empty.engine.installation(installation.id())
    installation.adopt("f" * 32)
    before = await empty.events_of(engagement_stream(deal.number))
    worker = worker_process(empty, server, tmp_path / "worker.log")
    worker.start()
    await eventually(worker.has_ended)
    assert "the record to ffffffff. Nothing was done in it." in worker.log.read_text()
    assert await empty.events_of(engagement_stream(deal.number)) == before
    assert Standings(empty.database).of(engagement_stream(deal.number)).quarantined
