"""Requests that ended without a final answer: the same command again goes on with them, and does nothing twice."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.private_folder import make_private

KEPT_FOR = 24 * 3600.0
"""Seconds after which the same command means another thing to do."""


class _Kept(NamedTuple):
    key: str
    since: float


class Unanswered:
    """The keys of such requests, in a file of whoever sends them; what was sent is kept as a hash alone."""

    def __init__(self, path: Path, now: Now = SYSTEM_CLOCK) -> None:
        self._path = path
        self._now = now

    def key_of(self, request: str) -> str | None:
        """The key under which the same request was sent before, where it had no final answer."""
        found = self._kept().get(request)
        return found.key if found else None

    def keep(self, request: str, key: str) -> None:
        """Notes that a request had no final answer."""
        self._write({**self._kept(), request: _Kept(key, self._now().timestamp())})

    def forget(self, request: str) -> None:
        """It has its answer."""
        kept = self._kept()
        if kept.pop(request, None) is not None:
            self._write(kept)

    def _kept(self) -> dict[str, _Kept]:
        try:
            known = {name: _Kept(*kept) for name, kept in json.loads(self._path.read_text()).items()}
            begins = self._now().timestamp() - KEPT_FOR
            return {name: kept for name, kept in known.items() if kept.since > begins}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):  # there is none, or not one of ours
            return {}

    def _write(self, kept: dict[str, _Kept]) -> None:
        make_private(self._path.parent)
        new = Path(f"{self._path}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
        new.replace(self._path)


def request_hash(*what: Any) -> str:
    """What a request is known by: address, who, method, path and body."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
