"""Next steps whose owner could not be told, or cannot act yet: those who wait read so, and who can help."""

from adapters.console_commands import with_commands
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.step_views import NextStepView
from domain.asks.upcoming_signers import said_of_lacking
from domain.directory.directory import ADMINISTRATOR
from domain.next_steps.references import StepRef
from domain.shared.values import EngagementId


async def with_undelivered(
    app: Interlock, engagement_id: EngagementId, steps: tuple[NextStepView, ...]
) -> tuple[NextStepView, ...]:
    """The steps, with a sentence on those of which no message reached the owner."""
    steps = await _with_lacking_tokens(app, steps)
    about = {_reference(engagement_id, step): step for step in steps if step.ask_id or step.act}
    people = {step.who.id for step in about.values()}
    found = await off_loop(lambda: app.outbox.untold(people, tuple(about))) if about else frozenset()
    if not found:
        return steps
    directory = await off_loop(app.registry.directory)
    keeper = directory.name_of(directory.house_roles[ADMINISTRATOR])
    return tuple(
        step.model_copy(update={"not_told": _said(step, keeper)})
        if (step.who.id, _reference(engagement_id, step)) in found
        else step
        for step in steps
    )


async def _with_lacking_tokens(app: Interlock, steps: tuple[NextStepView, ...]) -> tuple[NextStepView, ...]:
    """The steps, with a sentence on those that someone at the client will sign who has no token."""
    sign = tuple(dict.fromkeys(person_id for step in steps for person_id in step.signs))
    lacking = await off_loop(lambda: app.registry.tokens.lacking(sign, app.clock())) if sign else ()
    if not lacking:
        return steps
    directory = await off_loop(app.registry.directory)

    def said(step: NextStepView) -> str | None:
        names = [said_of_lacking(directory.name_of(p), p, directory.keeper) for p in step.signs if p in lacking]
        return with_commands(" ".join(names)) or None

    return tuple(step.model_copy(update={"no_token": said(step)}) for step in steps)


def _reference(engagement_id: EngagementId, step: NextStepView) -> str:
    """The reference in messages about it."""
    if step.act is not None:
        return str(StepRef(engagement_id=engagement_id, kind="act", what=step.act, since=step.since))
    return step.ask_id or ""


def _said(step: NextStepView, keeper: str) -> str:
    return (
        f"{step.who.name} was not told: no message reached them. Tell them yourself; {keeper}, the administrator, "
        "sees why (interlock outbox list)."
    )
