"""Killed at any moment, away for a while, asked twice: what was acknowledged stands, once, and the three agree."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError

from adapters.db import ledger
from adapters.db.database import reading
from adapters.db.installation import Installation
from adapters.db.records import Records
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow
from application.gateway_errors import RefusedByWorkflow
from domain.asks.model import Answer, AskKind, Verdict
from domain.engagement import commands as c
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.decide import decide
from domain.engagement.engagement_events import FactsVoided
from domain.engagement.needs.commands import RecordNeeds, RestateNeeds
from domain.playbook.model import Stage
from domain.record.facts import Batch, Recorded, recorded
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import digest
from tests.stores_agree import agree, divergences
from tests.workflows.live import Playing, begin
from tests.workflows.worker_env import (
    TemporalServer,
    WorkerEnv,
    connected,
    eventually,
    finish,
    replay,
    running_worker,
    worker_env,
    worker_process,
)
from workflows.aggregate_runner import LOCAL_PATIENCE
from workflows.messages import CommandRequest, Receipt
from workflows.updates import update_name

L = columns(LedgerRow)


async def assert_each_answer_is_in_the_record_once(env: WorkerEnv, live: Playing) -> None:
    """Every receipt's facts stand under its request, which has been carried out once."""
    await agree(env.database, env.engine, live.number)
    await replay(env, engagement_stream(live.number))
    with reading(env.database) as connection:
        for (stream, request), receipt in zip(live.story.sent, live.story.receipts, strict=True):
            query = select(func.count()).where(L.stream == stream, L.command == request.id)
            assert connection.execute(query).scalar_one() >= len(receipt.happened) > 0
    votes = [(vote.voter, ask.id) for ask in live.state.asks.values() for vote in ask.votes]
    assert len(votes) == len(set(votes))


# -- processes that die


async def test_a_worker_that_dies_between_record_and_engine_loses_nothing(
    idle_env: WorkerEnv, tmp_path: Path, server: TemporalServer
) -> None:
    worker = worker_process(idle_env, server, tmp_path / "worker.log")

    async def die_after(batches: int) -> None:
        worker.command = [sys.executable, "-m", "tests.workflows.fragile_worker", str(batches)]
        worker.start()
        await eventually(worker.has_ended)

    beginning = asyncio.create_task(begin(idle_env, "lindqvist"))
    await die_after(1)
    async with running_worker(idle_env):
        live = await beginning
    playing = asyncio.create_task(live.step(3))
    await die_after(2)
    async with running_worker(idle_env):
        await playing
        await live.to(Stage.ESTIMATE)
        await assert_each_answer_is_in_the_record_once(idle_env, live)


async def test_a_worker_killed_and_started_again_loses_nothing(
    idle_env: WorkerEnv, tmp_path: Path, server: TemporalServer
) -> None:
    worker = worker_process(idle_env, server, tmp_path / "worker.log")
    worker.start()
    live = await begin(idle_env, "lindqvist")
    playing = asyncio.create_task(live.step(12))
    await asyncio.sleep(0.3)
    worker.kill()
    worker.start()
    await playing
    worker.stop()
    assert worker.process is not None
    assert worker.process.returncode == 0
    async with running_worker(idle_env):
        await assert_each_answer_is_in_the_record_once(idle_env, live)


async def test_a_killed_server_goes_on_from_its_file(killable_server: TemporalServer, tmp_path: Path) -> None:
    client = await connected(killable_server.address)
    async with worker_env(client, tmp_path) as env, running_worker(env):
        live = await begin(env, "lindqvist")
        for pause in (0.1, 0.6):
            playing = asyncio.create_task(live.step(8))
            await asyncio.sleep(pause)
            killable_server.kill()
            killable_server.start()
            await playing
        await live.to(Stage.PRICE)
        await assert_each_answer_is_in_the_record_once(env, live)
        await finish(client, env.queue)


async def test_worker_and_server_killed_together_lose_nothing(killable_server: TemporalServer, tmp_path: Path) -> None:
    client = await connected(killable_server.address)
    async with worker_env(client, tmp_path) as env:
        worker = worker_process(env, killable_server, tmp_path / "worker.log")
        worker.start()
        live = await begin(env, "lindqvist")
        await live.step(5)
        playing = asyncio.create_task(live.step(8))
        await asyncio.sleep(0.3)
        worker.kill()
        killable_server.kill()
        killable_server.start()
        worker.start()
        await playing
        worker.stop()
        async with running_worker(env):
            await live.to(Stage.PRICE)
            await assert_each_answer_is_in_the_record_once(env, live)
            await finish(client, env.queue)


# -- a database that is away


