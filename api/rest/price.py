"""Prices: proposing and previewing them."""

from fastapi import APIRouter

from api.callers import AppDep, CallerDep, EngagementPath
from api.operations import by, may
from application.commands.carry_out import Receipt
from application.commands.price import Preview, preview_price, propose_these_terms
from domain.engagement.pricing.commands import ProposePrice

router = APIRouter(prefix="/engagements/{engagement}/price", tags=["price"])


@router.post("", openapi_extra=by(ProposePrice))
async def propose_price(app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: ProposePrice) -> Receipt:
    """Prices the attested estimate and asks for the approvals that the price calls for.

    Terms that are left out stay as in the current price, or else as at the start.
    """
    return await propose_these_terms(app, caller, engagement_id, body)


@router.post("/preview", openapi_extra=may("sales", "engagement manager", "finance", "head of sales"))
async def preview_the_price(
    app: AppDep, caller: CallerDep, engagement_id: EngagementPath, body: ProposePrice
) -> Preview:
    """Previews a price without proposing it: margins, the approvals it would need, the seller's commission."""
    return await preview_price(app, caller, engagement_id, body)
