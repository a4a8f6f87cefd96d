"""Figures are answered as people read them: money in cents, shares and hours with as many decimals as count."""

import json
import re
from collections.abc import Iterator
from typing import Any

from cli.asks import _show_ask
from cli.deals import _show_deal, show_capacity
from cli.terminal import OUT
from tests.api.played import Played

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ][0-9:.]+")
# A figure with too many decimals: of a margin, which is a share of one, and of anything else.
LONG = {True: re.compile(r"\b\d+\.\d{5,}\b"), False: re.compile(r"\b\d+\.\d{3,}\b")}


def figures(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value below, as it is written, with where it stands."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from figures(value, f"{path}.{key}")
    elif isinstance(part, list):
        for value in part:
            yield from figures(value, path)
    else:
        yield path, MOMENT.sub("", str(part))


async def test_no_answer_has_more_decimals_than_count(played: Played, answers: dict[str, list[bytes]]) -> None:
    assert played.engagement
    assert len(answers) > 50
    shown = {
        (f"{where} {path}", text)
        for where, bodies in answers.items()
        for body in bodies
        for path, text in figures(json.loads(body))
        if not path.endswith("p80_deviations")  # how it was typed in the playbook
    }
    assert [(where, text) for where, text in shown if LONG["margin" in where].search(text)] == []


async def test_nor_does_the_command_line_show_any(played: Played, answers: dict[str, list[bytes]]) -> None:
    said = []
    for where, show in ((f"{played.engagement}", _show_deal), (f"{played.engagement}/capacity", show_capacity)):
        with OUT.capture() as captured:
            show(json.loads(answers[f"GET /api/v1/engagements/{where}"][-1]))
        said.append(captured.get())
    for where, bodies in answers.items():
        if re.fullmatch(r"GET /api/v1/asks/[A-Z0-9.-]+", where):
            with OUT.capture() as captured:
                _show_ask(json.loads(bodies[-1]))
            said.append(captured.get())
    assert len(said) > 2
    assert [line for text in said for line in text.splitlines() if LONG[False].search(MOMENT.sub("", line))] == []
