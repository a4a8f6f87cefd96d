"""What the log says of an error: where it came from, and nothing of what passed through."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from adapters.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Leaves the configuration of the process as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def fails(token: str) -> None:
    raise RuntimeError(f"{len(token)} characters came")


def test_an_error_is_logged_with_its_traceback_and_without_what_functions_were_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs()
    try:
        fails("secret-bearer-token")
    except RuntimeError:
        structlog.get_logger().exception("api.failed", id="E1")
    said = capsys.readouterr().err
    assert "api.failed" in said
    assert "in fails" in said
    assert "RuntimeError: 19 characters came" in said
    assert "secret-bearer-token" not in said.replace('fails("secret-bearer-token")', "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_what_the_log_has_no_room_for_fails_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 -- closing it fails too
    monkeypatch.setattr(sys, "stderr", full)
    configure_logs()
    for event in ("first", "second"):
        structlog.get_logger().error(event)
    with contextlib.suppress(OSError):
        full.close()
