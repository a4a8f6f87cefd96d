"""Whether someone may give a command on an engagement now, and if not why, before they fill in its form."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.visibility import seen
from domain.engagement import decide, timers
from domain.engagement.aggregate import Engagement
from domain.engagement.closing import holds
from domain.engagement.command import Command
from domain.engagement.permissions import may_try
from domain.shared.errors import NotFound, Refusal, Refused, has_ended
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId


async def barred_from(
    app: Interlock, actor: Actor, engagement_id: EngagementId, commands: Iterable[type[Command]]
) -> frozenset[type[Command]]:
    """Those of these commands that someone may not give now, whatever they say and whichever item they are about."""
    state = await seen(app, actor, engagement_id)
    named: dict[str, Any] = {"person": (await off_loop(app.registry.directory)).person(actor.person_id)}

    def barred() -> frozenset[type[Command]]:
        now = app.clock()
        known = timers.advance_to(state, now)
        probes = {command: command.model_construct(**named) for command in commands}
        return frozenset(command for command, probe in probes.items() if _refused(known, probe, actor, now))

    return await off_loop(barred)


async def why_not_permitted(
    app: Interlock, actor: Actor, engagement_id: EngagementId, command: type[Command], about: dict[str, str]
) -> Refused | None:
    """The refusal that a command would get whatever it says; None if it depends on that.

    `about`: the item that it is about, by the name of the command's field. Where it names a person, that is taken to be
    the reader, who may always ask for themselves. Raises NotFound, but not for those who may give it without seeing the
    engagement.
    """
    named: dict[str, Any] = {**about, "person": (await off_loop(app.registry.directory)).person(actor.person_id)}
    probe = command.model_construct(**named)
    state = await _tried_on(app, actor, engagement_id, probe)

    def look() -> Refused | None:
        now = app.clock()
        return _refused(timers.advance_to(state, now), probe, actor, now)

    return await off_loop(look)


def _refused(state: Engagement, probe: Command, actor: Actor, now: datetime) -> Refused | None:
    try:
        if state.is_over:
            raise has_ended(state.stage.value)
        decide.permit_at(state, probe, actor, now)
        if not probe.allowed_on_hold:
            holds.require_running(state, actor.person_id)
    except Refusal as refusal:
        return refusal.refused
    return None


async def _tried_on(app: Interlock, actor: Actor, engagement_id: EngagementId, probe: Command) -> Engagement:
    """The engagement, for those who see it or may try the command without. Raises NotFound."""
    try:
        return await seen(app, actor, engagement_id)
    except NotFound:
        state = await off_loop(lambda: app.read.engagement(engagement_id))
        if state is None or not may_try(state, probe, actor):
            raise
        return state
