"""`interlock deal start` takes a file whole or not at all."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from tests.stack import Stack

SMALL = Path(__file__).parents[2] / "examples/deal-lindqvist-small.yaml"
SELLER = "aisha.khan"


async def started(stack: Stack, address: str, file: Path, word: str = "start") -> Result:
    given = ["deal", word, str(file), "--token", stack.tokens[SELLER], "--url", address]
    return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, cli.app, given)


async def running(stack: Stack) -> set[str]:
    return {row["id"] for row in (await stack.get(SELLER, "/engagements"))["items"]}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("by: aisha.khan", "by: aisha.kahn", "promises.0.by"),
        ("\nneeds:", "\nneeeds:", "neeeds: is not a known field"),
        ("grade: senior", "grade: seniour", "seniour is no grade"),
    ],
)
async def test_nothing_is_started_of_a_file_with_a_mistake(
    stack: Stack, address: str, tmp_path: Path, before: str, after: str, told: str
) -> None:
    text, file = SMALL.read_text(encoding="utf-8"), tmp_path / "deal.yaml"
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    known = await running(stack)
    line = text[: text.index(before)].count("\n") + 1 + before.startswith("\n")
    for word in ("start", "check"):
        answer = await started(stack, address, file, word)
        assert answer.exit_code == 1
        assert f"{file}:{line}: " in answer.stderr
        assert told in answer.stderr
    assert await running(stack) == known


async def test_a_file_that_is_no_deal_is_refused_in_a_sentence(stack: Stack, address: str, tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("- a\n")
    answer = await started(stack, address, file)
    assert (answer.exit_code, answer.stderr.count("\n")) == (1, 1)


async def test_a_sound_file_is_started_with_its_needs_and_promises(stack: Stack, address: str) -> None:
    known = await running(stack)
    answer = await started(stack, address, SMALL)
    assert answer.exit_code == 0, answer.stderr
    [deal] = await running(stack) - known
    state = await stack.get(SELLER, f"/engagements/{deal}")
    assert state["needs"]
    assert state["promises"]
