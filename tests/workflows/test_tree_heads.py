"""The hourly schedule keeps a signed head of the record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import ScheduleActionExecutionStartWorkflow, WorkflowFailureError

from activities.tree_heads import HeadTaker
from adapters.db.database import writing
from adapters.db.records import Records
from adapters.db.tree_head import open_key, public_key
from adapters.files.tree_heads import HeadKeeper, KeptHeads
from application.schedules import HEADS, heads_schedule
from domain.shared.tree_heads import Taken
from tests.adapters.builders import lively_deal
from tests.clock import CLOCK
from tests.workflows.worker_env import (
    TemporalServer,
    WorkerEnv,
    connected,
    eventually,
    replay,
    running_worker,
    worker_env,
)
from workflows.tree_heads import TreeHeadsWorkflow


@pytest_asyncio.fixture
async def env_with_a_deal(tmp_path: Path) -> AsyncIterator[WorkerEnv]:
    """On a server of its own: there is one schedule of heads to a server, and other tests make it too."""
    server = TemporalServer(tmp_path)
    server.start()
    client = await connected(server.address)
    async with worker_env(client, tmp_path) as env:
        Records(env.database).append(lively_deal().batch)
        yield env
    server.stop()


async def test_a_schedule_keeps_a_head_each_hour(env_with_a_deal: WorkerEnv, tmp_path: Path) -> None:
    env, key = env_with_a_deal, open_key(tmp_path)
    keeper = HeadKeeper(env.database, key, tmp_path / "heads", CLOCK)
    await env.client.create_schedule(HEADS, heads_schedule(env.queue))
    async with running_worker(env, others=[HeadTaker(keeper).take_head]):
        handle = env.client.get_schedule_handle(HEADS)
        await handle.trigger()

        async def is_kept() -> bool:
            return KeptHeads(tmp_path / "heads", public_key(key)).newest().head is not None

        await eventually(is_kept)
        described = await handle.describe()
        assert len(described.info.next_action_times) > 1
        first, second = described.info.next_action_times[:2]
        assert (second - first).total_seconds() == 3600
        assert described.info.recent_actions
        started = described.info.recent_actions[0].action
        assert isinstance(started, ScheduleActionExecutionStartWorkflow)
        assert await env.client.get_workflow_handle(started.workflow_id).result() == "kept"
        await replay(env, started.workflow_id)


async def test_a_run_that_finds_the_record_is_not_what_was_signed_fails_and_says_so(
    env_with_a_deal: WorkerEnv, tmp_path: Path
) -> None:
    env = env_with_a_deal
    keeper = HeadKeeper(env.database, open_key(tmp_path), tmp_path / "heads", CLOCK)
    assert keeper.take() == Taken.KEPT
    with writing(env.database) as connection:
        connection.execute(text("DELETE FROM ledger WHERE seq > 5"))
    async with running_worker(env, others=[HeadTaker(keeper).take_head]):
        handle = await env.client.start_workflow(TreeHeadsWorkflow.run, id="heads/once", task_queue=env.queue)
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    said = str(failed.value.cause)
    assert said.startswith(f"NoHeadKept: {Taken.CONTRADICTED}: ENG-2026-0001 (engagement/ENG-2026-0001) ")
    assert "not what was signed at" in said