@contextmanager
def locked(env: WorkerEnv) -> Iterator[None]:
    """The record's database, held by somebody else."""
    other = sqlite3.connect(env.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_decisions_go_on_while_the_database_is_away(env: WorkerEnv) -> None:
    live = await (await begin(env, "lindqvist")).until(lambda story: story.state.needs)
    with locked(env):
        async with asyncio.timeout(LOCAL_PATIENCE.total_seconds() * 3):
            await live.step(4)
        running = await env.engine.engagement(live.number)
        assert running.seq == live.story.receipts[-1].sequence
        known = env.read.engagement(live.number)
        assert known is not None
        assert known.seq < running.seq
    await assert_each_answer_is_in_the_record_once(env, live)
    await replay(env, engagement_stream(live.number))
    await live.to(Stage.ESTIMATE)
    assert await divergences(env.database, env.engine, live.number) == []


# -- asked twice


def needs_by_sales(live: Playing, key: str) -> CommandRequest:
    command = RecordNeeds(needs=tuple(live.state.needs.values()))
    actor = Actor(person_id=live.state.seller)
    return CommandRequest(id=key, body=digest(command), actor=actor, command=command)


async def sent(env: WorkerEnv, live: Playing, request: CommandRequest) -> Receipt:
    return await env.engine.command(engagement_stream(live.number), request)


async def test_the_same_request_again_has_the_same_receipt_and_another_body_is_refused(env: WorkerEnv) -> None:
    live = await begin(env, "lindqvist")
    await live.step()
    stream, request = live.story.sent[0]
    assert await env.engine.command(stream, request) == live.story.receipts[0]
    other = RestateNeeds()
    changed = CommandRequest(id=request.id, body=digest(other), actor=request.actor, command=other)
    with pytest.raises(RefusedByWorkflow) as refused:
        await env.engine.command(stream, changed)
    assert refused.value.refused.name == "KeyReused"
    assert (await live.look()).seq == live.story.receipts[0].sequence


async def test_an_update_that_timed_out_is_sent_again_and_has_one_effect(idle_env: WorkerEnv) -> None:
    async with running_worker(idle_env):
        live = await begin(idle_env, "lindqvist")
        await live.step()
    request = needs_by_sales(live, "late").replace(installation=Installation(idle_env.database).id())
    handle = idle_env.client.get_workflow_handle(engagement_stream(live.number))
    with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):  # nobody works, so nobody answers
        await handle.execute_update(
            update_name(request.command.kind),
            request,
            id=f"{request.id}.{request.body[:16]}",
            rpc_timeout=timedelta(seconds=1),
            result_type=Receipt,
        )
    async with running_worker(idle_env):
        first, again = await asyncio.gather(sent(idle_env, live, request), sent(idle_env, live, request))
        assert first == again
        await live.look()
        await assert_each_answer_is_in_the_record_once(idle_env, live)


async def test_what_is_asked_of_the_engine_meanwhile_changes_nothing(idle_env: WorkerEnv) -> None:
    async with running_worker(idle_env):
        live = await begin(idle_env, "lindqvist")
        await live.step()
    waiting = [asyncio.create_task(sent(idle_env, live, needs_by_sales(live, f"needs-{n}"))) for n in range(3)]
    queries = [asyncio.create_task(idle_env.engine.engagement(live.number)) for _ in range(5)]
    await asyncio.sleep(0.3)
    async with running_worker(idle_env):  # a task with queries is split in two, and replayed as one with a later clock
        await asyncio.gather(*waiting, *queries)
    async with running_worker(idle_env):
        assert await divergences(idle_env.database, idle_env.engine, live.number) == []
        await replay(idle_env, engagement_stream(live.number))


# -- facts that the engine does not know


async def written_by_a_lost_worker(
    env: WorkerEnv, live: Playing, command: c.AnyCommand, by: str, key: str
) -> CommandRequest:
    """What a worker would have left behind that decided this, wrote it down, and died before the engine knew."""
    running = await env.engine.engagement(live.number)
    actor, now = Actor(person_id=by), running.started_at + timedelta(minutes=1)
    decision = decide(running, command, actor, now)
    facts = recorded(engagement_stream(live.number), running.seq + 1, decision.events, actor.replace(command=key), now)
    await asyncio.to_thread(Records(env.database, env.states).append, Batch(stream=facts[0].stream, facts=facts))
    return CommandRequest(id=key, body=digest(command), actor=actor, command=command)


def facts_of(env: WorkerEnv, live: Playing) -> tuple[Recorded, ...]:
    with reading(env.database) as connection:
        return ledger.read(connection, engagement_stream(live.number))


async def test_a_decision_that_only_the_record_knew_is_not_doubled_when_it_is_asked_for_again(env: WorkerEnv) -> None:
    live = await (await begin(env, "lindqvist")).until(lambda story: story.state.proposals)
    ask = live.story.ask(AskKind.ACCEPT_ROLE)
    command = AnswerAsk(ask_id=ask.id, answer=Answer(verdict=Verdict.APPROVE), subject_hash=ask.subject_hash)
    request = await written_by_a_lost_worker(env, live, command, ask.silent[0].person_id, "lost")
    facts = len(facts_of(env, live))
    receipt = await sent(env, live, request)
    assert receipt.sequence == facts == len(facts_of(env, live))
    assert await divergences(env.database, env.engine, live.number) == []


async def test_facts_that_the_engine_does_not_know_give_way_to_what_it_decides(env: WorkerEnv) -> None:
    live = await (await begin(env, "lindqvist")).until(lambda story: story.state.proposals)
    ask = live.story.ask(AskKind.ACCEPT_ROLE)
    command = AnswerAsk(ask_id=ask.id, answer=Answer(verdict=Verdict.APPROVE), subject_hash=ask.subject_hash)
    lost = await written_by_a_lost_worker(env, live, command, ask.silent[0].person_id, "lost")
    await sent(env, live, needs_by_sales(live, "another comes first"))
    assert [fact for fact in facts_of(env, live) if isinstance(fact.event, FactsVoided)]
    await sent(env, live, lost)
    await live.look()
    live.story.rest = live.story.chapter()
    await live.to(Stage.ESTIMATE)
    assert await divergences(env.database, env.engine, live.number) == []
