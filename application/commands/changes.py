"""Commands to a change order that must first be in its engagement's register."""

from application.authentication import Caller
from application.commands.carry_out import carry_out_on_change
from application.commands.early_refusals import try_out_on_change
from application.context import Interlock
from application.idempotency import taken_up
from application.queries.visibility import seen
from domain.asks.model import ShownSubject
from domain.change_order.order import EstimateLines, WithdrawOrder
from domain.engagement.scope.commands import PackageHours
from domain.shared.errors import NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import EngagementId
from workflows.messages import Receipt


async def estimate_change(
    app: Interlock,
    caller: Caller,
    engagement_id: EngagementId,
    n: int,
    estimates: tuple[PackageHours, ...],
    shown: ShownSubject | None = None,
) -> Receipt:
    """An expert's hours for lines of a change order; `shown`: the ask that they saw, if any."""
    await _require_change(app, caller, engagement_id, n)
    return await carry_out_on_change(app, caller, engagement_id, n, EstimateLines(estimates=estimates, shown=shown))


async def withdraw_change(app: Interlock, caller: Caller, engagement_id: EngagementId, n: int, reason: str) -> Receipt:
    """Withdraws a change order."""
    await _require_change(app, caller, engagement_id, n)
    command = WithdrawOrder(reason=reason)
    return await taken_up(
        app, caller, command, Receipt, lambda: carry_out_on_change(app, caller, engagement_id, n, command)
    )


async def try_withdrawal(app: Interlock, caller: Caller, engagement_id: EngagementId, n: int) -> None:
    """Raises what withdrawing a change order would currently be refused with, whatever the reason; changes nothing."""
    await _require_change(app, caller, engagement_id, n)
    await try_out_on_change(app, caller, engagement_id, n, WithdrawOrder(reason="Tried out."))


async def _require_change(app: Interlock, caller: Caller, engagement_id: EngagementId, n: int) -> None:
    """Raises NotFound for a change that is not in the register. One just registered may not be running yet."""
    state = await seen(app, caller.actor, engagement_id)
    if n not in state.changes:
        raise NotFound(
            f"There is no change {n}.",
            remedy="Check the register of changes.",
            action=RemedyAction.LIST_CHANGES,
            field="n",
        )
