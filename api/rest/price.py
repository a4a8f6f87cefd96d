"""The price: proposed, or only reckoned."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.callers import AppDep, CallerDep, EngagementPath
from api.operations import by, may
from application.commands import Receipt, carry_out
from application.deals import Preview, preview_price
from domain.engagement import commands as c
from domain.values import Amount, Percent, Value
from domain.words import Words

router = APIRouter(prefix="/engagements/{engagement}/price", tags=["price"])


class Terms(Value):
    """Terms of a price; in house it is a transfer at cost, with expenses alone."""

    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=100)] | None = None
    expenses: Annotated[Amount, Field(ge=0)] = Decimal()
    payment: Words | None = None
    internal_transfer: bool = False

    @property
    def command(self) -> c.ProposePrice:
        """The command that these terms are."""
        return c.ProposePrice(**self.model_dump())


@router.post("", openapi_extra=by(c.ProposePrice))
async def propose_price(app: AppDep, caller: CallerDep, engagement: EngagementPath, body: Terms) -> Receipt:
    """Prices the attested estimate and asks for the approvals that the price calls for."""
    return await carry_out(app, caller, engagement, body.command)


@router.post("/preview", openapi_extra=may("sales", "engagement manager", "finance", "head of sales"))
async def preview_the_price(app: AppDep, caller: CallerDep, engagement: EngagementPath, body: Terms) -> Preview:
    """Reckons a price without proposing it: margins, the approvals it would need, the seller's commission."""
    return await preview_price(app, caller, engagement, body.command)
