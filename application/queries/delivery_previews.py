"""Previews of delivery: a milestone that may be the wrong one, and what a close leaves unfinished."""

from adapters.console_commands import with_commands
from application.context import Interlock
from application.queries.access import require_colleague
from application.queries.view import View
from application.queries.visibility import seen
from domain.engagement.changes.contract import milestone_called
from domain.engagement.closing.commands import CloseEngagement
from domain.engagement.closing.rules import before_close
from domain.engagement.permissions import permit
from domain.engagement.scope.milestone_dates import why_early
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId


class DeliveryPreview(View):
    """Why a milestone may be the wrong one to deliver now, one sentence each; empty if nothing suggests it."""

    milestone: str
    title: str
    warnings: tuple[str, ...]


async def preview_of_delivery(
    app: Interlock, actor: Actor, engagement_id: EngagementId, milestone: str
) -> DeliveryPreview:
    """What the person who delivers it should know before. Raises NotFound, PermissionDenied for a client's person."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    found = milestone_called(state, milestone)
    return DeliveryPreview(milestone=found.id, title=found.title, warnings=tuple(why_early(state, found, app.clock())))


class ClosePreview(View):
    """What no one can bill, answer or add once the engagement is closed; empty if nothing is left."""

    warnings: tuple[str, ...]


async def preview_of_close(app: Interlock, actor: Actor, engagement_id: EngagementId, *, lessons: bool) -> ClosePreview:
    """What the person who closes it should know before; `lessons`: whether they give lessons learnt.

    For one that cannot be closed there are none: the close itself is refused. Raises PermissionDenied.
    """
    state = await seen(app, actor, engagement_id)
    permit(state, CloseEngagement(), actor)
    return ClosePreview(warnings=tuple(map(with_commands, before_close(state, lessons=lessons))))
