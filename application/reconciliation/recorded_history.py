"""The facts that an engine's history holds: what a workflow wrote into the record, found by replaying it."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

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

from domain.record.facts import Appended, Batch, Recorded
from workflows.change_order import ChangeOrderWorkflow
from workflows.engagement import EngagementWorkflow

# The activity that writes a batch.
RECORD = "record"
_Written = list[tuple[Batch, "asyncio.Task[Any]"]]


class InHistory(NamedTuple):
    """What the engine's history says of a stream: its facts by number, and the chain's hash after each write.

    The facts are produced again by the current version of the workflows. The hashes are those that the record returned.
    """

    facts: dict[int, Recorded]
    hashes: dict[int, str]


async def facts_in_history(client: Client, stream: str, installation: str) -> InHistory:
    """The facts of a stream, from every run of its workflow that the engine still has.

    None of another installation: an engine may be exchanged while it is queried, and numbers begin alike everywhere.
    """
    found = InHistory({}, {})
    runs = [run async for run in client.list_workflows(f"WorkflowId = '{stream}'")]
    for run in sorted(runs, key=lambda run: run.start_time):  # of two runs with the same fact, the later is right
        handle = client.get_workflow_handle(stream, run_id=run.run_id)
        written = await _replayed(client, await handle.fetch_history())
        for batch, task in written:
            appended = _answered(task) if batch.installation in {"", installation} else None
            if appended is not None:
                found.facts.update((fact.seq, fact) for fact in _as_written(batch, appended))
                found.hashes[appended.seq] = appended.last
    return found


async def _replayed(client: Client, history: WorkflowHistory) -> _Written:
    written: _Written = []
    replayer = Replayer(
        workflows=[EngagementWorkflow, ChangeOrderWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),  # so that what is collected can be reached
        data_converter=client.data_converter,
        interceptors=[_Collector(written)],
    )
    await replayer.replay_workflow(history, raise_on_replay_failure=False)  # up to a failure it is as it was
    return written


def _answered(task: "asyncio.Task[Any]") -> Appended | None:
    """What the record returned for a batch; None for an attempt that wrote nothing."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    appended = Appended.model_validate(task.result())
    return None if appended.quarantined else appended


def _as_written(batch: Batch, appended: Appended) -> Iterable[Recorded]:
    """The facts of a batch with the times at which they were recorded."""
    if appended.instead:  # what was stored in their place, which the engine took over or voided
        return appended.instead
    return [fact.replace(at=at) for fact, at in zip(batch.facts, appended.moments, strict=True)]


class _Collector(Interceptor):
    """Keeps each batch that a replayed workflow sent to the record, with its result."""

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
