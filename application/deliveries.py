"""A milestone before it is delivered: what speaks for it that another is meant."""

from application.interlock import Interlock
from application.reading import require_colleague
from application.sight import seen
from application.view import View
from domain.engagement.delivering import milestone_called
from domain.engagement.milestone_dates import why_early
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
