"""Opens a database without changing it: evidence, a copy in a read-only folder, or one that is in use.

SQLite writes even if one merely opens a file: it checkpoints the log (`-wal`) into the file and deletes it. So a file
that no one has open is read from a copy together with its log; one that may be in use is opened read-only.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from adapters.db.database import open_database, open_read_only

# The files that SQLite keeps next to a database that someone has open.
LOG, INDEX = "-wal", "-shm"


@contextmanager
def looked_at(url: str) -> Iterator[Engine]:
    """Yields the database of this URL for reading. Raises FileNotFoundError if the file does not exist."""
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
