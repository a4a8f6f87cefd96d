"""Moving an engagement to the current rate card or playbook."""

from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.context import Interlock
from application.off_loop import off_loop
from domain.engagement.playbook.commands import TakePlaybook
from domain.engagement.scope.commands import TakeRateCard
from domain.shared.values import EngagementId
from workflows.messages import Receipt


async def take_rate_card(app: Interlock, caller: Caller, engagement_id: EngagementId) -> Receipt:
    """Takes the directory's current rate card."""
    directory = await off_loop(app.registry.directory)
    return await carry_out(
        app, caller, engagement_id, TakeRateCard(rate_card=directory.rate_card), said="the rate card"
    )


async def take_playbook(app: Interlock, caller: Caller, engagement_id: EngagementId) -> Receipt:
    """Moves the engagement to the current playbook."""
    playbook = await off_loop(app.registry.playbook)
    return await carry_out(app, caller, engagement_id, TakePlaybook(playbook=playbook), said="the playbook")
