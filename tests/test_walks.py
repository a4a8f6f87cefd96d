"""The walks through the code in docs/architecture.md are true: each function that they name is where they say."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEPS = re.findall(
    r"^\| [^|]+ \| `([\w/]+\.py)` \| `(\w+)` \|$",
    (ROOT / "docs/architecture.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_there_are_three_walks() -> None:
    assert len(STEPS) >= 25


@pytest.mark.parametrize(("file", "function"), STEPS)
def test_each_step_of_a_walk_is_where_the_document_says(file: str, function: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    known = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert function in known
