"""The document that an ask is about, and which of its sections changed: digests are for programs.

Reviewers and signers answer for a text. So everything that shows the ask links to that text, and what changed since
they last saw it is listed by heading.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from domain.asks.model import Ask, AskKind
from domain.engagement.documents.values import DocumentKind
from domain.shared.values import Value

OF_DOCUMENTS: dict[AskKind, DocumentKind] = {
    AskKind.REVIEW_SOW: "sow",
    AskKind.SIGN_SOW: "sow",
    AskKind.REVIEW_BRD: "brd",
    AskKind.SIGN_BRD: "brd",
}
BEGINNING = "the beginning"
_REVISION = re.compile(r"revision (\d+)")
_HEADING = re.compile(r"(#{1,3}) (.+)")
# Markdown emphasis, and the backslash before an escaped character.
_DRAWS = re.compile(r"\\([^\w\s])|\*+")
_RULES_A_TABLE = re.compile(r"[|\s:-]*-{3}[|\s:-]*")
MAX_ROWS_SAID = 12


class DocumentShown(Value):
    """A revision of a document that somebody is asked about."""

    kind: DocumentKind
    revision: int


def document_of(ask: Ask) -> DocumentShown | None:
    """The revision under review or signature; None for an ask about anything else."""
    kind, number = OF_DOCUMENTS.get(ask.kind), ask.facts.get("document.revision")
    return DocumentShown(kind=kind, revision=int(number)) if kind and number else None


def changes_of_text(before: str, after: str) -> tuple[str, ...]:
    """The changes between two revisions' Markdown, by heading, each row as it was and as it is."""
    old, new = _parts(before), _parts(after)
    said = [line for name, text in new.items() for line in _said(name, old.get(name), text)]
    said += [f"{name}: gone" for name in old if name not in new]
    more = len(said) - MAX_ROWS_SAID
    said = [*said[:MAX_ROWS_SAID], f"and {more} more"] if more > 0 else said
    return tuple(said) or ("the text: only the revision number",)


def _said(name: str, before: tuple[str, ...] | None, after: tuple[str, ...]) -> Iterator[str]:
    """The changes under one heading: each row before and after; only that it changed where rows cannot be matched."""
    if before is None:
        yield f"{name}: new"
        return
    yield from (f"{name}: {row}" for row in dict.fromkeys(_rows_changed(before, after)))


def _rows_changed(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    for step, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if step != "equal":
            yield from _of_rows(_read(before[start:end]), _read(after[first:last]))


def _read(lines: Iterable[str]) -> list[str]:
    return [_plain(line) for line in lines if not _RULES_A_TABLE.fullmatch(line)]


def _of_rows(old: list[str], new: list[str]) -> Iterator[str]:
    """Matches replaced rows with new ones: by name where one is shared, else in order if their numbers agree."""
    named = {_name(row): row for row in old}
    if len(named) == len(old) and named.keys() & {_name(row) for row in new}:
        pairs = [(named.pop(_name(row), None), row) for row in new]
        yield from (f"{was} → {row}" if was else f"new: {row}" for was, row in pairs)
        yield from (f"gone: {row}" for row in named.values())
    elif len(old) == len(new):
        yield from (f"{was} → {row}" for was, row in zip(old, new, strict=True))
    elif old and new:
        yield "changed"
    else:
        yield from (*(f"new: {row}" for row in new), *(f"gone: {row}" for row in old))


def _name(row: str) -> str:
    """The first word of a row, which is its id where it has one."""
    return row.partition(" ")[0]


def _plain(line: str) -> str:
    """A line of Markdown without formatting; table cells are separated by dots."""
    words = _DRAWS.sub(lambda found: found[1] or "", line).strip().removeprefix("- ")
    return " · ".join(cell.strip() for cell in words.strip("|").split("|")).strip(" ·")


def as_read(source: str) -> tuple[str, ...]:
    """The lines of a document for channels that do not render Markdown."""
    lines = source.splitlines()
    return tuple(_line_read(line) for line in lines if not _RULES_A_TABLE.fullmatch(line))


def _line_read(line: str) -> str:
    heading = _HEADING.fullmatch(line)
    if heading is not None:
        return _plain(heading[2])
    margin = line[: len(line) - len(line.lstrip())]
    return f"{margin}{'• ' if line.lstrip().startswith('- ') else ''}{_plain(line)}"


def _parts(source: str) -> dict[str, tuple[str, ...]]:
    """The lines under each heading; a nested heading is prefixed with its parent's name."""
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
    """All lines but the revision number below the title, which always differs."""
    for n, line in enumerate(lines):
        yield _REVISION.sub("", line, count=1) if n < 4 else line
