"""Reads a directory with mistakes of form as if they were corrected, so that all faults are reported in one round.

Faults that depend on what was corrected are not reported: nobody knows what the correct value would have been.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from adapters.files.yaml_source import FileProblem, strangers, without

M = TypeVar("M", bound=BaseModel)
# What is removed may be required; the next round then fills it in.
MAX_ROUNDS = 3
# Placeholders for required fields that are missing or unreadable; `{n}` keeps two of them apart.
FILLED: Mapping[str, str] = {"name": "Unknown", "email": "unknown{n}@interlock.invalid", "vertical": "unknown"}


def read_as_if_mended(data: Any, model: type[M]) -> M | None:
    """Returns the model without what does not fit, or None if too much is missing to judge the rest."""
    mended = deepcopy(without(data, tuple(strangers(model, data))))
    for _ in range(MAX_ROUNDS):
        try:
            return model.model_validate(mended)
        except ValidationError as error:
            if not all(_mend(mended, n, detail["loc"], detail["type"]) for n, detail in enumerate(error.errors())):
                return None
    return None


def _mend(data: Any, n: int, place: Sequence[str | int], kind: str) -> bool:
    """Removes the field at fault, or fills it in. Never removes a row, as that would shift the rows after it."""
    path = list(place)
    while path and isinstance(path[-1], int):
        path.pop()
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    if not path or not isinstance(data, dict):
        return False
    if kind == "missing":
        if path[-1] not in FILLED:
            return False
        data[path[-1]] = FILLED[str(path[-1])].format(n=n)
    else:
        data.pop(path[-1], None)
    return True


def elsewhere(where: str, found: Collection[FileProblem]) -> bool:
    """True if `where` neither lies within nor contains a place with a mistake of form."""
    return not any(_within(where, problem.path) or _within(problem.path, where) for problem in found)


def _within(place: str, of: str) -> bool:
    return place == of or place.startswith(f"{of}.")
