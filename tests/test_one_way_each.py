"""What is done in one way alone: these fail where a second way comes in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("domain", "adapters", "activities", "workflows", "application", "api", "simulation")


def sources(*floors: str) -> Iterator[Path]:
    """The files of these floors, without the migrations, which stay as they were written."""
    files = (file for floor in floors for file in sorted((ROOT / floor).rglob("*.py")))
    return (file for file in files if "migrations" not in file.parts)


def annotated(tree: ast.AST, name: str) -> Iterator[str]:
    """As what the parameters and fields of a name are annotated."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.arg == name and node.annotation is not None:
            yield ast.unparse(node.annotation)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            yield ast.unparse(node.annotation)


@pytest.mark.parametrize("floor", FLOORS)
def test_an_engagement_is_named_by_an_id_of_its_own_type(floor: str) -> None:
    loose = {
        str(file.relative_to(ROOT))
        for file in sources(floor)
        if file.name != "tables.py"  # SQLModel makes columns of plain types alone
        and "str" in {part for kind in annotated(ast.parse(file.read_text()), "engagement") for part in kind.split(" | ")}
    }
    assert loose == set()
