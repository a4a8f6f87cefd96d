"""Where a deal comes from: a record in another system, such as a CRM."""

from typing import Annotated

from pydantic import Field

from domain.shared.text import ShortText
from domain.shared.values import (
    Name,
    Value,
)


class External(Value):
    """The identity of a deal in its source system: `crm` and `OPP-4711`."""

    system: Name
    id: Annotated[ShortText, Field(max_length=100)]

    @property
    def key(self) -> str:
        """Both in one: `crm:OPP-4711`."""
        return f"{self.system}:{self.id}"
