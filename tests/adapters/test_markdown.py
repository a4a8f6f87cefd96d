"""Whatever people write, what is shown of it are the elements of an allow list, and links that lead nowhere else."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.documents.markdown import ELEMENTS, first_line, prose, set_in

VOID = {"br", "hr"}
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}}
SIGNS = st.text(st.sampled_from(list("\\`*_[]()<>|~&#!:/.-+=1 \"'\n\tajxhtps")), max_size=80)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
HTML = ["<script>", "</p>", "<a href=x onclick=y>", "<!--", "<b", '"', "&#106;"]
LINKS = ["[a](", "[x]()", "![i](", "[r]: ", "[", "]", ")", "[x](https://[)", '<https://x">', "(vbscript:x)", "www.x.y"]
TARGETS = ["javascript:alert(1)", "https://x.y/", "mailto:a@b.c", "data:text/html,x"]
BLOCKS = ["\n", "\n\n", "| a | b |", "|--|:-:|", "- ", "# ", "> ", "1. ", "999999999. ", "`", "```", "\u202e", "\0"]
PIECES = st.lists(st.sampled_from([*HTML, *LINKS, *TARGETS, *BLOCKS]), max_size=25).map("".join)


class Checked(HTMLParser):
    """Fails at any element or attribute that is not allowed, and at one that is not closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set())
        if tag == "a":
            assert re.match("(https?://|mailto:)", dict(attrs)["href"] or "", re.IGNORECASE)
            assert dict(attrs)["rel"] == "nofollow noopener noreferrer"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        assert attrs == []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(max_examples=400, deadline=None)
@given(st.one_of(ANY, SIGNS, PIECES))
def test_any_text_becomes_allowed_elements_alone(text: str) -> None:
    Checked(prose(text))
    set_in(text, 2)
    first_line(text)


@pytest.mark.parametrize(
    "deep", ["> " * 990, "- " * 990, "[" * 1990, "*a_" * 660, "`" * 1990, "|" * 1990, "a|\n-|\n" * 330]
)
def test_text_made_to_be_deep_is_shown_too(deep: str) -> None:
    Checked(prose(deep + "x"))


def test_a_heading_is_a_bold_paragraph() -> None:
    assert prose("# One *two*\n\nThree\n---") == (
        "<p><strong>One <em>two</em></strong></p>\n<p><strong>Three</strong></p>\n"
    )


def test_a_link_says_where_it_leads() -> None:
    assert Checked(prose("[our bank](https://evil.example/pay)")).text.strip() == "our bank (https://evil.example/pay)"
    assert Checked(prose("<https://good.example>")).text.strip() == "https://good.example"


@pytest.mark.parametrize(
    "link", ["[x](javascript:alert(1))", "[x](data:text/html,y)", "[x](/admin)", "[x]()", "<ftp://x.y>"]
)
def test_what_leads_elsewhere_is_no_link(link: str) -> None:
    assert "<a" not in prose(link)


@pytest.mark.parametrize("turn", ["\u202e", "&#x202e;", "&#8238;", "&#x2066;"])
def test_no_sign_turns_the_direction_however_it_is_written(turn: str) -> None:
    assert prose(f"a{turn}b") == "<p>ab</p>\n"


def test_no_image_is_loaded() -> None:
    assert "<img" not in prose("![x](https://evil.example/p.png)")


def test_a_row_of_a_table_says_the_first_line_and_that_there_is_more() -> None:
    assert (first_line("One"), first_line("One\n\n- two")) == ("One", "One …")
