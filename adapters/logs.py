"""Logging: one line per event on stderr, with plain tracebacks that show no local variables."""

import contextlib
import sys
from typing import TextIO

import structlog


def configure_logs() -> None:
    """Configures structlog for this process.

    Its default prints the local variables of every frame of a traceback, which leaks tokens and can run to megabytes.
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
    """A stream that ignores write errors: a full disk must not fail the work that was being logged."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()
