"""The document that an ask is about, and what of one changed, by its headings: digests are for programs.

A reviewer or a signer answers for a text. So whatever shows the ask leads to that text, and what is other than when
they last saw it is said by the headings under which it stands.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from domain.asks import Ask, AskKind
from domain.engagement.state import DocumentKind
from domain.values import Value

OF_DOCUMENTS: dict[AskKind, DocumentKind] = {
    AskKind.REVIEW_SOW: "sow",
    AskKind.SIGN_SOW: "sow",
    AskKind.REVIEW_BRD: "brd",
    AskKind.SIGN_BRD: "brd",
}
BYTES = ("source", "rendered")
"""Facts of such an ask that are digests of the text, and say nothing to people."""
BEGINNING = "the beginning"
_REVISION = re.compile(r"revision (\d+)")
_HEADING = re.compile(r"(#{1,3}) (.+)")
_DRAWS = re.compile(r"\\([^\w\s])|\*+")
"""Emphasis, and the sign before a sign that is to be shown as it is."""
_RULES_A_TABLE = re.compile(r"[|\s:-]*-{3}[|\s:-]*")
_OF_BYTES = tuple(f"{name}: " for name in BYTES)
MOST_ROWS_SAID = 12


class DocumentShown(Value):
    """A revision of a document that somebody is asked about."""

    kind: DocumentKind
    revision: int


def document_of(ask: Ask) -> DocumentShown | None:
    """The revision that is reviewed or signed; None for an ask about anything else."""
    kind, number = OF_DOCUMENTS.get(ask.kind), _REVISION.search(ask.facts.get("document", ""))
    return DocumentShown(kind=kind, revision=int(number[1])) if kind and number else None


def without_bytes(ask: Ask) -> dict[str, str]:
    """The facts of an ask that say something to people: of a document's not the digests of its text."""
    return {name: text for name, text in ask.facts.items() if ask.kind not in OF_DOCUMENTS or name not in BYTES}


def said_difference(ask: Ask) -> tuple[str, ...]:
    """What is other than in the ask before, without the lines that say that digests differ."""
    if ask.kind not in OF_DOCUMENTS:
        return ask.difference
    return tuple(line for line in ask.difference if not line.startswith(_OF_BYTES))


def changes_of_text(before: str, after: str) -> tuple[str, ...]:
    """What changed between two revisions' Markdown: a line a heading, with what stood there and what stands now."""
    old, new = _parts(before), _parts(after)
    lines = [f"{name}: new" if name not in old else _changed(name, old[name], text) for name, text in new.items()]
    lines += [f"{name}: gone" for name in old if name not in new]
    said = [line for line in lines if line]
    more = len(said) - MOST_ROWS_SAID
    said = [*said[:MOST_ROWS_SAID], f"and {more} more"] if more > 0 else said
    return tuple(said) or ("the text: nothing but the number of its revision",)


def _changed(name: str, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """What changed under a heading; where that is one line for another, both."""
    if before == after:
        return ""
    steps = [step for step in SequenceMatcher(None, before, after, autojunk=False).get_opcodes() if step[0] != "equal"]
    _, start, end, first, last = steps[0]
    if len(steps) == 1 and (end - start, last - first) == (1, 1):
        return f"{name}: {_plain(before[start])} → {_plain(after[first])}"
    return f"{name}: changed"


def _plain(line: str) -> str:
    """A line of Markdown without what only draws it: a row of a table has a dot between its cells."""
    words = _DRAWS.sub(lambda found: found[1] or "", line).strip().removeprefix("- ")
    return " · ".join(cell.strip() for cell in words.strip("|").split("|")).strip(" ·")


def as_read(source: str) -> tuple[str, ...]:
    """The lines of a document for where no Markdown is drawn."""
    lines = source.splitlines()
    return tuple(_line_read(line) for line in lines if not _RULES_A_TABLE.fullmatch(line))


def _line_read(line: str) -> str:
    heading = _HEADING.fullmatch(line)
    if heading is not None:
        return _plain(heading[2])
    margin = line[: len(line) - len(line.lstrip())]
    return f"{margin}{'• ' if line.lstrip().startswith('- ') else ''}{_plain(line)}"


def _parts(source: str) -> dict[str, tuple[str, ...]]:
    """The lines under each heading, by the heading; one that stands below another is named after it."""
    return {name: tuple(lines) for name, lines in _gathered(source.splitlines()).items()}


def _gathered(lines: Iterable[str]) -> dict[str, list[str]]:
    found, section = {BEGINNING: list[str]()}, ""
    name = BEGINNING
    for line in _without_number(lines):
        heading = _HEADING.fullmatch(line)
        if heading is None or len(heading[1]) == 1:
            found[name] += [line] if line.strip() else []
            continue
        title = _plain(heading[2])
        section = title if len(heading[1]) == 2 else section
        name = title if title == section else f"{section}, {title}"
        found.setdefault(name, [])
    return found


def _without_number(lines: Iterable[str]) -> Iterator[str]:
    """All but the number of the revision, which stands in the line below the title and is always another."""
    for n, line in enumerate(lines):
        yield _REVISION.sub("", line, count=1) if n < 4 else line
