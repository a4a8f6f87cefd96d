"""A secret of a data folder: made there once, for its owner's eyes alone, however many processes start at once."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept_secret(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """What lies at this path; what `fresh` makes is put there, with mode 0600, where there is nothing yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, fresh())
    return path.read_bytes()


def _create(path: Path, secret: bytes) -> None:
    """Puts the whole file there at once. Where another process was first, its secret stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()
