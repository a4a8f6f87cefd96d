"""A workflow that no worker can carry on: it is named and set apart alone, and goes on from the record."""

from datetime import datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest

from application.gateway import WorkflowGateway
from application.reconciliation.compare import compare_stores, stores_of
from application.reconciliation.failing_tasks import LATE, why_tasks_fail
from application.reconciliation.reconcile import Reconciled
from domain.engagement.aggregate import Engagement
from domain.record.facts import Aggregate
from domain.shared.streams import engagement_stream
from tests.api.played import SPONSOR, Played
from tests.clock import held
from tests.faults.restoring import Stores, reconciled
from tests.stores_agree import agree
from tests.workflows.worker_env import connected, eventually, runs_of
from workflows.details import engagement_details
from workflows.directory_sync import DIRECTORY_SYNC

ODD = "Its history holds what no replay tells"


def tells_the_engine_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose workflow tells the engine of this engagement what others do not: no replay gets past it."""

    def tells_more(state: Engagement, now: datetime) -> str:
        if state.title == ODD:
            workflow.upsert_memo({"more": state.seq})
        return engagement_details(state, now)

    monkeypatch.setattr("workflows.engagement.engagement_details", tells_more)


@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_workflow_whose_tasks_fail_is_set_apart_alone_and_begun_again_from_the_record(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, *, by_hand: bool
) -> None:
    tells_the_engine_more(monkeypatch)
    async with stores.running() as stack:
        odd, other = await Played(stack).start(ODD), await Played(stack).start("Another")
        await odd.do(SPONSOR, "POST", "/hold", held("They move."))
    monkeypatch.undo()
    stream = engagement_stream(odd.engagement)
    async with stores.running() as stack:
        odd.stack = other.stack = stack
        found = await compare_stores(stores_of(stack.app, confirmed_after=0.2))
        assert list(found) == [stream]
        assert found[stream] == "its workflow cannot go on: each of its tasks fails, non deterministic error"
        assert list(stack.app.standings.quarantined()) == [stream]
        refused = await stack.call(SPONSOR, "POST", f"/engagements/{odd.engagement}/resume")
        assert (refused.status_code, refused.json()["rule"]) == (503, "the-record-stands")
        await other.do(SPONSOR, "POST", "/hold", held("Others go on."))

        if by_hand:  # its history tells nobody anything any more
            await (await connected(stores.server.address)).get_workflow_handle(stream).terminate("to help it")
        (done,) = await reconciled(stack)
        assert done.healed, done
        assert by_hand or done.what.startswith("each task of its workflow failed, non deterministic error; begun again")
        assert (await odd.see(SPONSOR))["hold"]["reason"] == "They move."
        await odd.do(SPONSOR, "POST", "/resume")
        await agree(stack.database, stack.app.engine, odd.engagement)
        assert len(await runs_of(stack.app.engine._client, stream)) == 1  # it goes on in a run of its own


async def test_of_two_operators_who_reconcile_at_once_the_later_ends_nothing_that_the_first_began(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells_the_engine_more(monkeypatch)
    async with stores.running() as stack:
        odd = await Played(stack).start(ODD)
        await odd.do(SPONSOR, "POST", "/hold", held("They move."))
    monkeypatch.undo()
    async with stores.running() as stack:
        odd.stack = stack
        await compare_stores(stores_of(stack.app, confirmed_after=0.2))
        begins, others = type(stack.app.engine).go_on_from, list[Reconciled]()

        async def comes_late(engine: WorkflowGateway, stream: str, state: Aggregate) -> None:
            monkeypatch.undo()
            others.extend(await reconciled(stack))
            await odd.do(SPONSOR, "POST", "/resume")
            await begins(engine, stream, state)

        monkeypatch.setattr(WorkflowGateway, "go_on_from", comes_late)
        (done,) = await reconciled(stack)
        assert (done.healed, [one.healed for one in others]) == (True, [True])
        assert (await odd.see(SPONSOR))["hold"] is None
        await odd.do(SPONSOR, "POST", "/hold", held("Once more."))
        await agree(stack.database, stack.app.engine, odd.engagement)


async def test_a_workflow_that_was_ended_by_hand_is_named_as_such(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start("Ended in the Temporal UI")
        stream = engagement_stream(deal.engagement)
        await (await connected(stores.server.address)).get_workflow_handle(stream).terminate("by mistake")
        found = await compare_stores(stores_of(stack.app, confirmed_after=0.2))
        assert found == {stream: "it has ended in the engine, but not in the record"}
        (done,) = await reconciled(stack)
        assert done.healed, done
        await deal.do(SPONSOR, "POST", "/hold", held("They move."))


async def test_a_command_that_meets_a_workflow_ended_by_hand_has_operators_told_that_it_ended(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start("Ended in the Temporal UI")
        stream = engagement_stream(deal.engagement)
        await (await connected(stores.server.address)).get_workflow_handle(stream).terminate("by mistake")
        refused = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", held("They move."))
        assert refused.status_code == 503, refused.text
        assert stack.app.standings.quarantined() == {stream: "it has ended in the engine, but not in the record"}


async def test_what_tells_engagements_of_the_directory_gives_way_to_another_where_its_tasks_fail(
    stores: Stores,
) -> None:
    async with stores.running() as stack:
        engine, client = stack.app.engine, await connected(stores.server.address)
        await client.start_workflow("Unknown", id=DIRECTORY_SYNC, task_queue=engine._task_queue)
        await eventually(lambda: engine.why_it_fails(DIRECTORY_SYNC), 20)
        await engine.sync_directory()
        described = await client.get_workflow_handle(DIRECTORY_SYNC).describe()
        assert described.workflow_type == "DirectorySync"


async def test_a_workflow_whose_tasks_no_worker_finishes_in_time_is_named_once_it_has_happened_often(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.reconciliation.failing_tasks.MAX_LATE", 3)
    stores.server.start()
    client = await connected(stores.server.address)
    second = timedelta(seconds=1)
    await client.start_workflow("Slow", id="slow", task_queue="slow", task_timeout=second)
    said = {}
    for _ in range(3):
        taken = await client.workflow_service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name="slow"))
        )
        said[taken.attempt] = await why_tasks_fail(client, "slow", second)  # it is never carried out
    assert said == {1: "", 2: "", 3: LATE}
