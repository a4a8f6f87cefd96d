"""The facts that an engine's history holds: what a workflow wrote into the record, found by replaying it."""

import asyncio
from collections.abc import Iterable
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from domain.record import Appended, Batch, Recorded
from workflows.change_order import ChangeOrderWorkflow
from workflows.engagement import EngagementWorkflow

RECORD = "record"
"""The activity that writes a batch."""
_Written = list[tuple[Batch, "asyncio.Task[Any]"]]


async def facts_in_history(client: Client, stream: str, installation: str) -> dict[int, Recorded]:
    """The facts of a stream by number, from every run of its workflow that the engine still has.

    None of another installation: an engine may be exchanged while it is asked, and numbers begin alike everywhere.
    """
    facts: dict[int, Recorded] = {}
    runs = [run async for run in client.list_workflows(f"WorkflowId = '{stream}'")]
    for run in sorted(runs, key=lambda run: run.start_time):  # of two that hold a fact, the later one was right
        handle = client.get_workflow_handle(stream, run_id=run.run_id)
        written = await _replayed(client, await handle.fetch_history())
        own = (batch for batch in written if batch[0].installation in {"", installation})
        facts |= {fact.seq: fact for batch, task in own for fact in _as_written(batch, task)}
    return facts


async def _replayed(client: Client, history: WorkflowHistory) -> _Written:
    written: _Written = []
    replayer = Replayer(
        workflows=[EngagementWorkflow, ChangeOrderWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),  # so that what is collected can be reached
        data_converter=client.data_converter,
        interceptors=[_Collector(written)],
    )
    await replayer.replay_workflow(history, raise_on_replay_failure=False)  # up to where one fails it is as it was
    return written


def _as_written(batch: Batch, task: "asyncio.Task[Any]") -> Iterable[Recorded]:
    """The facts of a batch at the moments at which they were recorded; none of an attempt that wrote nothing."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return ()
    appended = Appended.model_validate(task.result())
    if appended.quarantined:
        return ()
    if appended.instead:  # what stood in their place, which the engine took or voided
        return appended.instead
    return [fact.having(at=at) for fact, at in zip(batch.facts, appended.moments, strict=True)]


class _Collector(Interceptor):
    """Keeps each batch that a replayed workflow handed to the record, with its outcome."""

    def __init__(self, written: _Written) -> None:
        self._written = written

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 -- the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        written = self._written

        class Outbound(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002
                return _kept(written, input, super().start_activity(input))

            def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002
                return _kept(written, input, super().start_local_activity(input))

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        return Inbound


def _kept(
    written: _Written, given: StartActivityInput | StartLocalActivityInput, handle: ActivityHandle[Any]
) -> ActivityHandle[Any]:
    if given.activity == RECORD:
        written.append((given.args[0], handle))
    return handle
