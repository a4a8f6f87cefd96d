"""A database that is looked at and not touched: evidence, a copy in a folder that takes no changes, one that is in use.

SQLite writes for whoever merely opens a file: it folds the log (`-wal`) into the file, and deletes it. So a file that
nobody has open is looked at in a copy of its own, log and all; one that may be in use is opened for reading alone.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from adapters.db.database import open_database, open_read_only

# What SQLite keeps beside a file while somebody has it open.
LOG, INDEX = "-wal", "-shm"


@contextmanager
def looked_at(url: str) -> Iterator[Engine]:
    """The database of this address, for who only reads. Raises FileNotFoundError where there is no such file."""
    with tempfile.TemporaryDirectory(prefix="interlock-") as folder:
        engine = _opened(url, Path(folder))
        try:
            yield engine
        finally:
            engine.dispose()


def _opened(url: str, folder: Path) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return open_database(url)
    file = Path(str(parsed.database))
    beside = [Path(f"{file}{end}") for end in (LOG, INDEX)]
    if all(one.exists() for one in beside):
        return open_read_only(file)
    copy = folder / "looked-at.db"
    shutil.copyfile(file, copy)
    if beside[0].exists():
        shutil.copyfile(beside[0], f"{copy}{LOG}")
    return open_database(f"sqlite:///{copy}")
