"""What the disciplines can still take on for a deal, by the pipeline on record and the current directory and playbook.

All three are current, not the ones that the deal pinned: free hours exist only once, for all deals.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from adapters.db.read_model_rows import (
    CapacityDemand,
)
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_colleague
from application.queries.capacity import CapacityView, DisciplineView, WeekView, reckoning_view
from application.queries.visibility import seen
from application.reconciliation.damage import report_damage
from domain.asks.model import Ask, AskKind
from domain.directory.capacity import Load, Reckoning, hours_shown, reckon, weighted
from domain.engagement.aggregate import Engagement
from domain.engagement.scope.demand import hours
from domain.playbook.model import Playbook, Stage
from domain.shared.errors import (
    IntegrityBroken,
    NotFound,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId


class Picture(NamedTuple):
    """A deal's requested hours beside everything else at a moment, and the result."""

    state: Engagement
    own: Load
    others: Load
    free: dict[str, Decimal]
    playbook: Playbook
    reckoning: Reckoning


async def picture_of(app: Interlock, engagement_id: EngagementId) -> Picture | None:
    """The current picture; None for an engagement that the read model does not know yet."""
    return await off_loop(lambda: _picture(app, engagement_id))


def _picture(app: Interlock, engagement_id: EngagementId) -> Picture | None:
    today = app.clock().date()
    demand = app.read.capacity_demand(engagement_id, today)
    if demand is None:
        return None
    free, playbook = app.registry.directory().capacity, app.registry.playbook()
    own, others = hours(demand.own), _weighted(demand, playbook)
    found = reckon(own, others, free, demand.state.wished_start, today)
    return Picture(demand.state, own, others, free, playbook, found)


def _weighted(demand: CapacityDemand, playbook: Playbook) -> Load:
    return weighted(demand.others, lambda stage: playbook.likelihood(Stage(stage)))


async def reckoned_for(app: Interlock, ask: Ask | None, engagement_id: EngagementId) -> Reckoning | None:
    """What goes with the answer to an ask about staffing; None for any other, and if its engagement was edited."""
    if ask is None or ask.kind is not AskKind.CONFIRM_STAFFING:
        return None
    try:
        picture = await picture_of(app, engagement_id)
    except IntegrityBroken as broken:  # the ask itself can be read, and so can everything shown beside it
        await report_damage(app, broken)
        return None
    return picture.reckoning if picture else None


def capacity_view(picture: Picture) -> CapacityView:
    """The picture by discipline and week."""
    state, playbook = picture.state, picture.playbook
    return CapacityView(
        **reckoning_view(picture.reckoning).model_dump(),
        engagement_id=state.id,
        wished_start=state.wished_start,
        wished_end=state.wished_end,
        playbook=f"{playbook.name} {playbook.version}",
        disciplines=tuple(_discipline(picture, name) for name in sorted({name for name, _ in picture.own})),
    )


def _discipline(picture: Picture, discipline: str) -> DisciplineView:
    own = sorted((week, needed) for (name, week), needed in picture.own.items() if name == discipline)
    return DisciplineView(
        discipline=discipline,
        needed=sum((needed for _, needed in own), Decimal()),
        free=picture.free.get(discipline),
        weeks=tuple(_week(picture, discipline, week, needed) for week, needed in own),
    )


def _week(picture: Picture, discipline: str, week: date, needed: Decimal) -> WeekView:
    others, free = picture.others.get((discipline, week), Decimal()), picture.free.get(discipline)
    beyond = free is not None and needed + others > free
    return WeekView(week=week, needed=needed, others=hours_shown(others), overbooked=beyond)


async def shown_capacity(app: Interlock, actor: Actor, engagement_id: EngagementId) -> CapacityView:
    """Whether the requested dates can be staffed, for a colleague who may see the engagement: hours, no costs."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    picture = await picture_of(app, engagement_id)
    if picture is None:
        raise NotFound(
            f"There is no engagement {engagement_id}.",
            remedy="Check the list of engagements.",
            action=RemedyAction.LIST_DEALS,
        )
    return capacity_view(picture)
