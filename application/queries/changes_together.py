"""What all change orders add up to, beside the shares of the contract over which more people approve."""

from decimal import Decimal

from application.context import Interlock
from application.queries.view import MoneyFigure, View
from application.queries.visibility import seen
from domain.engagement.changes.contract import first_price
from domain.engagement.changes.routing import limits_of_all_together, together_so_far
from domain.engagement.permissions import Sight, may_see
from domain.pricing.formulas import HUNDRED
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, RoleName


class ChangeShare(View):
    """A change's gross value, in percent of the price first signed."""

    n: int
    percent: MoneyFigure


class ShareLimit(View):
    """Over this percentage of the price first signed, this role approves each further change."""

    percent: MoneyFigure
    role: RoleName


class ChangesTogether(View):
    """All changes that are neither rejected nor withdrawn. `value` and `days` are gross, prices net."""

    value: MoneyFigure
    percent: MoneyFigure
    days: int
    price_first: MoneyFigure
    price_now: MoneyFigure
    shares: tuple[ChangeShare, ...]
    limits: tuple[ShareLimit, ...]


async def changes_together(app: Interlock, actor: Actor, engagement_id: EngagementId) -> ChangesTogether | None:
    """None if no change counts, if nothing was priced, and for those who may not see prices."""
    state = await seen(app, actor, engagement_id)
    first = first_price(state)
    counting = [change for change in state.changes.values() if change.status.counts]
    if not (first and counting and may_see(state, actor, Sight.PRICE)):
        return None
    whole = together_so_far(state)
    return ChangesTogether(
        value=whole.value,
        percent=whole.percent,
        days=whole.days,
        price_first=first,
        price_now=first + state.net_of_changes,
        shares=tuple(ChangeShare(n=one.n, percent=Decimal(one.facts.value) * HUNDRED / first) for one in counting),
        limits=tuple(ShareLimit(percent=at, role=role) for at, role in limits_of_all_together(state.playbook.change)),
    )
