"""Each command that a document prints is one that there is, with options that it takes and all that it needs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import cli.main
from cli.main import GROUPS

try:  # newer versions of Typer have a copy of Click of their own
    from typer._click.core import Context
except ImportError:
    from click import Context  # type: ignore[assignment, no-redef, unused-ignore]

ROOT = Path(__file__).parent.parent
GATHERED = ROOT / "docs" / "texts.md"  # texts of the source, whose commands still have their placeholders
DOCUMENTS = (ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md")} - {GATHERED}))
# In tables a command stands without the name of the program.
OF_A_GROUP = re.compile(rf"`((?:{'|'.join(GROUPS)}) [a-z][a-z-]*(?: [^`]*)?)`")
NAMED = re.compile(r"\binterlock ([a-z][^`\n|#]*)")


def printed(document: Path) -> Iterator[str]:
    """The commands that a document prints, as they stand there."""
    text = document.read_text().replace("\\\n", " ")
    found = dict.fromkeys((*NAMED.findall(text), *OF_A_GROUP.findall(text)))
    yield from (command.strip() for command in found if "…" not in re.sub(r"'[^']*'", "", command))


def what_is_wrong(command: str) -> str | None:
    """Why it could not be given so; None for one that is right, or that is only named."""
    try:
        words = shlex.split(re.sub(r" \[[^\]]*\]", "", command).rstrip(".,;:)"))
    except ValueError:
        return None  # what stands within a sentence in quotes
    found: Any = get_command(cli.main.app)
    while words and hasattr(found, "get_command"):
        name, *words = words
        found = found.get_command(Context(found), name)
        if found is None:
            return f"there is no {name}"
    return _of_words(found, words) if not hasattr(found, "get_command") else None


def _of_words(found: Any, words: list[str]) -> str | None:
    options = {name: one for one in found.params for name in one.opts if name.startswith("--")}
    unknown = [word for word in words if word.startswith("--") and word not in {*options, "--help"}]
    if unknown:
        return f"it does not take {', '.join(unknown)}"
    valued = {name for name, one in options.items() if not getattr(one, "is_flag", False)}
    given = [w for w, before in zip(words, ["", *words], strict=False) if before not in valued and w[:2] != "--"]
    if not given:
        return None  # only named
    takes = [one for one in found.params if one.param_type_name == "argument"]
    least, most = sum(one.required for one in takes), len(takes)
    if not least <= len(given) <= (1000 if any(one.nargs == -1 for one in takes) else most):
        return f"it takes {[one.name for one in takes]}, not {given}"
    needed = {one.opts[0] for one in options.values() if one.required and one.name != "token"}
    return f"it must be given {sorted(needed - set(words))}" if needed - set(words) else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_each_command_in_a_document_can_be_given_as_it_stands(document: Path) -> None:
    wrong = {command: why for command in printed(document) if (why := what_is_wrong(command)) is not None}
    assert wrong == {}


def test_what_is_looked_for_is_found() -> None:
    found = {document.name: [*printed(document)] for document in DOCUMENTS}
    assert "deal start examples/deal-lindqvist-small.yaml" in found["README.md"]
    assert "needs restate DEAL" in found["command-line.md"]
    wrong = ("deal shwo ENG-2026-0001", "price propose DEAL --rebate 5", "role release DEAL ROLE", "deal show A B")
    assert all(what_is_wrong(command) is not None for command in wrong)
    assert what_is_wrong("deal show") is None, "it is only named"
