"""Fits texts, commands and tables to a terminal: lines break between words, and nothing is cut.

Elsewhere (a file, a pipe) lines stay whole, because programs read line by line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

# Functions that give a row's text, by column heading.
Columns = dict[str, Callable[[dict[str, Any]], str]]

# Words of prose, each with the spaces before it. A command's name counts as one word, so that it is never split.
WORDS = re.compile(r"\s*(?:interlock [a-z-]+(?: [a-z-]+)?|\S+)")
# Arguments of a command as a shell reads them: quoted text is one.
ARGUMENTS = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\S)+")
# The shell's line continuation, so that a command can be copied as it is.
GOES_ON = " \\"
# Separates columns.
BETWEEN = "  "
NOTHING = frozenset({"", "–"})
# Minimum width of the last column; longer content goes below its row.
LAST = 16
# Minimum width of a line: on a narrower terminal, whole lines read better than one word each.
LEAST = 40


def folded(text: str, width: int, hang: int | None = None) -> str:
    """Wraps text at `width`; continuation lines are indented by `hang`.

    Without `hang`, continuation lines are indented by two more than their first line, and at least four, so that none
    looks like a line of ours. A word that is too wide gets its own line.
    """
    return "\n".join(part for line in text.split("\n") for part in _lines(line, max(width, LEAST), hang))


def folded_command(command: str, width: int, indent: int) -> str:
    """Wraps a command into lines that a shell reads as one, continuation lines indented by two more."""
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
    """Fills lines with words. Each word brings its own spaces, or `between` is put before it."""
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
    """The heading, then one line per row; `cells` has the texts by column.

    With a `width`, what does not fit goes below its row, each on a line that names its column.
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
    """The texts of a row, padded to their columns; what is too wide is left out here, since it goes below."""
    fitting = ((of[name] if cell_len(of[name]) <= room else "", room) for name, room in wide.items())
    return BETWEEN.join(set_cell_size(text, room) for text, room in fitting).rstrip()


def _beside(widest: Mapping[str, int], width: int | None) -> dict[str, int]:
    """The widths of the columns that fit side by side; the widest are dropped first, but never the first column.

    The last column gets the remaining room, if that is enough for most of its content.
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
