"""One subject, one name: each class name stands once, and the private words of before stay out."""

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from tokenize import COMMENT, STRING

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (
    "activities",
    "adapters",
    "api",
    "application",
    "bench",
    "cli",
    "demo",
    "domain",
    "simulation",
    "workflows",
)
# What the glossary says another word for.
GONE = frozenset(
    {
        "AnotherStands",
        "Artist",
        "Asking",
        "CARRIERS",
        "Cast",
        "Desk",
        "Drawn",
        "Durable",
        "Errand",
        "Fates",
        "FollowupCame",
        "Gone",
        "Intake",
        "Lagging",
        "MilestoneMoved",
        "Misfilled",
        "NotYours",
        "OneByOne",
        "OnlyAWordApproves",
        "OrderMoved",
        "Patience",
        "PromiseFate",
        "READINGS",
        "RULES",
        "Reception",
        "RecordMended",
        "RungReached",
        "Spreading",
        "TaskMoved",
        "Teller",
        "Together",
        "Turn",
        "Unheld",
        "VacancyClimbed",
        "VacancyTurned",
        "Vault",
        "Voucher",
        "Vouched",
        "Wall",
        "Wisher",
        "behind_the_hours",
        "hats",
        "having",
        "reseat",
        "said_plainly",
        "spare_what_was_loaded",
        "teller",
        "telling",
        "unspread",
        "unturned",
        "up_to",
        "word_for",
        "worn",
    }
)
# The same of the tests: what a fixture, a class or a function in them was called.
GONE_FROM_TESTS = frozenset(
    {
        "ByStory",
        "Ended",
        "House",
        "Killable",
        "Office",
        "furnished",
        "house",
        "inhabited",
        "mortal",
        "office",
        "sleeping",
        "spared",
    }
)
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(rooms: Iterable[str] = ROOMS) -> Iterator[tuple[str, Definition]]:
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, Definition):
                    yield str(file.relative_to(ROOT)), node


def test_each_class_name_stands_once() -> None:
    where = defaultdict(list)
    for file, node in definitions():
        if isinstance(node, ast.ClassDef):
            where[node.name].append(file)
    assert {name: files for name, files in where.items() if len(files) > 1} == {}


@pytest.mark.parametrize("prefix", ["MOST_", "LONGEST_"])
def test_a_bound_is_called_a_maximum(prefix: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}: {node.id}"
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id.startswith(prefix)
    ]
    assert found == []


def test_no_definition_bears_a_name_of_the_private_dialect() -> None:
    assert sorted(f"{file}: {node.name}" for file, node in definitions() if node.name in GONE) == []


def test_no_definition_of_the_tests_does() -> None:
    assert sorted(f"{file}: {node.name}" for file, node in definitions(["tests"]) if node.name in GONE_FROM_TESTS) == []


def _words_said(file: Path) -> set[str]:
    """The words of a file's comments and docstrings that are written as names."""
    with tokenize.open(file) as source:
        said = (one for one in tokenize.generate_tokens(source.readline) if one.type in {COMMENT, STRING})
        texts = [one.string for one in said if one.type == COMMENT or one.string.startswith('"""')]
    return {
        word for text in texts for word in re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+|(?<=Raises )\w+|\w+(?=`)", text)
    }


def test_no_comment_and_no_docstring_names_what_is_called_otherwise_now() -> None:
    files = (file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))
    assert [f"{file.relative_to(ROOT)}: {word}" for file in files for word in sorted(_words_said(file) & GONE)] == []


def test_no_file_bears_a_name_of_the_private_dialect() -> None:
    stems = {file.stem for room in ROOMS for file in (ROOT / room).rglob("*.py")}
    assert stems & ({word.lower() for word in GONE} - {"rules"}) == set()
