"""A directory with mistakes of form, read as if these were mended: so that all that is wrong is told in one round.

What is told of it is left out where it stands on what was mended: nobody knows what would have stood there.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from adapters.files.yaml_source import FileProblem, strangers, without

M = TypeVar("M", bound=BaseModel)
# What is left out may be needed: then something is put in its place, in the next round.
MAX_ROUNDS = 3
# What stands for a field that is needed and missing, or unreadable; `{n}` keeps two of them apart.
FILLED: Mapping[str, str] = {"name": "Unknown", "email": "unknown{n}@interlock.invalid", "vertical": "unknown"}


def read_as_if_mended(data: Any, model: type[M]) -> M | None:
    """The model without what does not fit; None where too much is missing to say anything of the rest."""
    mended = deepcopy(without(data, tuple(strangers(model, data))))
    for _ in range(MAX_ROUNDS):
        try:
            return model.model_validate(mended)
        except ValidationError as error:
            if not all(_mend(mended, n, detail["loc"], detail["type"]) for n, detail in enumerate(error.errors())):
                return None
    return None


def _mend(data: Any, n: int, place: Sequence[str | int], kind: str) -> bool:
    """Takes out the field of a mistake, or puts something in its place. No row is taken out: others would move up."""
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
    """True for a place that is not within one at which a mistake of form was found, nor around it."""
    return not any(_within(where, problem.path) or _within(problem.path, where) for problem in found)


def _within(place: str, of: str) -> bool:
    return place == of or place.startswith(f"{of}.")
