"""What a running workflow is asked leaves nothing in its history, and keeps no replay from getting past it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from domain.asks.model import Verdict
from domain.change_order.order import WithdrawOrder
from domain.shared.streams import change_stream, engagement_stream
from tests.workflows.live import Live, Playing, begin
from tests.workflows.test_change_orders import with_a_change
from tests.workflows.worker_env import (
    TemporalServer,
    WorkerEnv,
    eventually,
    finish,
    replay,
    running_worker,
    worker_process,
)
from workflows.change_order import ChangeOrderWorkflow

LOOKS: dict[str, Callable[[WorkerEnv, str], Awaitable[object]]] = {
    "position": lambda env, stream: env.engine.position(stream),
    "state": lambda env, stream: env.engine.held(stream),
    "remembers": lambda env, stream: env.engine.remembers(stream, "nothing"),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_a_question_leaves_nothing_in_the_history(env: WorkerEnv, look: str) -> None:
    live = await begin(env, "lindqvist")
    await live.step()
    stream = engagement_stream(live.number)
    before = await env.events_of(stream)
    answers = await asyncio.gather(*(LOOKS[look](env, stream) for _ in range(20)))
    assert len({str(answer) for answer in answers}) == 1
    assert await env.events_of(stream) == before


async def test_one_that_the_engine_does_not_know_is_none(env: WorkerEnv) -> None:
    assert await env.engine.position("engagement/ENG-1999-0001") is None
    assert await env.engine.held("engagement/ENG-1999-0001") is None


async def test_one_that_has_ended_answers_still(env: WorkerEnv) -> None:
    live = await with_a_change(env)
    stream = change_stream(live.number, 1)
    await live.do(lambda story: story.do_in_order(1, WithdrawOrder(reason="Not needed."), pm(story)))
    await env.client.get_workflow_handle(stream).result()
    position = await env.engine.position(stream)
    assert position is not None
    assert position.decided == position.recorded == live.story.orders[1].seq


def pm(story: Live) -> str:
    return story.holder("project_manager")


def return_it(story: Live) -> None:
    story.answer(next(iter(story.orders[1].open_asks())), Verdict.RETURN, reason="Too dear for that.")


async def unheard(env: WorkerEnv, server: TemporalServer, folder: Path) -> tuple[Playing, asyncio.Task[None]]:
    """A change order that reports a return, of which its worker dies before the engagement has heard."""
    async with running_worker(env):
        live = await with_a_change(env)
        await live.do(lambda story: story.estimate_change(1))
    worker = worker_process(env, server, folder / "worker.log")
    worker.command = [sys.executable, "-m", "tests.workflows.fragile_worker", "2"]
    worker.start()
    live.story.patience_for_change_orders = False
    returning = asyncio.create_task(live.do(return_it))
    await eventually(worker.has_ended)
    return live, returning


@pytest.mark.parametrize("look", LOOKS)
async def test_a_question_beside_a_signal_and_a_command_after_a_crash_is_no_trap_for_a_replay(
    env: WorkerEnv, server: TemporalServer, tmp_path: Path, look: str
) -> None:
    beside = env.beside()
    live, returning = await unheard(beside, server, tmp_path)
    stream = change_stream(live.number, 1)
    # The question waits for the worker that died, and then comes to another with what has come meanwhile.
    asking = asyncio.ensure_future(LOOKS[look](beside, stream))
    await asyncio.sleep(0.3)
    await beside.client.get_workflow_handle(stream).signal(ChangeOrderWorkflow.acknowledged, 1)
    withdrawing = asyncio.create_task(
        live.do(lambda story: story.do_in_order(1, WithdrawOrder(reason="Not needed."), pm(story)))
    )
    await asyncio.sleep(0.1)
    async with running_worker(beside):
        await asyncio.gather(asking, withdrawing, returning)
        await beside.client.get_workflow_handle(stream).result()
        await replay(beside, stream)
        await finish(beside.client, beside.queue)
