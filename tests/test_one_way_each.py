"""What is done in one way alone: these fail where a second way comes in."""

import ast
import re
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
        match node:
            case ast.arg(arg=found, annotation=ast.expr() as kind) if found == name:
                yield ast.unparse(kind)
            case ast.AnnAssign(target=ast.Name(id=found), annotation=kind) if found == name:
                yield ast.unparse(kind)


@pytest.mark.parametrize("floor", FLOORS)
def test_an_engagement_is_named_by_an_id_of_its_own_type(floor: str) -> None:
    loose = {
        str(file.relative_to(ROOT))
        for file in sources(floor)
        if file.parent.name != "tables"  # SQLModel makes columns of plain types alone
        and "str"
        in {part for kind in annotated(ast.parse(file.read_text()), "engagement") for part in kind.split(" | ")}
    }
    assert loose == set()


def test_the_signs_that_turn_the_direction_of_reading_are_listed_once() -> None:
    listed = re.compile(r"\\u202[a-e]|\\u206[6-9]", re.IGNORECASE)
    files = sources(*FLOORS, "cli")
    assert [file.name for file in files if listed.search(file.read_text())] == ["text.py"]


def test_the_machine_is_asked_for_the_time_in_one_place() -> None:
    asks = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|\btime\.time\(|workflow\.now\(")
    files = sources(*FLOORS, "cli")
    assert {str(file.relative_to(ROOT)) for file in files if asks.search(file.read_text())} == {
        "adapters/clock.py",
        "workflows/aggregate_runner.py",  # the engine's time, which replays alike, moved as the clock is
    }


def test_the_domain_names_no_status_of_http() -> None:
    named = re.compile(r"HTTP|\bstatus: int\b")
    assert [file.name for file in sources("domain") if named.search(file.read_text())] == []
