"""Renders Markdown that people wrote: one renderer for documents, mails and pages.

It supports paragraphs, lists, tables, quotes, emphasis, code spans and links to http, https and mailto, each followed
by its target. It supports no HTML and no images, and people's headings become bold paragraphs, so that they do not
enter a document's outline. A line break is rendered as one: whoever presses return means it.

Inside a document, people's text stands in a list item, with every line indented as deep as the item's own text.
Whatever the text opens (a table, a quote, a list) ends with its item: that is how Markdown nests, and nothing needs
escaping.

Weighed: a sanitizer after a renderer that lets HTML through (two opinions of what HTML is, and the gap between them is
the attack surface). This renderer cannot write an element that is not in `ELEMENTS`.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from domain.shared.text import strip_bidi, with_plain_line_ends

INLINE = {"a", "br", "code", "em", "strong"}
TABLE = {"table", "tbody", "td", "th", "thead", "tr"}
# All elements that people's text can become.
ELEMENTS = {"blockquote", "hr", "li", "ol", "p", "ul", *INLINE, *TABLE}
# The class of tables whose cells are stacked on a narrow screen.
STACKED = "stacked"
_LEADS_OUT = re.compile(r"https?://|mailto:", re.IGNORECASE)
_REL = "nofollow noopener noreferrer"


class Markdown(str):
    """Text that is Markdown already, and is printed unescaped."""

    __slots__ = ()


class _MarkdownReader(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 -- the library's name
        return bool(_LEADS_OUT.match(url))


_READER = (
    _MarkdownReader("commonmark", {"html": False})
    .enable("table")
    .disable(["image", "reference", "html_block", "html_inline", "code", "fence"])
)


def document(source: str) -> Markup:
    """Renders one of our documents as HTML: its own headings stay, but not people's, which are inside list items."""
    return _drawn(_READER.parse(source), own=True)


def prose(text: str) -> Markup:
    """Renders people's text as HTML."""
    return _drawn(_READER.parse(_plain(text)), own=False)


def told(text: str) -> Markup:
    """Renders a text shown beside others: one line literally (most are titles and figures), several as Markdown."""
    text = strip_bidi(text)
    if "\n" not in text:
        return escape(text)
    return Markup('<div class="prose">{}</div>').format(prose(text))


def set_in(text: str, indent: int) -> Markdown:
    """Puts people's text into a list item of a document: after its label, or below it if it is not a single paragraph.

    `indent` is the column at which the item's text begins.
    """
    text, margin = _plain(text).strip(), " " * indent
    lines = (f"{margin}{line}" if line.strip() else "" for line in text.split("\n"))
    whole = "\n".join(lines)
    return Markdown(f" {whole[indent:]}" if _is_one_paragraph(text) else f"\n\n{whole}")


def first_line(text: str) -> str:
    """What a table row shows of a text that is given in full elsewhere."""
    head, _, rest = _plain(text).strip().partition("\n")
    return f"{head} …" if rest else head


def _plain(text: str) -> str:
    return strip_bidi(str(with_plain_line_ends(text)))


def _is_one_paragraph(text: str) -> bool:
    return [token.type for token in _READER.parse(text)] == ["paragraph_open", "inline", "paragraph_close"]


def _drawn(tokens: list[Token], *, own: bool) -> Markup:
    """`own`: treat everything outside lists and quotes as ours."""
    if own:
        _label_cells(tokens)
    for at, token in enumerate(tokens):
        token.attrs.pop("style", None)  # column alignment; our pages' policy forbids inline styles
        if own and token.level <= (token.type == "inline"):
            continue
        if token.type == "heading_open":
            _flatten(tokens[at : at + 3])
        token.children = list(_spans(token.children or ())) if token.children else token.children
    html = _READER.renderer.render(tokens, _READER.options, {})
    return Markup(strip_bidi(html))  # noqa: S704 -- the renderer's own output, in which all text is escaped


def _label_cells(tokens: Sequence[Token]) -> None:
    """Labels each cell of our own tables with its column's heading, for narrow screens on which cells are stacked.

    Not done for people's tables: a long heading would be repeated in every row.
    """
    headings, column, is_ours = list[str](), 0, False
    for token, inside in pairwise(tokens):
        if token.type == "table_open":
            headings, is_ours = [], token.level == 0
            token.attrs |= {"class": STACKED} if is_ours else {}
        elif not is_ours:
            continue
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            headings.append("".join(part.content for part in inside.children or () if part.type == "text"))
        elif token.type == "td_open":
            if column < len(headings) and headings[column]:
                token.attrs["data-label"] = strip_bidi(headings[column])
            column += 1


def _flatten(heading: Sequence[Token]) -> None:
    """Turns a heading into a bold paragraph."""
    opening, inline, closing = heading
    for token, kind in ((opening, "paragraph_open"), (closing, "paragraph_close")):
        token.type, token.tag = kind, "p"
    strong = (Token("strong_open", "strong", 1), Token("strong_close", "strong", -1))
    inline.children = [strong[0], *(inline.children or ()), strong[1]]


def _spans(children: Sequence[Token]) -> Iterator[Token]:
    """Keeps line breaks as typed, and adds a link's target after its text: for paper and for careful readers."""
    target, is_bare = "", False
    for token in children:
        if token.type == "softbreak":
            token.type, token.tag = "hardbreak", "br"
        if token.type == "link_open":
            target, is_bare = str(token.attrs["href"]), token.info == "auto"
            token.attrs["rel"] = _REL
        is_end = token.type == "link_close"
        if target or not (is_end or token.type == "link_open"):
            yield token  # `[x]()` is a link to the page itself to the parser, and no link to us
        if is_end and target and not is_bare:
            yield Token("text", "", 0, content=f" ({target})")
