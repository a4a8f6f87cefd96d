"""Requests that got no final answer: running the same command again continues them, and does nothing twice."""

import hashlib
import json
from pathlib import Path
from typing import Any

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.files.private_files import edited_json

# Seconds after which the same command counts as a new one.
KEPT_FOR = 24 * 3600.0


class Unanswered:
    """The keys of such requests, in a file of the sender; of what was sent only a hash is stored."""

    def __init__(self, path: Path, now: Now = SYSTEM_CLOCK) -> None:
        self._path = path
        self._now = now

    def begin(self, request: str, key: str) -> str:
        """Records a request before it is sent; returns the key under which it was sent before, or the given one."""
        with edited_json(self._path) as kept:
            begins = self._now().timestamp() - KEPT_FOR
            for name in [name for name, one in kept.items() if not _is_since(one, begins)]:
                del kept[name]
            before = kept.get(request)
            if before is None:
                kept[request] = [key, self._now().timestamp()]
        return str(before[0]) if before is not None else key

    def forget(self, request: str) -> None:
        """Removes a request that has got its final answer."""
        with edited_json(self._path) as kept:
            kept.pop(request, None)


def _is_since(kept: Any, begins: float) -> bool:
    """True for a key stored at or after that time."""
    return isinstance(kept, list) and len(kept) == 2 and isinstance(kept[1], float) and kept[1] > begins


def request_hash(*what: Any) -> str:
    """The hash that identifies a request: address, person, method, path and body."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
