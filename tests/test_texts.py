"""The page of all texts is true: it is what the tool gathers, with no text for people left out and no code taken in."""

from pathlib import Path

import pytest

from tests.texts import PAGE, page, texts


def test_the_page_in_the_repository_is_the_one_that_the_tool_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make texts"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('raise Refusal("It is signed.", remedy="Submit a change.")', ["It is signed.", "Submit a change."]),
        ('say(f"Now {role_label(one.role)} of {state.id}.")', ["Now {role} of {id}."]),
        ("say(f\"{n} {'day' if n == 1 else 'days'} left\")", ["{n} {day|days} left"]),
        ('say("Due " + day_shown(due))', ["Due {due}"]),
        ('beside = {"noted by": name, "id": one}', ["noted by"]),
        ('LABELS = {Kind.SIGN: "signature"}', ["signature"]),
        ('@cli_app.command()\ndef go():\n    """Start it."""', ["Start it."]),
        ('"""A module of texts."""', []),
        ('def rule():\n    """Says why not."""', []),
        ('log.info("the part has ended")', []),
        ('kind = "VoteCast"', []),
    ],
)
def test_a_text_is_gathered_as_it_is_read_and_what_nobody_reads_is_not(
    tmp_path: Path, source: str, said: list[str]
) -> None:
    file = tmp_path / "said.py"
    file.write_text(source, encoding="utf-8")
    assert list(texts(file)) == said


def test_a_template_is_gathered_by_its_text(tmp_path: Path) -> None:
    file = tmp_path / "document.html.j2"
    file.write_text('{% if due %}<p class="due">Due {{ card.due }}</p>{% endif %}{# why #}', encoding="utf-8")
    assert list(texts(file)) == ["Due {due}"]
