"""Logs: one line an event on the error stream, with plain tracebacks. What passes through functions is not on them."""

import contextlib
import sys
from typing import TextIO

import structlog


def configure_logs() -> None:
    """Sets up structlog for this process.

    Its default prints the local variables of every frame of a traceback: tokens among them, and megabytes.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(_Forgiving(sys.stderr)),  # type: ignore[arg-type]
    )


class _Forgiving:
    """A stream of which nobody hears that its disk is full: what was to be done is done, said or not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()
