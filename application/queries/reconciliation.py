"""The four-way table of an engagement, for those who may see it."""

from application.context import Interlock
from application.queries.access import require_colleague
from application.queries.closing import ReconciliationView, reconciliation_view
from application.queries.visibility import seen
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId


async def shown_reconciliation(app: Interlock, actor: Actor, engagement_id: EngagementId) -> ReconciliationView:
    """Promised = bought = needed = delivered, for colleagues on the engagement."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    return reconciliation_view(state)
