"""The differences between two sets of rows that people were shown, one line each."""

import re
from collections.abc import Collection, Iterator, Mapping

from domain.asks.facts_shown import Row
from domain.shared.text import fitting

Rows = Mapping[str, Row]
# Separates the parts of a fact, as `domain.asks.facts_shown` joins them.
_PARTS = re.compile(r" · |\n\n")
# Bytes of all lines that describe what changed since the last ask; the facts themselves are always shown in full.
MAX_DIFFERENCE = 16 * 1024


def differences(before: Rows, after: Rows, stands: Collection[str] = ()) -> tuple[str, ...]:
    """The differences between two sets of rows, one line each, in display order; those of lists come last.

    `stands`: labels of things that still exist even where they are not shown, so they are not reported as gone.
    """
    was, listed_before = _apart(before)
    now, listed_after = _apart(after)
    lines = [_changed(name, was.get(name), row) for name, row in now.items() if was.get(name) != row]
    lines += [_said(name, "gone, was", row) for name, row in was.items() if name not in {*now, *stands}]
    for name in dict.fromkeys((*listed_after, *listed_before)):
        lines += _in_list(name, listed_before.get(name, []), listed_after.get(name, []))
    return tuple(_within(lines))


def _apart(rows: Rows) -> tuple[dict[str, Row], dict[str, list[str]]]:
    """Rows by label, and the entries of each list."""
    named, lists = dict[str, Row](), dict[str, list[str]]()
    for label, row in rows.items():
        if row.listed:
            lists.setdefault(row.listed, []).append(row.text)
        else:
            named[label] = row
    return named, lists


def _in_list(name: str, before: list[str], after: list[str]) -> Iterator[str]:
    """Changes in a list. An entry is matched by its first words, never by its position."""
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
    """The multiset difference: entries without those that the others contain, counting repetitions."""
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
    """A bound value that is never shown is reported only as changed."""
    if before is None:
        return _said(name, "new,", after)
    return f"{name}: {_turned(before.text, after.text) if before.text != after.text else 'changed'}"


def _turned(was: str, is_now: str) -> str:
    gone, come = _parts_beside(was, is_now), _parts_beside(is_now, was)
    if gone and come:
        return f"{gone} → {come}"
    return f"new, {come}" if come else f"gone, was {gone}" if gone else f"{was} → {is_now}"


def _parts_beside(text: str, other: str) -> str:
    """The parts of a multi-part fact that the other one lacks, so that a change is easy to spot."""
    theirs = set(_PARTS.split(other))
    return " · ".join(part for part in _PARTS.split(text) if part not in theirs)


def _said(name: str, what: str, row: Row) -> str:
    return f"{name}: {what} {row.text}" if row.text else f"{name}: {what.partition(',')[0]}"


def _within(lines: list[str]) -> Iterator[str]:
    """As many lines as fit on a card, then how many more there are."""
    size = 0
    for n, line in enumerate(map(fitting, lines)):
        size += len(line.encode())
        if n and size > MAX_DIFFERENCE:
            yield f"and {len(lines) - n} more"
            return
        yield line
