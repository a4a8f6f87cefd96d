"""The current playbook."""

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from domain.playbook.checks import Finding, findings
from domain.playbook.model import Playbook
from domain.shared.transaction import Actor


async def current_playbook(app: Interlock, actor: Actor) -> Playbook:
    """The current process, for someone in the firm."""
    await require_of_the_firm(app, actor)
    return await off_loop(app.registry.playbook)


async def playbook_findings(app: Interlock, actor: Actor) -> tuple[Finding, ...]:
    """The gaps in the current process, as it is staffed now, for someone in the firm."""
    directory = await require_of_the_firm(app, actor)
    return await off_loop(lambda: findings(app.registry.playbook(), directory))
