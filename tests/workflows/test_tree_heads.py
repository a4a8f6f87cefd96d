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
from tests.workflows.house import House, Server, connected, eventually, furnished, inhabited, replay
from workflows.tree_heads import TreeHeadsWorkflow


@pytest_asyncio.fixture
async def house_with_a_deal(tmp_path: Path) -> AsyncIterator[House]:
    """On a server of its own: there is one schedule of heads to a server, and other tests make it too."""
    server = Server(tmp_path)
    server.start()
    client = await connected(server.address)
    async with furnished(client, tmp_path) as house:
        Records(house.database).append(lively_deal().batch)
        yield house
    server.stop()


async def test_a_schedule_keeps_a_head_each_hour(house_with_a_deal: House, tmp_path: Path) -> None:
    house, key = house_with_a_deal, open_key(tmp_path)
    keeper = HeadKeeper(house.database, key, tmp_path / "heads", CLOCK)
    await house.client.create_schedule(HEADS, heads_schedule(house.queue))
    async with inhabited(house, others=[HeadTaker(keeper).take_head]):
        handle = house.client.get_schedule_handle(HEADS)
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
        assert await house.client.get_workflow_handle(started.workflow_id).result() == "kept"
        await replay(house, started.workflow_id)


async def test_a_run_that_finds_the_record_is_not_what_was_signed_fails_and_says_so(
    house_with_a_deal: House, tmp_path: Path
) -> None:
    house = house_with_a_deal
    keeper = HeadKeeper(house.database, open_key(tmp_path), tmp_path / "heads", CLOCK)
    assert keeper.take() == Taken.KEPT
    with writing(house.database) as connection:
        connection.execute(text("DELETE FROM ledger WHERE seq > 5"))
    async with inhabited(house, others=[HeadTaker(keeper).take_head]):
        handle = await house.client.start_workflow(TreeHeadsWorkflow.run, id="heads/once", task_queue=house.queue)
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    said = str(failed.value.cause)
    assert said.startswith(f"NoHeadKept: {Taken.CONTRADICTED}: ENG-2026-0001 (engagement/ENG-2026-0001) ")
    assert "not what was signed at" in said
