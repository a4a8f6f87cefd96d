"""What the engine's errors mean: a refusal, a retry, or an engine that is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import (
    RPCError,
    RPCStatusCode,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from domain.shared.errors import ForeignEngine, NotFound, Refusal, RefusalKind, Refused, Rule, foreign_engine
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import EngagementId
from workflows.messages import (
    UNKNOWN_UPDATE,
)

T = TypeVar("T")
NOTHING_RUNS, SEE_THE_LIST = "There is no running workflow with that id.", "Check the list of engagements."


class EngineAway(Refusal):
    rule, title, kind = Rule.WELL_FORMED, "The workflow engine is not responding", RefusalKind.UNAVAILABLE
    temporary = True


# How the server rejects an update whose task a worker completed without processing it.
UNPROCESSED = "UnprocessedUpdate"


class NumberTaken(Exception):
    """The engine knows another opening under this number: that of the request `by`."""

    def __init__(self, number: EngagementId, by: str) -> None:
        super().__init__(number)
        self.number = number
        self.by = by


class RefusedByWorkflow(Refusal):
    """A refusal that came back from a workflow: it says what the domain said there."""

    def __init__(self, refused: Refused) -> None:
        Exception.__init__(self, refused.detail)
        self.refused = refused


class TryAgain(Exception):
    """The engine was busy, away, or between two deploys."""


async def translated(call: Callable[[], Awaitable[T]]) -> T | None:
    try:
        return await call()
    except WorkflowUpdateFailedError as failed:
        raise _meant_by(failed) from None
    except WorkflowQueryFailedError as failed:
        raise TryAgain(f"a question was not answered: {failed}") from failed
    except WorkflowUpdateRPCTimeoutOrCancelledError as late:
        _require_wanted(late)
        raise TryAgain("the answer is late") from late
    except WorkflowAlreadyStartedError:
        return None
    except RuntimeError as error:
        if "client connect" not in str(error):  # how the SDK reports a server that is away at the first connection
            raise
        raise TryAgain(str(error)) from error
    except RPCError as error:
        if _is_unknown(error):
            raise NotFound(NOTHING_RUNS, remedy=SEE_THE_LIST, action=RemedyAction.LIST_DEALS) from error
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise
        raise TryAgain(str(error)) from error


def _require_wanted(late: WorkflowUpdateRPCTimeoutOrCancelledError) -> None:
    """Raises CancelledError if the caller was cancelled: the SDK raises its time-out error for that as well."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from late


def _is_unknown(error: RPCError) -> bool:
    """True if the engine does not know a workflow; it says the same of a namespace that it is still creating."""
    is_unknown = error.status is RPCStatusCode.NOT_FOUND
    return is_unknown and not any(part.Is(NamespaceNotFoundFailure.DESCRIPTOR) for part in error.grpc_status.details)


def _meant_by(failed: WorkflowUpdateFailedError) -> Exception:
    """The workflow's own refusal, or TryAgain; otherwise the failure itself."""
    cause = failed.cause
    if isinstance(cause, ApplicationError) and cause.type == UNPROCESSED:
        return TryAgain("a worker ended in the middle of it")
    if isinstance(cause, ApplicationError) and cause.type == UNKNOWN_UPDATE:
        return TryAgain("its worker is of a version that does not know this command")
    if isinstance(cause, ApplicationError) and cause.type == ForeignEngine.__name__:
        return foreign_engine()
    if isinstance(cause, ApplicationError) and cause.details:
        return RefusedByWorkflow(Refused.model_validate(cause.details[0]))
    return failed
