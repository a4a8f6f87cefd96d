"""Recording promises, with whoever made them."""

from application.authentication import Caller
from application.commands.early_refusals import try_out
from application.commands.people_introduced import Brought, introduction, with_people
from application.context import Interlock
from application.off_loop import off_loop
from domain.engagement.needs.commands import RecordPromises
from domain.engagement.needs.values import Promise
from domain.shared.values import EngagementId
from workflows.messages import Receipt


async def record_promises(
    app: Interlock, caller: Caller, engagement_id: EngagementId, promises: tuple[Promise, ...], *, said: object = None
) -> Receipt:
    """Records what was promised, by any colleague."""
    command, brought = await _promised(app, engagement_id, promises)
    said = said if said is not None else command.model_dump(mode="json", exclude={"introduces"})
    return await with_people(app, caller, engagement_id, command, brought.directory, said)


async def try_promises(
    app: Interlock, caller: Caller, engagement_id: EngagementId, promises: tuple[Promise, ...]
) -> None:
    """Raises what promises would currently be refused with; changes nothing."""
    command, _ = await _promised(app, engagement_id, promises)
    await try_out(app, caller, engagement_id, command)


async def _promised(
    app: Interlock, engagement_id: EngagementId, promises: tuple[Promise, ...]
) -> tuple[RecordPromises, Brought]:
    state = await off_loop(lambda: app.read.engagement(engagement_id))
    brought = await introduction(app, state.cast if state else None, [promise.by for promise in promises])
    return RecordPromises(promises=promises, introduces=brought.introduces), brought
