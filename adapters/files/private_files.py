"""Files and folders that only their owner may read: people's texts, tokens and secrets."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any


def make_private(folder: Path) -> None:
    """Creates the folder, accessible to its owner only, if it does not exist. An existing folder is left as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def load_json(path: Path) -> dict[str, Any]:
    """Returns the JSON object in a file, or an empty one if there is no file or it holds something else."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save_json(path: Path, kept: dict[str, Any]) -> None:
    """Writes atomically (a new file renamed into place): a crash or a concurrent reader sees the old file whole."""
    make_private(path.parent)
    new = Path(f"{path}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file, indent=1)
    new.replace(path)


@contextmanager
def edited_json(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the JSON object in a file and saves changes at the end. A file lock admits one process at a time."""
    make_private(path.parent)
    with Path(f"{path}-line").open("ab") as line:
        flock(line, LOCK_EX)
        kept = load_json(path)
        before = dict(kept)
        yield kept
        if kept != before:
            save_json(path, kept)
