"""Next steps of which nobody could be told: whoever waits for them is told so, and who can help."""

from application.interlock import Interlock
from application.off_loop import off_loop
from application.step_views import NextStepView
from domain.directory import ADMINISTRATOR
from domain.step_refs import StepRef


async def with_untold(app: Interlock, engagement: str, steps: tuple[NextStepView, ...]) -> tuple[NextStepView, ...]:
    """The steps, those of which no message reached its owner with a sentence that says so."""
    about = {_reference(engagement, step): step for step in steps if step.ask or step.act}
    people = {step.who.id for step in about.values()}
    found = await off_loop(lambda: app.outbox.untold(people, tuple(about))) if about else frozenset()
    if not found:
        return steps
    directory = await off_loop(app.registry.directory)
    keeper = directory.name_of(directory.house_roles[ADMINISTRATOR])
    return tuple(
        step.model_copy(update={"not_told": _said(step, keeper)})
        if (step.who.id, _reference(engagement, step)) in found
        else step
        for step in steps
    )


def _reference(engagement: str, step: NextStepView) -> str:
    """By what messages about it are known."""
    if step.act is not None:
        return str(StepRef(engagement=engagement, kind="act", what=step.act, since=step.since))
    return step.ask or ""


def _said(step: NextStepView, keeper: str) -> str:
    return (
        f"{step.who.name} was not told: no message reached them. Tell them yourself; {keeper}, the administrator, "
        "sees why (interlock outbox list)."
    )
