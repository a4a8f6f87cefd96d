"""What is looked at before: a milestone that may be the wrong one, and what a close leaves as it is."""

from application.interlock import Interlock
from application.reading import require_colleague
from application.sight import seen
from application.view import View
from domain.engagement import commands as c
from domain.engagement.closing import before_close
from domain.engagement.contract import milestone_called
from domain.engagement.milestone_dates import why_early
from domain.engagement.permissions import permit
from domain.turn import Actor


class DeliveryPreview(View):
    """Why a milestone may be the wrong one to deliver now, a sentence each; nothing where nothing speaks for it."""

    milestone: str
    title: str
    warnings: tuple[str, ...]


async def preview_of_delivery(app: Interlock, actor: Actor, engagement: str, milestone: str) -> DeliveryPreview:
    """What whoever delivers it should know before. Raises NotFound, NotYours for a person of the client."""
    state = await seen(app, actor, engagement)
    require_colleague(state, actor)
    found = milestone_called(state, milestone)
    return DeliveryPreview(milestone=found.id, title=found.title, warnings=tuple(why_early(state, found, app.clock())))


class ClosePreview(View):
    """What nobody bills, answers or adds any more once the engagement is closed; nothing where nothing is left."""

    warnings: tuple[str, ...]


async def preview_of_close(app: Interlock, actor: Actor, engagement: str, *, lessons: bool) -> ClosePreview:
    """What whoever closes it should know before; `lessons`: whether they say what was learnt.

    Of one that cannot be closed nothing is said: the close itself is refused. Raises NotYours for who may not close it.
    """
    state = await seen(app, actor, engagement)
    permit(state, c.CloseEngagement(), actor)
    return ClosePreview(warnings=tuple(before_close(state, lessons=lessons)))
