"""The stages of an engagement in order, and when it reached each: from the record."""

from datetime import datetime

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of
from application.queries.ledger import facts_of
from application.queries.view import Instant, Reader, View
from application.queries.visibility import seen
from domain.engagement.aggregate import Engagement
from domain.engagement.engagement_events import EngagementEnded, StageEntered
from domain.playbook.model import Stage
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId

OF_STAGES = (StageEntered.__name__, EngagementEnded.__name__)


class StageReached(View):
    """A stage: behind the engagement, where it is now, or still ahead. `reached_at`: when it was last entered."""

    stage: Stage
    is_done: bool
    is_now: bool
    reached_at: Instant | None
    reached_shown: str | None
    """The day in the reader's zone."""


async def stage_line(app: Interlock, actor: Actor, engagement_id: EngagementId) -> tuple[StageReached, ...]:
    """All stages up to the close, and the early end if there was one. Raises NotFound, PermissionDenied."""
    state = await seen(app, actor, engagement_id)
    reader = await reader_of(app, actor, state.cast)
    reached = await off_loop(lambda: _reached(app, state))
    return tuple(_stage(state, reader, stage, reached.get(stage)) for stage in _stages(state))


def _stages(state: Engagement) -> tuple[Stage, ...]:
    regular = tuple(stage for stage in Stage if stage not in {Stage.LOST, Stage.CANCELLED})
    return (*regular[:-1], state.stage) if state.stage in {Stage.LOST, Stage.CANCELLED} else regular


def _reached(app: Interlock, state: Engagement) -> dict[Stage, datetime]:
    found = {Stage.QUALIFY: state.started_at}
    for fact in facts_of(app.read, state.id, OF_STAGES):
        if isinstance(fact.event, StageEntered | EngagementEnded):
            found[fact.event.stage] = fact.at
    return found


def _stage(state: Engagement, reader: Reader, stage: Stage, at: datetime | None) -> StageReached:
    is_now = stage is state.stage
    is_done = not is_now and at is not None and (stage.order < state.stage.order or state.stage.is_end)
    shown = at if is_now or is_done else None
    return StageReached(
        stage=stage,
        is_done=is_done or (stage.order < state.stage.order and not state.stage.is_end),
        is_now=is_now,
        reached_at=shown,
        reached_shown=reader.shown(shown).partition(",")[0] if shown else None,
    )
