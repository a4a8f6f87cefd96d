"""What happens if someone leaves, previewed as each engagement would decide it."""

from application.authentication import Caller
from application.context import Interlock
from application.directory_sync.effects_preview import EngagementThen, Tried, effects_of
from application.off_loop import off_loop
from application.queries.view import View
from domain.directory.commands import DeactivatePerson
from domain.shared.errors import SuccessorUnfit
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import cut
from domain.shared.transaction import Actor

MAX_NAMED = 5
LONGEST = 1900


class LeavingReview(View):
    """What someone's leaving would do; `unfit`: roles that the successor may not hold, which would become vacant."""

    person_id: str
    successor: str | None
    engagements: tuple[EngagementThen, ...]
    unfit: tuple[str, ...]


async def review_leaving(app: Interlock, caller: Caller, command: DeactivatePerson) -> LeavingReview:
    """What it would do; nothing is done. Raises what it would be refused with."""
    return await off_loop(lambda: _review(app, caller.actor, command))


async def require_fit(app: Interlock, caller: Caller, command: DeactivatePerson) -> None:
    """Raises SuccessorUnfit if the successor may not hold a role that is left, and says which and why."""
    if command.successor is None:
        return
    found = await review_leaving(app, caller, command)
    if found.unfit:
        more = f" and {len(found.unfit) - MAX_NAMED} more" if len(found.unfit) > MAX_NAMED else ""
        raise SuccessorUnfit(
            cut("; ".join(found.unfit[:MAX_NAMED]), LONGEST) + f"{more}.",
            remedy="Nothing was done. Name another successor or none, or leave these roles vacant (leave_vacant).",
            action=RemedyAction.LEAVE_ROLES_VACANT,
            field="successor",
        )


def _review(app: Interlock, actor: Actor, command: DeactivatePerson) -> LeavingReview:
    after, version = app.people.tried(command, actor)
    tried = Tried(after, version, str(command.reason), {command.person_id})
    found = effects_of(app.read, app.people, tried, actor, app.clock())
    engagements = tuple(engagement for engagement in found if engagement is not None)
    unfit = (
        f"{one.because} ({found.engagement_id})"
        for found in engagements
        for one in found.roles
        if command.successor is not None and one.asked is None and one.because
    )
    successor = after.name_of(command.successor) if command.successor else None
    return LeavingReview(
        person_id=after.name_of(command.person_id), successor=successor, engagements=engagements, unfit=tuple(unfit)
    )
