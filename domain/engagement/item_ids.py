"""The ids of an engagement's items."""

from typing import Annotated

from pydantic import Field

from domain.shared.limits import MAX_ROWS
from domain.shared.values import (
    ItemId,
)

Ids = Annotated[tuple[ItemId, ...], Field(max_length=MAX_ROWS)]
