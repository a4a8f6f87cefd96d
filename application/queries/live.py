"""Whether something that a page shows has changed: a token that is the same for as long as nothing has."""

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.visibility import seen
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, digest


async def require_live(app: Interlock, actor: Actor, engagement_id: EngagementId | None) -> None:
    """Raises NotFound for an engagement that the reader may not see."""
    if engagement_id is not None:
        await seen(app, actor, engagement_id)


async def live_token(app: Interlock, actor: Actor, engagement_id: EngagementId | None) -> str:
    """What changes when the reader's own steps do or, if one is given, the engagement. One indexed look-up."""
    token = await off_loop(
        lambda: (
            app.read.steps_token(actor.person_id) if engagement_id is None else app.read.engagement_token(engagement_id)
        )
    )
    return digest(token)[:16]
