"""Engagements as the read model holds them."""

from adapters.db.read_model import ReadModel
from application.queries.visibility import not_there
from domain.engagement.aggregate import Engagement
from domain.shared.values import EngagementId


def stored_engagement(read: ReadModel, engagement_id: EngagementId) -> Engagement:
    state = read.engagement(engagement_id)
    if state is None:
        raise not_there()
    return state
