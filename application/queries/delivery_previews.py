"""What is looked at before: a milestone that may be the wrong one, and what a close leaves as it is."""

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
    """Why a milestone may be the wrong one to deliver now, a sentence each; nothing where nothing speaks for it."""

    milestone: str
    title: str
    warnings: tuple[str, ...]


async def preview_of_delivery(
    app: Interlock, actor: Actor, engagement_id: EngagementId, milestone: str
) -> DeliveryPreview:
    """What whoever delivers it should know before. Raises NotFound, PermissionDenied for a person of the client."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    found = milestone_called(state, milestone)
    return DeliveryPreview(milestone=found.id, title=found.title, warnings=tuple(why_early(state, found, app.clock())))


class ClosePreview(View):
    """What nobody bills, answers or adds any more once the engagement is closed; nothing where nothing is left."""

    warnings: tuple[str, ...]


async def preview_of_close(app: Interlock, actor: Actor, engagement_id: EngagementId, *, lessons: bool) -> ClosePreview:
    """What whoever closes it should know before; `lessons`: whether they say what was learnt.

    Of one that cannot be closed nothing is said: the close itself is refused. Raises PermissionDenied.
    """
    state = await seen(app, actor, engagement_id)
    permit(state, CloseEngagement(), actor)
    return ClosePreview(warnings=tuple(before_close(state, lessons=lessons)))
