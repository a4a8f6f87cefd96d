"""Sends commands to the workflows: one update each, with an id, a time-out, and a refusal as an answer.

An update that timed out may still be applied: it is retried with the same id, which the server and the state both know,
so that it has one effect.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from secrets import token_hex
from typing import Any, cast

import anyio.to_thread
import structlog
from temporalio.client import (
    Client,
    RPCError,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from adapters.clock import MachineClock
from adapters.db.installation import Installation
from application.gateway_errors import (
    NOTHING_RUNS,
    SEE_THE_LIST,
    EngineAway,
    NumberTaken,
    T,
    TryAgain,
    _is_unknown,
    translated,
)
from application.off_loop import off_loop
from application.reconciliation.failing_tasks import why_tasks_fail
from application.reconciliation.recorded_history import InHistory, facts_in_history
from application.schedules import ScheduleChanges, keep_schedules, wanted_schedules
from domain.change_order.order import ChangeOrder
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.record.facts import Aggregate
from domain.shared.errors import NotFound, foreign_engine
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import engagement_stream, is_change
from domain.shared.values import EngagementId
from workflows.change_order import ChangeOrderWorkflow
from workflows.directory_sync import DIRECTORY_CHANGED, DIRECTORY_SYNC, DirectorySyncWorkflow, SyncInput
from workflows.engagement import EngagementWorkflow
from workflows.installation import INSTALLATION, InstallationWorkflow
from workflows.messages import (
    ANSWER,
    INSPECT,
    RECONCILED,
    TASK_TIMEOUT,
    Carried,
    CarriedOrder,
    CommandRequest,
    EngagementInput,
    ForLife,
    Opening,
    OrderInput,
    OrderRequest,
    Position,
    Receipt,
    StateQuestion,
)
from workflows.updates import update_name

log = structlog.get_logger()

RPC_TIMEOUT = timedelta(seconds=10)
ALIVE_WITHIN = timedelta(seconds=2)
PATIENCE_SECONDS = 20.0
# Attempts to find the engine's owner, or to claim the engine, before giving up.
CLAIMS = 3
# The memo that names the request that opened an engagement.
OPENING = "opening"


class WorkflowGateway:
    """The running engagements, as commands reach them."""

    def __init__(
        self,
        client: Client,
        task_queue: str,
        clock: MachineClock,
        installation: Installation,
        once: Client | None = None,
    ) -> None:
        """`installation` is the record's: its id is read for each request, since an emptied record may take another.

        `once` is a client that never retries by itself, for calls that start or end something: between checking whose
        engine it is and the call there is then only a moment, not the seconds during which the SDK would retry.
        """
        self._client, self._once = client, once or client
        self._clock_offset = clock.offset
        self._task_queue = task_queue
        self._installation = installation

    async def open(self, opening: Opening) -> None:
        """Starts an engagement's workflow. Raises NumberTaken if another opening already has that number.

        Raises ForeignEngine, also if the engine was exchanged between two attempts; EngineAway.
        """
        command, by = opening.command, opening.actor.command

        async def begin() -> None:
            try:
                await self._begin(opening)
            except WorkflowAlreadyStartedError:
                first = await self._opening_of(command.id)
                if first != by:
                    raise NumberTaken(command.id, first) from None

        await self._in_own(begin)

    async def opening_of(self, engagement_id: EngagementId) -> str:
        """The request that started an engagement's workflow; empty if the engine knows none. Raises EngineAway."""
        try:
            return await self._patiently(lambda: self._opening_of(engagement_id)) or ""
        except NotFound:
            return ""

    async def _opening_of(self, engagement_id: EngagementId) -> str:
        handle = self._client.get_workflow_handle(engagement_stream(engagement_id))
        return str(await (await handle.describe(rpc_timeout=RPC_TIMEOUT)).memo_value(OPENING, ""))

    async def _begin(self, opening: Opening) -> None:
        command = opening.command
        await self._once.start_workflow(
            EngagementWorkflow.run,
            EngagementInput(opening=opening, **await self._for_life()),
            id=engagement_stream(command.id),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            task_timeout=TASK_TIMEOUT,
            memo={OPENING: opening.actor.command},
            static_summary=f"{command.client}: {command.title}"[:200],
            rpc_timeout=RPC_TIMEOUT,
        )

    async def _for_life(self) -> dict[str, Any]:
        ours = await off_loop(self._installation.id)
        return dict(ForLife(clock_offset=self._clock_offset, salt=token_hex(16), installation=ours))

    async def installation(self) -> str:
        """The installation whose engine this is; claims the engine for the record's installation if it has none yet."""
        for _ in range(CLAIMS):  # two processes may find it unclaimed at once
            whose = await self.whose()
            if whose:
                return whose
            await self._claim(await off_loop(self._installation.id))
        raise EngineAway(
            f"The workflow {INSTALLATION} says of no installation that the engine is its own.",
            remedy="Terminate that workflow in the Temporal UI.",
        )

    async def whose(self) -> str:
        """The installation whose engine this is; empty if it has none yet. Raises EngineAway."""
        return await self._patiently(self._whose) or ""

    async def is_own(self) -> bool:
        """True if the engine is the record's, or unclaimed. Raises EngineAway."""
        return bool(await self._patiently(self._is_own))

    async def _is_own(self) -> bool:
        ours = await anyio.to_thread.run_sync(self._installation.id, abandon_on_cancel=True)
        return await self._whose() in {"", ours}

    async def _whose(self) -> str:
        handle = self._client.get_workflow_handle(INSTALLATION)
        try:
            described = await handle.describe(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if _is_unknown(error):
                return ""
            raise
        is_there = described.status is WorkflowExecutionStatus.RUNNING
        return str(await described.memo_value(INSTALLATION, "")) if is_there else ""

    async def _claim(self, ours: str) -> None:
        await self._patiently(
            lambda: self._once.start_workflow(
                InstallationWorkflow.run,
                id=INSTALLATION,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                memo={INSTALLATION: ours},
                static_summary=f"Installation {ours}",
                rpc_timeout=RPC_TIMEOUT,
            )
        )

    async def streams(self, at_once: int, *, running: bool = False) -> AsyncIterator[tuple[str, ...]]:
        """The ids of the workflows of all engagements and change orders that the engine knows, or that still run.

        So many at a time, in no order; one that has continued as new repeatedly may come more than once.
        """
        kinds, some = "WorkflowType IN ('Engagement', 'ChangeOrder')", set[str]()
        if running:
            kinds += " AND ExecutionStatus = 'Running'"
        async for workflow in self._client.list_workflows(kinds):
            some.add(workflow.id)
            if len(some) == at_once:
                yield tuple(some)
                some = set()
        if some:
            yield tuple(some)

    async def runs(self, stream: str) -> bool:
        """True if a stream's workflow has not ended. False if the engine does not know it."""
        handle = self._client.get_workflow_handle(stream)
        try:
            described = await self._patiently(lambda: handle.describe(rpc_timeout=RPC_TIMEOUT))
        except NotFound:
            return False
        return described is not None and described.status is WorkflowExecutionStatus.RUNNING

    async def why_it_fails(self, stream: str) -> str:
        """Why each task of a stream's workflow fails; empty if none does, or none exists. Raises EngineAway."""
        try:
            return await self._patiently(lambda: why_tasks_fail(self._client, stream, RPC_TIMEOUT)) or ""
        except NotFound:
            return ""

    async def sync_directory(self) -> None:
        """Wakes the workflow that tells engagements about the directory, or starts it.

        One whose tasks fail is replaced by another: the record holds what it has not told yet. Raises ForeignEngine,
        EngineAway.
        """
        failing = await self.why_it_fails(DIRECTORY_SYNC)
        if failing:
            await self.end(DIRECTORY_SYNC, await self.run_of(DIRECTORY_SYNC), f"each of its tasks failed, {failing}")
        await self._in_own(
            lambda: self._once.start_workflow(
                DirectorySyncWorkflow.run,
                SyncInput(),
                id=DIRECTORY_SYNC,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=DIRECTORY_CHANGED,
                static_summary="Tells engagements who left, who is away, who stands in",
                rpc_timeout=RPC_TIMEOUT,
            )
        )

    async def keep_schedules(self, directory: Directory) -> ScheduleChanges:
        """Makes the server's schedules match this directory. Raises RPCError, ForeignEngine, EngineAway."""
        ours = await off_loop(self._installation.id)
        wanted = wanted_schedules(directory, self._task_queue, self._clock_offset, ours)
        return await keep_schedules(self._once, wanted, self._in_own)

    async def command(self, workflow_id: str, request: CommandRequest | OrderRequest) -> Receipt:
        """Carries out a command. Raises the workflow's own refusal, NotFound, ForeignEngine, or EngineAway."""
        if not request.installation:
            request = request.replace(installation=await off_loop(self._installation.id))
        handle = self._client.get_workflow_handle(workflow_id)
        update_id = f"{request.id}.{request.body[:16]}"  # the server answers a known id itself, whatever the body
        receipt = await self._patiently(
            lambda: handle.execute_update(
                update_name(request.command.kind), request, id=update_id, rpc_timeout=RPC_TIMEOUT, result_type=Receipt
            )
        )
        return cast("Receipt", receipt)

    async def engagement(self, engagement_id: EngagementId) -> Engagement:
        """The state that the workflow itself holds: for checks, not for reading. Raises NotFound, EngineAway."""
        return cast("Engagement", await self._there(engagement_stream(engagement_id)))

    async def change_order(self, workflow_id: str) -> ChangeOrder:
        """The state that a change order's workflow holds. Raises NotFound, EngineAway."""
        return cast("ChangeOrder", await self._there(workflow_id))

    async def _there(self, stream: str) -> Aggregate:
        held = await self.held(stream)
        if held is None:
            raise NotFound(NOTHING_RUNS, remedy=SEE_THE_LIST, action=RemedyAction.LIST_DEALS)
        return held

    async def held(self, stream: str) -> Aggregate | None:
        """The state that a stream's workflow holds, even one that has ended; None if the engine does not know it."""
        held = await self._asked(stream, StateQuestion(about="state"))
        kind = ChangeOrder if is_change(stream) else Engagement
        return kind.model_validate(held) if held is not None else None

    async def position(self, stream: str) -> Position | None:
        """How far a stream's workflow has come; None if the engine does not know it."""
        found = await self._asked(stream, StateQuestion(about="position"))
        return Position.model_validate(found) if found is not None else None

    async def remembers(self, stream: str, request_id: str) -> bool:
        """True if the answer of a stream's workflow to a recent request still holds. Raises EngineAway."""
        return bool(await self._asked(stream, StateQuestion(about="remembers", request=request_id)))

    async def _asked(self, stream: str, question: StateQuestion) -> Any:
        """The answer of a stream's workflow, as JSON. Raises EngineAway.

        None if the engine does not know it, or it was terminated: its history may be one that no replay gets past.

        Concurrent callers with the same question share one answer, as each takes one of the workflow's update slots.
        """
        handle = self._client.get_workflow_handle(stream)
        once = f"{INSPECT}.{question.about}.{question.request}"

        async def ask() -> Any:
            try:
                await handle.execute_update(INSPECT, question, id=once, rpc_timeout=RPC_TIMEOUT)
            except WorkflowUpdateFailedError as refused:
                if isinstance(refused.cause, ApplicationError) and refused.cause.type == ANSWER:
                    return refused.cause.details[0]
                raise
            except RPCError as error:
                if not _is_unknown(error):
                    raise
                return await _asked_afterwards(handle, question)
            raise AssertionError(f"{stream} took a question for a command")

        try:
            return await self._patiently(ask)
        except NotFound:
            return None

    async def facts_of(self, stream: str) -> InHistory:
        """What the histories of a stream's workflow hold; nothing from another installation."""
        return await facts_in_history(self._client, stream, await off_loop(self._installation.id))

    async def go_on_from(self, stream: str, state: Aggregate) -> None:
        """Starts the workflow of a stream from this state, the record's, if none is running.

        One that someone else has started meanwhile goes on.
        """
        await self._in_own(lambda: self._start_from(stream, state))

    async def end(self, stream: str, run: str, why: str) -> None:
        """Terminates one run of a workflow, and no later one. Raises ForeignEngine, EngineAway."""
        handle = self._once.get_workflow_handle(stream, run_id=run)
        with suppress(NotFound):
            await self._in_own(lambda: handle.terminate(reason=why, rpc_timeout=RPC_TIMEOUT))

    async def run_of(self, stream: str) -> str:
        """The current run of a stream's workflow; empty if the engine does not know it. Raises EngineAway."""
        handle = self._client.get_workflow_handle(stream)
        try:
            described = await self._patiently(lambda: handle.describe(rpc_timeout=RPC_TIMEOUT))
        except NotFound:
            return ""
        return described.run_id if described is not None else ""

    async def reconciled(self, stream: str) -> None:
        """Tells a stream's workflow to resume from what the record holds; does nothing if it has ended."""
        handle = self._once.get_workflow_handle(stream)
        with suppress(NotFound):
            await self._in_own(lambda: handle.signal(RECONCILED, rpc_timeout=RPC_TIMEOUT))

    async def _start_from(self, stream: str, state: Aggregate) -> None:
        options: dict[str, Any] = {"id": stream, "task_queue": self._task_queue, "task_timeout": TASK_TIMEOUT}
        if isinstance(state, ChangeOrder):
            order = OrderInput(carried=CarriedOrder(state=state, missed=True), **await self._for_life())
            await self._once.start_workflow(ChangeOrderWorkflow.run, order, **options, rpc_timeout=RPC_TIMEOUT)
        else:
            carried = EngagementInput(carried=Carried(state=state), **await self._for_life())
            await self._once.start_workflow(EngagementWorkflow.run, carried, **options, rpc_timeout=RPC_TIMEOUT)

    async def is_reachable(self) -> bool:
        """True if the server answers."""
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False

    async def is_worked_on(self) -> bool:
        """True if a worker answers. False if none does in time, or none has ever started here.

        The server's list of pollers would not tell: it keeps showing a killed or stopped worker for minutes.
        """
        handle = self._client.get_workflow_handle(INSTALLATION)
        try:
            return await handle.query(InstallationWorkflow.answers, rpc_timeout=ALIVE_WITHIN)
        except (RPCError, RuntimeError, WorkflowQueryFailedError):
            return False

    async def _in_own(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """The same for a call that starts something: each attempt first checks whose engine it is.

        It may be exchanged between two attempts. Whatever still starts in another's engine, in the moment between check
        and call, is written to no record, and is terminated when someone reconciles there.
        """

        async def guarded() -> T:
            if not await self._is_own():
                raise foreign_engine()
            return await call()

        return await self._patiently(guarded)

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Retries while the engine is away or busy, always the same update."""
        patience = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )
        try:
            return await patience(translated, call)
        except TryAgain as away:
            log.warning("engine.away", why=str(away))
            raise EngineAway(
                f"The workflow engine (Temporal) gave no answer for {PATIENCE_SECONDS:.0f} seconds.",
                remedy="Try again. Over the API, send the same Idempotency-Key, so that it takes effect only once.",
            ) from away


async def _asked_afterwards(handle: WorkflowHandle[Any, Any], question: StateQuestion) -> Any:
    """The answer of a workflow that has ended. Raises RPCError if there is none."""
    status = (await handle.describe(rpc_timeout=RPC_TIMEOUT)).status
    if status is WorkflowExecutionStatus.RUNNING:
        raise TryAgain("it has just begun a run of its own")
    if status is not WorkflowExecutionStatus.COMPLETED:
        return None
    return await handle.query(INSPECT, question, rpc_timeout=RPC_TIMEOUT)
