"""A terminal shows what people wrote, and never obeys it."""

import json
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.stack import _announce
from cli.terminal import OUT, _by_option, escaped, hanging, printable, say
from demo.screen import Live
from settings import Mode, Settings

ORDERS = "\x00\x07\x08\x1b\x7f\x85\x9b\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\r"
texts = st.text(st.one_of(st.sampled_from(ORDERS), st.characters(exclude_categories=["Cs"])))


@given(texts)
def test_nothing_that_a_terminal_obeys_is_printed(text: str) -> None:
    assert not set(printable(text)) & set(ORDERS)
    assert len(printable(text)) == len(text)


@given(texts)
def test_json_for_programs_is_the_same_value_and_holds_none_of_it(text: str) -> None:
    shown = escaped(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(shown) == {"a": text}
    assert not set(shown) & set(ORDERS)


def test_further_lines_of_what_somebody_wrote_do_not_read_like_ours() -> None:
    assert hanging("  N1: Fine\n\nhash: forged\n- a list") == "  N1: Fine\n    \n    hash: forged\n    - a list"


def test_what_is_printed_holds_no_markup_and_no_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    say("ENG-2026-0001#1:end:aisha [bold]x[/bold]")
    assert capsys.readouterr().out == "ENG-2026-0001#1:end:aisha [bold]x[/bold]\n"


def test_what_is_drawn_is_no_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A console that takes nothing for markup would spell it out."""
    Live(OUT).stage("halden", "sow")
    _announce(Settings(home=tmp_path, mode=Mode.DEVELOPMENT))
    shown = capsys.readouterr().out
    assert "halden · sow" in shown
    assert "DEVELOPMENT MODE" in shown
    assert "[bold" not in shown


def test_what_does_not_fit_is_called_by_the_option_by_which_it_was_typed() -> None:
    called: list[str] = []
    app = typer.Typer()

    @app.command()
    def propose(discount: str = "") -> None:
        called.append(_by_option(f"discount_percent must be at most 100, not {discount}; the_rest stays"))

    CliRunner().invoke(app, ["--discount", "120"])
    assert called == ["--discount must be at most 100, not 120; the_rest stays"]
