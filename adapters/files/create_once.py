"""Creates a small file of a data folder, such as a secret, once and atomically, even if processes race."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adapters.files.private_files import make_private


def made_once(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """Returns the content at `path`; if there is none yet, writes what `fresh` returns, readable by its owner only."""
    if not path.exists():
        make_private(path.parent)
        _create(path, fresh())
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    """Puts the complete file in place at once. If another process was first, its file stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # created with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()
