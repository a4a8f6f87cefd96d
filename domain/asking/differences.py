"""What is other between two sets of facts that people were shown: what changed, line by line, and nothing else."""

import re
from collections.abc import Callable, Collection, Iterator

from domain.words import DIGEST_OF, fitting, readable

Say = Callable[[str, str], str]
LISTED = frozenset({"person", "item", "expected"})
"""Facts of a list, as `person 2`: who or what stands at which place says nothing."""
_PARTS = re.compile(r" · |\n\n")
"""Between the parts of a fact, as `domain.engagement.estimates` joins them."""
MOST_DIFFERENCE = 16 * 1024
"""Bytes of all lines that say what is other than when the same was asked before; the facts always show whole."""


def differences(
    before: dict[str, str], after: dict[str, str], say: Say = readable, stands: Collection[str] = ()
) -> tuple[str, ...]:
    """What changed between two sets of shown facts, a line each, in the order shown; of lists after the rest.

    `say`: a fact as people read it, by its name and value. `stands`: names of what is not gone where it is not shown.
    """
    was, listed_before = _apart(before)
    now, listed_after = _apart(after)
    lines = [_changed(say, name, was.get(name), value) for name, value in now.items() if was.get(name) != value]
    lines += [_said(say, name, "gone, was", value) for name, value in was.items() if name not in {*now, *stands}]
    for name in dict.fromkeys((*listed_after, *listed_before)):
        lines += _in_list(say, name, listed_before.get(name, []), listed_after.get(name, []))
    return tuple(_within(lines))


def _apart(facts: dict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Facts known by their names, and the entries of each list."""
    named, lists = dict[str, str](), dict[str, list[str]]()
    for name, value in facts.items():
        of, _, place = name.rpartition(" ")
        if of in LISTED and place.isdigit():
            lists.setdefault(of, []).append(value)
        else:
            named[name] = value
    return named, lists


def _in_list(say: Say, name: str, before: list[str], after: list[str]) -> Iterator[str]:
    """What is other in a list: an entry is known by what it begins with, never by its place."""
    gone, new = _without(before, after), _without(after, before)
    for was in gone:
        same = [now for now in new if _head(now) == _head(was)]
        if len(same) == 1 and [_head(other) for other in gone].count(_head(was)) == 1:
            new.remove(same[0])
            yield _changed(say, name, was, same[0])
        else:
            yield _said(say, name, "gone, was", was)
    yield from (_said(say, name, "new,", now) for now in new)


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


def _changed(say: Say, name: str, before: str | None, after: str) -> str:
    """What binds a text without being one is not shown, only that it is another."""
    if before is None:
        return _said(say, name, "new,", after)
    was, is_now = say(name, before), say(name, after)
    if was == is_now:
        return f"{name.removesuffix(DIGEST_OF)}: changed"
    gone, come = _parts_beside(was, is_now), _parts_beside(is_now, was)
    if gone and come:
        return f"{name}: {gone} → {come}"
    return f"{name}: new, {come}" if come else f"{name}: gone, was {gone}" if gone else f"{name}: {was} → {is_now}"


def _parts_beside(text: str, other: str) -> str:
    """Of a fact in several parts those that the other has not, so that a changed one is found at sight."""
    theirs = set(_PARTS.split(other))
    return " · ".join(part for part in _PARTS.split(text) if part not in theirs)


def _said(say: Say, name: str, what: str, value: str) -> str:
    text = say(name, value)
    return f"{name}: {what} {text}" if text else f"{name.removesuffix(DIGEST_OF)}: {what.partition(',')[0]}"


def _within(lines: list[str]) -> Iterator[str]:
    """As many lines as a card can show, and how many there are beside them."""
    size = 0
    for n, line in enumerate(map(fitting, lines)):
        size += len(line.encode())
        if n and size > MOST_DIFFERENCE:
            yield f"and {len(lines) - n} more"
            return
        yield line
