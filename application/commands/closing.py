"""Commands that may be an engagement's last."""

from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.context import Interlock
from application.idempotency import taken_up
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, LoseDeal
from domain.shared.values import EngagementId
from workflows.messages import Receipt


async def end_engagement(
    app: Interlock, caller: Caller, engagement_id: EngagementId, command: CancelEngagement | LoseDeal | CloseEngagement
) -> Receipt:
    """Carries out what may be an engagement's last command: no workflow is left then to recognise a repeat."""
    return await taken_up(app, caller, command, Receipt, lambda: carry_out(app, caller, engagement_id, command))
