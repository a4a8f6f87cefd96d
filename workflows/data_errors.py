"""Errors that data brings about outside a decision, and that must not stop a workflow.

An exception that leaves `run` or a signal fails the workflow task. The engine then retries it without end, and the
engagement answers nobody. So what `run` builds beside its decisions goes through `carries_on`: the part that failed is
left out, the workflow is quarantined with the reason, and the operators are notified. It can still be read. Refusals
and the engine's own errors pass through: they are answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from domain.shared.errors import Refusal

# How long what time could not bring about waits before it is tried again.
PAUSE = timedelta(hours=1)
UNFORESEEN = "Unforeseen"
SHOWN = "what the engine's pages show"
MAX_FIGURES_TOLD = 300


class Hinderable(Protocol):
    """What can be kept from something, and is set apart then."""

    stream: str

    def hinder(self, why: str) -> None:
        """Notes why. Must not raise."""


def _log(stream: str, what: str, reason: Exception) -> None:
    said = f"{type(reason).__name__}: {reason}"[:MAX_FIGURES_TOLD]
    workflow.logger.error("%s goes on without %s: %s", stream, what, said, exc_info=reason)


@contextmanager
def carries_on(it: Hinderable, what: str) -> Iterator[None]:
    """Within it an error that data brought about ends the block, not the workflow; nothing of a decision is lost.

    The reason that people read names the kind of error and none of its words, which may hold what not everyone sees.
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
    """Within it an unforeseen error is the answer to who asked; a decision is pure, so nothing has happened yet."""
    try:
        yield
    except FailureError:
        raise
    except Exception as reason:
        _log(stream, what, reason)
        raise ApplicationError(
            f"{what} failed with an unexpected error.", type=UNFORESEEN, non_retryable=True
        ) from reason
