"""Files that documents, docstrings and comments name by their path exist."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|j2))(?:::\w+)?`")
OUT = {".venv", "node_modules", ".git", "build", "data"}
# These tell of files of their time, too.
TO_BE_MADE = {"docs/decisions.md", "CHANGELOG.md"}


def _files(*kinds: str) -> list[Path]:
    found = (path for kind in kinds for path in ROOT.rglob(kind))
    return [path for path in found if not OUT & set(path.relative_to(ROOT).parts)]


def _named() -> Iterator[tuple[str, str]]:
    """Each path that is named, and where."""
    for file in _files("*.md", "*.py"):
        own = str(file.relative_to(ROOT))
        if own not in TO_BE_MADE:
            yield from ((own, path) for path in NAMED.findall(file.read_text(encoding="utf-8")))


def test_each_file_that_is_named_exists() -> None:
    known = {f"/{path.relative_to(ROOT)}" for path in _files("*.py", "*.j2")}
    gone = [(own, path) for own, path in _named() if not any(one.endswith(f"/{path}") for one in known)]
    assert gone == []
