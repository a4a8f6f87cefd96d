"""The corpus of recorded histories: what each release's engagements and change orders looked like to the engine."""

import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

FOLDER = Path(__file__).parent / "histories"
FINGERPRINTS = FOLDER / "fingerprints.json"

# Events that say how the engine handed out work, not what the workflow did.
NO_COMMANDS = frozenset({"WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED"})


def stored() -> list[Path]:
    """All histories, of all releases."""
    return sorted(FOLDER.glob("*/*.json.gz"))


def name_of(path: Path) -> str:
    """A history's name: its release and what was played."""
    return f"{path.parent.name}/{path.name.removesuffix('.json.gz')}"


def load(path: Path) -> WorkflowHistory:
    """A stored history."""
    text = gzip.decompress(path.read_bytes()).decode()
    return WorkflowHistory.from_json(name_of(path).replace("/", "-"), text)


def store(release: str, name: str, history: WorkflowHistory) -> Path:
    """Keeps a history of a release. Raises FileExistsError: what was released is not recorded anew."""
    path = FOLDER / release / f"{name}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        out.write(gzip.compress(history.to_json().encode(), mtime=0))
    return path


def fingerprint(history: WorkflowHistory) -> dict[str, Any]:
    """A digest of what the workflow did and heard, in order, and how often each, for whoever looks for what moved."""
    names = [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events]
    done = [name for name in names if name not in NO_COMMANDS]
    digest = hashlib.sha256("\n".join(done).encode()).hexdigest()
    return {"sha256": digest, "events": len(names), "of": dict(sorted(Counter(done).items()))}


def known_fingerprints() -> dict[str, dict[str, Any]]:
    """The fingerprints as they were recorded."""
    found: dict[str, dict[str, Any]] = json.loads(FINGERPRINTS.read_text())
    return found
