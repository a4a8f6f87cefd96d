"""Why the tasks of a workflow fail, read from the end of its history: a failing one is retried for ever."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client

# A page of a history from its end: signals that arrive while a task is retried come after its failure.
NEWEST_EVENTS = 250

LATE = "no worker finishes one in time, or each fails: its log says why"
# Attempts after which a task that first timed out is not late because of dead workers.
#
# It takes longer than it may, or has failed since: of several failures in a row, a history holds only the first.
MAX_LATE = 10


async def why_tasks_fail(client: Client, stream: str, each_within: timedelta) -> str:
    """Why each task of a stream's workflow fails, by the class of the error; empty if none does. Raises RPCError.

    `each_within`: the time-out of each call. An error's message may hold what not everyone may see; the engine has it.
    """
    described = await client.get_workflow_handle(stream).describe(rpc_timeout=each_within)
    attempt = described.raw_description.pending_workflow_task.attempt
    if attempt <= 1:
        return ""
    said = await _last_failure(client, stream, each_within)
    return "" if said == LATE and attempt < MAX_LATE else said


async def _last_failure(client: Client, stream: str, each_within: timedelta) -> str:
    """How the last task of a workflow failed; empty if it completed."""
    newest = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=stream), maximum_page_size=NEWEST_EVENTS
    )
    while True:
        found = await client.workflow_service.get_workflow_execution_history_reverse(newest, timeout=each_within)
        said = _how_its_task_ended(found.history.events)
        if said is not None or not found.next_page_token:
            return said or ""
        newest.next_page_token = found.next_page_token


def _how_its_task_ended(newest_first: Iterable[HistoryEvent]) -> str | None:
    """Why the last task among these events failed; empty if it completed, None if none ended here."""
    for event in newest_first:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            return ""
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT and _was_begun(event):
            return LATE
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            kind = WorkflowTaskFailedCause.Name(failed.cause).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
            error = failed.failure.application_failure_info.type
            return " ".join([kind.replace("_", " ").lower(), *([f"({error})"] if error else [])])
    return None


def _was_begun(timed_out: HistoryEvent) -> bool:
    """False for a task that no worker took: the worker that had the workflow cached is gone, and another will."""
    how = timed_out.workflow_task_timed_out_event_attributes.timeout_type
    return how == TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE
