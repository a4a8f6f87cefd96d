"""The ids of an engagement's items."""

from collections.abc import Collection, Iterator
from itertools import count
from typing import Annotated

from pydantic import Field

from domain.shared.limits import MAX_ROWS
from domain.shared.values import (
    ItemId,
)

Ids = Annotated[tuple[ItemId, ...], Field(max_length=MAX_ROWS)]


def free_ids(prefix: str, taken: Collection[str]) -> Iterator[ItemId]:
    """The identifiers with this prefix that are not taken, in order: `N1`, `N3`, … Each is given once."""
    return (name for n in count(1) if (name := f"{prefix}{n}") not in taken)
