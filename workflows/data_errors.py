"""Keeps errors that data causes outside a decision from stopping a workflow.

An exception that leaves `run` or a signal handler fails the workflow task. The engine then retries it for ever, and the
engagement answers no one. So everything that `run` builds beside its decisions goes through `carries_on`: the part that
failed is left out, the workflow is quarantined with the reason, and the operators are notified. It can still be read.
Refusals and the engine's own errors pass through: they are answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from domain.shared.errors import Refusal

# How long a timed change that failed waits before it is tried again.
PAUSE = timedelta(hours=1)
UNFORESEEN = "Unforeseen"
SHOWN = "what the engine's pages show"
MAX_FIGURES_TOLD = 300


class Hinderable(Protocol):
    """What can note an unforeseen error and quarantine itself because of it."""

    stream: str

    def hinder(self, why: str) -> None:
        """Notes why. Must not raise."""


def _log(stream: str, what: str, reason: Exception) -> None:
    said = f"{type(reason).__name__}: {reason}"[:MAX_FIGURES_TOLD]
    workflow.logger.error("%s goes on without %s: %s", stream, what, said, exc_info=reason)


@contextmanager
def carries_on(it: Hinderable, what: str) -> Iterator[None]:
    """Catches an error that data caused: it ends the block, not the workflow, and no decision is lost.

    The reason that people read names the error's class but not its message, which may hold what not everyone may see.
    """
    try:
        yield
    except (FailureError, Refusal):
        raise
    except Exception as reason:
        _log(it.stream, what, reason)
        it.hinder(f"an unexpected error ({type(reason).__name__}) in {what}")


@contextmanager
def answers_unforeseen(stream: str, what: str) -> Iterator[None]:
    """Turns an unforeseen error into a rejection of the update; decisions are pure, so nothing has happened yet."""
    try:
        yield
    except FailureError:
        raise
    except Exception as reason:
        _log(stream, what, reason)
        raise ApplicationError(
            f"{what} failed with an unexpected error.", type=UNFORESEEN, non_retryable=True
        ) from reason
