"""What is other between two sets of rows that people were shown: what changed, line by line, and nothing else."""

import re
from collections.abc import Collection, Iterator, Mapping

from domain.asks.facts_shown import Row
from domain.shared.text import fitting

Rows = Mapping[str, Row]
# Between the parts of a fact, as `domain.asks.facts_shown` joins them.
_PARTS = re.compile(r" · |\n\n")
# Bytes of all lines that say what is other than when the same was asked before; the facts always show whole.
MAX_DIFFERENCE = 16 * 1024


def differences(before: Rows, after: Rows, stands: Collection[str] = ()) -> tuple[str, ...]:
    """What changed between two sets of rows, a line each, in the order shown; of lists after the rest.

    `stands`: labels of what is not gone where it is not shown.
    """
    was, listed_before = _apart(before)
    now, listed_after = _apart(after)
    lines = [_changed(name, was.get(name), row) for name, row in now.items() if was.get(name) != row]
    lines += [_said(name, "gone, was", row) for name, row in was.items() if name not in {*now, *stands}]
    for name in dict.fromkeys((*listed_after, *listed_before)):
        lines += _in_list(name, listed_before.get(name, []), listed_after.get(name, []))
    return tuple(_within(lines))


def _apart(rows: Rows) -> tuple[dict[str, Row], dict[str, list[str]]]:
    """Rows known by their labels, and the entries of each list."""
    named, lists = dict[str, Row](), dict[str, list[str]]()
    for label, row in rows.items():
        if row.listed:
            lists.setdefault(row.listed, []).append(row.text)
        else:
            named[label] = row
    return named, lists


def _in_list(name: str, before: list[str], after: list[str]) -> Iterator[str]:
    """What is other in a list: an entry is known by what it begins with, never by its place."""
    gone, new = _without(before, after), _without(after, before)
    for was in gone:
        same = [now for now in new if _head(now) == _head(was)]
        if len(same) == 1 and [_head(other) for other in gone].count(_head(was)) == 1:
            new.remove(same[0])
            yield f"{name}: {_turned(was, same[0])}"
        else:
            yield f"{name}: gone, was {was}"
    yield from (f"{name}: new, {now}" for now in new)


def _without(entries: list[str], others: list[str]) -> list[str]:
    """The entries that others do not hold, each as often as they hold it less."""
    rest, left = list(others), list[str]()
    for entry in entries:
        if entry in rest:
            rest.remove(entry)
        else:
            left.append(entry)
    return left


def _head(entry: str) -> str:
    return re.split(r"[,:;(]", entry, maxsplit=1)[0].casefold()


def _changed(name: str, before: Row | None, after: Row) -> str:
    """What is bound without being shown is not told, only that it is other."""
    if before is None:
        return _said(name, "new,", after)
    return f"{name}: {_turned(before.text, after.text) if before.text != after.text else 'changed'}"


def _turned(was: str, is_now: str) -> str:
    gone, come = _parts_beside(was, is_now), _parts_beside(is_now, was)
    if gone and come:
        return f"{gone} → {come}"
    return f"new, {come}" if come else f"gone, was {gone}" if gone else f"{was} → {is_now}"


def _parts_beside(text: str, other: str) -> str:
    """Of a fact in several parts those that the other has not, so that a changed one is found at sight."""
    theirs = set(_PARTS.split(other))
    return " · ".join(part for part in _PARTS.split(text) if part not in theirs)


def _said(name: str, what: str, row: Row) -> str:
    return f"{name}: {what} {row.text}" if row.text else f"{name}: {what.partition(',')[0]}"


def _within(lines: list[str]) -> Iterator[str]:
    """As many lines as a card can show, and how many there are beside them."""
    size = 0
    for n, line in enumerate(map(fitting, lines)):
        size += len(line.encode())
        if n and size > MAX_DIFFERENCE:
            yield f"and {len(lines) - n} more"
            return
        yield line
