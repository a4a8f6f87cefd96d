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
from tests.workflows.live import Playing, begin
from tests.workflows.worker_env import (
    TemporalServer,
    WorkerEnv,
    connected,
    eventually,
    running_worker,
    worker_process,
)
from workflows.messages import CommandRequest, Receipt
from workflows.updates import update_name

NEEDS = RecordNeeds(needs=(Need(id="N1", text="One login for all"),))


async def a_deal(env: WorkerEnv) -> Playing:
    async with running_worker(env):
        return await begin(env, "lindqvist")


async def stands_at(env: WorkerEnv, stream: str, seq: int) -> bool:
    return StreamStatuses(env.database).of(stream).seq == seq


async def tasks_done(env: WorkerEnv, stream: str) -> int:
    """How many tasks of a workflow some worker has done."""
    history = await env.client.get_workflow_handle(stream).fetch_history()
    return sum(event.HasField("workflow_task_completed_event_attributes") for event in history.events)


async def test_a_worker_quarantines_at_its_start_what_the_engine_has_lost(
    idle_env: WorkerEnv, server: TemporalServer, tmp_path: Path
) -> None:
    stream, standings = engagement_stream((await a_deal(idle_env)).number), StreamStatuses(idle_env.database)
    standings.acknowledge({stream: standings.of(stream).seq + 3})
    worker = worker_process(idle_env, server, tmp_path / "worker.log")

    async def is_quarantined() -> bool:
        return "were acknowledged" in standings.quarantined().get(stream, "")

    worker.start()
    try:
        await eventually(is_quarantined)
    finally:
        worker.stop()


async def test_a_worker_waits_beside_anothers_engine_while_its_record_holds_nothing(
    idle_env: WorkerEnv, server: TemporalServer, tmp_path: Path
) -> None:
    deal, theirs = await a_deal(idle_env), Installation(idle_env.database).id()
    assert await idle_env.engine.installation() == theirs
    stream = engagement_stream(deal.number)
    nothing = migrated(tmp_path / "empty" / "interlock.db")
    before = await tasks_done(idle_env, stream)
    worker = worker_process(replace(idle_env, url=str(nothing.url)), server, tmp_path / "empty" / "worker.log")

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
        assert await tasks_done(idle_env, stream) == before
        Installation(nothing).adopt(theirs)
        await eventually(has_begun)
    finally:
        worker.stop()
        nothing.dispose()


async def test_a_worker_waits_while_its_record_belongs_to_another_engine_and_works_when_that_is_back(
    idle_env: WorkerEnv, server: TemporalServer, tmp_path: Path
) -> None:
    deal, installation = await a_deal(idle_env), Installation(idle_env.database)
    ours = await idle_env.engine.installation()
    stream = engagement_stream(deal.number)
    worker = worker_process(idle_env, server, tmp_path / "worker.log")

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
        before = await idle_env.events_of(stream)
        await asyncio.sleep(5)
        assert not await worker.has_ended()
        assert lines("worker.waits") == 1
        assert "the record to ffffffff" in worker.log.read_text()
        assert await idle_env.events_of(stream) == before
        assert StreamStatuses(idle_env.database).of(stream).quarantined
        installation.adopt(ours)
        await works(2)
        await deal.do(lambda story: story.do(NEEDS, story.state.seller))
    finally:
        worker.stop()


async def test_what_a_worker_decides_in_anothers_engine_comes_into_no_record_of_ours(env: WorkerEnv) -> None:
    deal, installation = await begin(env, "lindqvist"), Installation(env.database)
    stream, ours = engagement_stream(deal.number), installation.id()
    await deal.do(lambda story: story.do(NEEDS, story.state.seller))
    await eventually(partial(stands_at, env, stream, deal.story.state.seq))
    stands = StreamStatuses(env.database).of(stream)
    installation.adopt("f" * 32)
    with pytest.raises(ForeignEngine):
        await deal.do(lambda story: story.do(NEEDS, story.state.seller))
    handle = env.client.get_workflow_handle(stream)
    request = CommandRequest(
        id="r1", body=digest(NEEDS), actor=Actor(person_id=deal.story.state.seller), command=NEEDS, installation=ours
    )
    receipt = await handle.execute_update(update_name(NEEDS.kind), request, result_type=Receipt)
    assert receipt.sequence > stands.seq
    await asyncio.sleep(2)
    assert await stands_at(env, stream, stands.seq)
    position = await env.engine.position(stream)
    assert position is not None
    assert (position.decided, position.recorded) == (receipt.sequence, stands.seq)
    assert (position.installation, position.quarantined) == (ours, "")
    installation.adopt(ours)

    await eventually(partial(stands_at, env, stream, receipt.sequence))


async def test_of_a_history_only_the_facts_of_ones_own_installation_are_taken(env: WorkerEnv) -> None:
    deal, ours = await begin(env, "lindqvist"), Installation(env.database).id()
    stream = engagement_stream(deal.number)
    await eventually(partial(stands_at, env, stream, deal.story.state.seq))
    assert len((await facts_in_history(env.client, stream, ours)).facts) == deal.story.state.seq
    assert await facts_in_history(env.client, stream, "f" * 32) == ({}, {})


async def test_a_client_that_repeats_nothing_tells_at_once_that_the_server_has_gone(
    killable_server: TemporalServer,
) -> None:
    await connected(killable_server.address)  # it listens before it is healthy
    client = await connect(killable_server.address, repeats=False)
    killable_server.kill()
    began = time.monotonic()
    with pytest.raises(RPCError):
        await client.get_workflow_handle("installation").describe()
    assert time.monotonic() - began < 5  # the SDK would repeat for ten
    killable_server.start()
