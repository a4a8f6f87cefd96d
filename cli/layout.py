"""How texts, commands and tables fit a terminal: lines are broken between words, and nothing is cut.

Elsewhere (a file, a pipe) a line stays whole: programs read it by line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

# By heading: what of a row stands there.
Columns = dict[str, Callable[[dict[str, Any]], str]]

# Of prose, each with the spaces before it. The name of a command is one, so that it is found whole.
WORDS = re.compile(r"\s*(?:interlock [a-z-]+(?: [a-z-]+)?|\S+)")
# Of a command as a shell reads it: what stands in quotes is one.
ARGUMENTS = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\S)+")
# By what a shell knows that a command goes on in the next line: so it can be copied as it stands.
GOES_ON = " \\"
# What separates columns.
BETWEEN = "  "
NOTHING = frozenset({"", "–"})
# Columns that the last one has at least; where more stands in it, that stands under its row.
LAST = 16
# Columns that a line has at least: on a narrower terminal whole lines read better than a word in each.
LEAST = 40


def folded(text: str, width: int, hang: int | None = None) -> str:
    """The text in lines of at most so many columns; of what goes on in a further line `hang` columns are left free.

    Without `hang` a line that goes on is set in two more than it began, at least four: none reads like a line of ours.
    A word that is wider has a line of its own.
    """
    return "\n".join(part for line in text.split("\n") for part in _lines(line, max(width, LEAST), hang))


def folded_command(command: str, width: int, indent: int) -> str:
    """A command in lines that a shell takes as one, the further ones set in by two more."""
    room = max(width, LEAST) - len(GOES_ON)
    words = ARGUMENTS.findall(command)
    if indent + cell_len(command) <= max(width, LEAST):
        return " " * indent + command
    return f"{GOES_ON}\n".join(_filled(words, room, " " * indent, " " * (indent + 2), " "))


def _lines(line: str, width: int, hang: int | None) -> Iterator[str]:
    if cell_len(line) <= width:
        yield line
        return
    indent = len(line) - len(line.lstrip(" "))
    set_in = max(4, indent + 2) if hang is None else hang
    yield from _filled(WORDS.findall(line.rstrip()), width, "", " " * set_in, "")


def _filled(words: Iterable[str], width: int, first: str, further: str, between: str) -> Iterator[str]:
    """Lines of words, as many in each as it takes. A word brings its own spaces, or `between` is set before it."""
    line, is_empty = first, True
    for word in words:
        longer = line + ("" if is_empty else between) + word
        if is_empty or cell_len(longer) <= width:
            line, is_empty = longer, False
        else:
            yield line
            line = further + word.lstrip()
    yield line


def table_lines(cells: Mapping[str, Sequence[str]], width: int | None) -> Iterator[str]:
    """The heading, then each row in a line; `cells` are its texts by column.

    With a `width`, what does not fit stands under its row, each on a line of its own that names its column.
    """
    texts = {name: [" ".join(text.split()) for text in column] for name, column in cells.items()}
    widest = {name: max(map(cell_len, (name, *column))) for name, column in texts.items()}
    wide = _beside(widest, width)
    yield _row(dict(zip(wide, wide, strict=True)), wide)
    for row in zip(*texts.values(), strict=True):
        of = dict(zip(texts, row, strict=True))
        yield from [_row(of, wide)] if width is None else folded(_row(of, wide), width, 2).split("\n")
        under = (name for name in of if name not in wide or cell_len(of[name]) > wide[name])
        below = "\n".join(f"    {name}: {of[name]}" for name in under if of[name] not in NOTHING)
        yield from folded(below, width or LEAST, 6).split("\n") if below else ()


def _row(of: Mapping[str, str], wide: Mapping[str, int]) -> str:
    """The texts of a row, each as wide as its column; what is wider is left out, since it stands below."""
    fitting = ((of[name] if cell_len(of[name]) <= room else "", room) for name, room in wide.items())
    return BETWEEN.join(set_cell_size(text, room) for text, room in fitting).rstrip()


def _beside(widest: Mapping[str, int], width: int | None) -> dict[str, int]:
    """How wide the columns are that stand beside each other: the widest go first, but never what names the row.

    The last one takes what room is left, where that is enough for most of what stands in it.
    """
    left = dict(widest)
    if width is None:
        return left
    first, last = next(iter(left)), list(left)[-1]
    while len(left) > 1 and _together(left) > width:
        room = width - _together({name: wide for name, wide in left.items() if name != last}) - len(BETWEEN)
        if last in left and room >= max(LAST, cell_len(last)):
            return {**left, last: room}
        del left[max((name for name in left if name != first), key=lambda name: left[name])]
    return left


def _together(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(BETWEEN) * (len(widths) - 1)
