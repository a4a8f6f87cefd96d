"""Where a deal comes from: the record of another system, such as a CRM."""

from typing import Annotated

from pydantic import Field

from domain.shared.text import ShortText
from domain.shared.values import (
    Name,
    Value,
)


class External(Value):
    """What a deal is called in the system that it came from: `crm` and `OPP-4711`."""

    system: Name
    id: Annotated[ShortText, Field(max_length=100)]

    @property
    def key(self) -> str:
        """Both in one: `crm:OPP-4711`."""
        return f"{self.system}:{self.id}"
