"""The fields of a state one by one, as the read model writes them, and which of them a fact changed."""

import json
from functools import cache
from typing import Any

from pydantic_core import to_json

from domain.record.facts import Aggregate
from domain.shared.text import TextStore


def parts_changed(before: Aggregate | None, after: Aggregate) -> list[str]:
    """The names of the fields that are now written differently; at first, of those that differ from their defaults.

    The written form counts: two equal amounts may have different digits, two equal tables a different order.
    """
    names = _parts(type(after))
    if before is None:
        return [name for name in names if name == "asks" or not _is_untouched(after, name)]
    theirs, ours = fields(before), fields(after)
    return [name for name in names if theirs[name] is not ours[name] and _is_other(name, before, after)]


def _is_other(name: str, before: Aggregate, after: Aggregate) -> bool:
    is_unequal = name != "asks" and getattr(before, name) != getattr(after, name)  # cheaper than writing both
    return is_unequal or part_document(before, name) != part_document(after, name)


def part_document(state: Aggregate, name: str, store: TextStore | None = None) -> str:
    """A field of a state as JSON; for asks only the ids, since each has a row of its own."""
    if name == "asks":
        return json.dumps(list(state.asks), separators=(",", ":"))
    alone = state.model_dump_json(include={name}, context={"vault": store} if store else None)
    if alone == "{}":  # a field that is left out when empty
        return to_json(getattr(state, name)).decode()
    return alone.removeprefix(f'{{"{name}":').removesuffix("}")


@cache
def _parts(kind: type[Aggregate]) -> tuple[str, ...]:
    """The fields that are written. The number of the newest fact is stored beside them."""
    return tuple(name for name in kind.model_fields if name != "seq")


def fields(state: Aggregate) -> dict[str, Any]:
    """All of them as they are, by name."""
    return dict(vars(state))


def _is_untouched(state: Aggregate, name: str) -> bool:
    field = type(state).model_fields[name]
    return not field.is_required() and bool(getattr(state, name) == field.get_default(call_default_factory=True))
