"""Where the margin of a price lies between floor and target, for those who may see figures."""

from decimal import Decimal

from application.context import Interlock
from application.queries.view import FractionFigure, View
from application.queries.visibility import seen
from domain.engagement.permissions import Sight, may_see
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId


class PriceBand(View):
    """Margins as fractions of the price, None before a price is proposed, and where nothing is charged."""

    floor: FractionFigure
    target: FractionFigure
    margin_p50: FractionFigure | None
    margin_p80: FractionFigure | None


async def price_band(app: Interlock, actor: Actor, engagement_id: EngagementId) -> PriceBand | None:
    """None for those who may not see figures."""
    state = await seen(app, actor, engagement_id)
    if not may_see(state, actor, Sight.FIGURES):
        return None
    policy, quote = state.playbook.price, state.price.quote if state.price is not None else None
    return PriceBand(
        floor=policy.floor_margin / Decimal(100),
        target=policy.target_margin / Decimal(100),
        margin_p50=quote.margin_p50 if quote is not None else None,
        margin_p80=quote.margin_p80 if quote is not None else None,
    )
