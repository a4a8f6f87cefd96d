"""Logs: one line an event on the error stream, with plain tracebacks. What passes through functions is not on them."""

import sys

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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
