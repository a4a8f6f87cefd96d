"""Folders and files that are for their owner alone: what people wrote, and what lets them in."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any


def make_private(folder: Path) -> None:
    """Makes the folder, for its owner alone, where it is not there yet. One that is there stays as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def load_json(path: Path) -> dict[str, Any]:
    """What a file holds by name; nothing where there is no file, or none of ours."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save_json(path: Path, kept: dict[str, Any]) -> None:
    """Written beside and put in place: whoever is interrupted, or reads meanwhile, has the file as it was."""
    make_private(path.parent)
    new = Path(f"{path}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file, indent=1)
    new.replace(path)


@contextmanager
def edited_json(path: Path) -> Iterator[dict[str, Any]]:
    """What a file holds, to be changed: it is kept at the end. Of several processes one changes it at a time."""
    make_private(path.parent)
    with Path(f"{path}-line").open("ab") as line:
        flock(line, LOCK_EX)
        kept = load_json(path)
        before = dict(kept)
        yield kept
        if kept != before:
            save_json(path, kept)
