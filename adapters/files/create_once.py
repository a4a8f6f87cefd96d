"""A small file of a data folder, such as a secret: made there once and whole, however many processes start at once."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adapters.files.private_files import make_private


def made_once(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """What lies at this path; where there is nothing yet, what `fresh` makes, for its owner's eyes alone."""
    if not path.exists():
        make_private(path.parent)
        _create(path, fresh())
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    """Puts the whole file there at once. Where another process was first, its file stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()
