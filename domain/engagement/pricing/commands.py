"""Commands about the price."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.engagement.command import Command
from domain.shared.limits import (
    MAX_CONTINGENCY,
)
from domain.shared.text import LongText
from domain.shared.values import (
    Money,
    Percent,
    Truth,
)


class ProposePrice(Command):
    """The terms of a price; in house it is a transfer at cost, with only expenses."""

    kind: Literal["ProposePrice"] = "ProposePrice"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "propose a price"
    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=MAX_CONTINGENCY)] | None = None
    expenses: Annotated[Money, Field(ge=0)] = Decimal()
    payment: LongText | None = None
    internal_transfer: Truth = False
