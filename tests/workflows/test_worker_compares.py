"""A worker compares record and engine by itself, and does nothing in an engine of another installation."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from temporalio.service import RPCError

from adapters.db.installation import Installation
from adapters.db.stream_status import StreamStatus, StreamStatuses
from adapters.temporal.client import connect
from application.reconciliation.recorded_history import facts_in_history
from domain.engagement.needs.commands import RecordNeeds, RestateNeeds
from domain.engagement.needs.values import Need
from domain.shared.errors import ForeignEngine
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import digest
from tests.databases import migrated
from tests.workflows.house import (
    House,
    Server,
    connected,
    eventually,
    inhabited,
    worker_process,
)
from tests.workflows.live import Playing, begin
from workflows.messages import CommandRequest, Receipt
from workflows.updates import update_name

NEEDS = RecordNeeds(needs=(Need(id="N1", text="One login for all"),))


async def a_deal(house: House) -> Playing:
    async with inhabited(house):
        return await begin(house, "lindqvist")


async def stands_at(house: House, stream: str, seq: int) -> bool:
    return StreamStatuses(house.database).of(stream).seq == seq


async def tasks_done(house: House, stream: str) -> int:
    """How many tasks of a workflow some worker has done."""
    history = await house.client.get_workflow_handle(stream).fetch_history()
    return sum(event.HasField("workflow_task_completed_event_attributes") for event in history.events)


async def test_a_worker_quarantines_at_its_start_what_the_engine_has_lost(
    empty: House, server: Server, tmp_path: Path
) -> None:
    stream, standings = engagement_stream((await a_deal(empty)).number), StreamStatuses(empty.database)
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
    assert await empty.engine.installation() == theirs
    stream = engagement_stream(deal.number)
    nothing = migrated(tmp_path / "empty" / "interlock.db")
    before = await tasks_done(empty, stream)
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
        assert StreamStatuses(nothing).of(stream) == StreamStatus(quarantined="")
        assert Installation(nothing).is_empty()
        assert "holds no engagement" in Installation(nothing).stopped()
        assert await tasks_done(empty, stream) == before
        Installation(nothing).adopt(theirs)
        await eventually(has_begun)
    finally:
        worker.stop()
        nothing.dispose()


async def test_a_worker_waits_while_its_record_belongs_to_another_engine_and_works_when_that_is_back(
    empty: House, server: Server, tmp_path: Path
) -> None:
    deal, installation = await a_deal(empty), Installation(empty.database)
    ours = await empty.engine.installation()
    stream = engagement_stream(deal.number)
    worker = worker_process(empty, server, tmp_path / "worker.log")

    def lines(what: str) -> int:
        return worker.log.read_text().count(what)

    async def works(times: int) -> None:
        async def so() -> bool:
            return lines("worker.started") == times

        await eventually(so)

    async def has_stopped() -> bool:
        return lines("worker.stopped") == 1

    worker.start()
    try:
        await works(1)
        installation.adopt("f" * 32)  # as if the engine had been exchanged
        await eventually(has_stopped)
        before = await empty.events_of(stream)
        await asyncio.sleep(5)
        assert not await worker.has_ended()
        assert lines("worker.waits") == 1
        assert "the record to ffffffff" in worker.log.read_text()
        assert await empty.events_of(stream) == before
        assert StreamStatuses(empty.database).of(stream).quarantined
        installation.adopt(ours)
        await works(2)
        await deal.do(lambda story: story.do(NEEDS, story.state.seller))
    finally:
        worker.stop()


async def test_what_a_worker_decides_in_anothers_engine_comes_into_no_record_of_ours(house: House) -> None:
    deal, installation = await begin(house, "lindqvist"), Installation(house.database)
    stream, ours = engagement_stream(deal.number), installation.id()
    await deal.do(lambda story: story.do(NEEDS, story.state.seller))
    await eventually(partial(stands_at, house, stream, deal.story.state.seq))
    stands = StreamStatuses(house.database).of(stream)
    installation.adopt("f" * 32)
    with pytest.raises(ForeignEngine):
        await deal.do(lambda story: story.do(NEEDS, story.state.seller))
    handle = house.client.get_workflow_handle(stream)
    request = CommandRequest(
        id="r1", body=digest(NEEDS), actor=Actor(person=deal.story.state.seller), command=NEEDS, installation=ours
    )
    receipt = await handle.execute_update(update_name(NEEDS.kind), request, result_type=Receipt)
    assert receipt.sequence > stands.seq
    await asyncio.sleep(2)
    assert await stands_at(house, stream, stands.seq)
    position = await house.engine.position(stream)
    assert position is not None
    assert (position.decided, position.recorded) == (receipt.sequence, stands.seq)
    assert (position.installation, position.quarantined) == (ours, "")
    installation.adopt(ours)

    await eventually(partial(stands_at, house, stream, receipt.sequence))


async def test_of_a_history_only_the_facts_of_ones_own_installation_are_taken(house: House) -> None:
    deal, ours = await begin(house, "lindqvist"), Installation(house.database).id()
    stream = engagement_stream(deal.number)
    await eventually(partial(stands_at, house, stream, deal.story.state.seq))
    assert len((await facts_in_history(house.client, stream, ours)).facts) == deal.story.state.seq
    assert await facts_in_history(house.client, stream, "f" * 32) == ({}, {})


async def test_a_client_that_repeats_nothing_tells_at_once_that_the_server_has_gone(mortal: Server) -> None:
    await connected(mortal.address)  # it listens before it is healthy
    client = await connect(mortal.address, repeats=False)
    mortal.kill()
    began = time.monotonic()
    with pytest.raises(RPCError):
        await client.get_workflow_handle("installation").describe()
    assert time.monotonic() - began < 5  # the SDK would repeat for ten
    mortal.start()
