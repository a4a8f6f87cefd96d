"""A disk that takes nothing more is seen by whoever asks whether work can be done."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import migrated

TRIES = """
import resource, signal, sys
from adapters.db.database import DATABASE_AWAY, open_database
from adapters.db.inbox import Inbox
intake = Inbox(open_database(sys.argv[1]))
intake.try_to_write()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    intake.try_to_write()
except DATABASE_AWAY:
    print("full")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_full_disk_is_found_by_trying_to_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    database = migrated(tmp_path / "record.db")
    database.dispose()
    ended = subprocess.run([sys.executable, "-c", TRIES, url], capture_output=True, text=True, check=False)
    assert (ended.stdout.strip(), ended.returncode) == ("full", 0), ended.stderr
