"""Tells the operators at once when someone runs into stored data that is not what was written."""

from application.context import STORE_AWAY, Interlock
from application.off_loop import off_loop
from application.queries.visibility import incomplete
from domain.shared.errors import INCOMPLETE, OPERATORS_AT_WORK, TELL_OPERATORS, IntegrityBroken, NotFound, Refusal


async def lacking(app: Interlock, damaged: tuple[str, ...], what: str) -> str | None:
    """Why a list may not be everything; None if it is. The operators are told which rows are damaged.

    `what` those are about, for the operators: an engagement, an ask.
    """
    if not damaged:
        return await off_loop(incomplete, app)
    await off_loop(lambda: app.operators.hear_of_rows("read model", what, damaged, app.clock()))
    return INCOMPLETE


def concerns_operators(refusal: Refusal) -> bool:
    """True if operators are to be told of a refusal, or the refusal says that they have been."""
    return isinstance(refusal, IntegrityBroken) or refusal.refused.remedy == OPERATORS_AT_WORK


async def report_damage(app: Interlock, refusal: Refusal) -> None:
    """Tells the operators if a refusal is about damaged data; other refusals are not reported.

    What the refusal says about them is then true: that they have a message, or that they must be told.
    """
    remedy = refusal.refused.remedy
    if isinstance(refusal, IntegrityBroken):
        what, now = str(refusal), app.clock()
        is_told = await off_loop(lambda: app.operators.hear_of_damage(what, now))
        if is_told and remedy == TELL_OPERATORS:
            refusal.refused = refusal.refused.replace(remedy=OPERATORS_AT_WORK)
    elif remedy == OPERATORS_AT_WORK and not await off_loop(lambda: _can_be_told(app)):
        refusal.refused = refusal.refused.replace(remedy=TELL_OPERATORS)


def _can_be_told(app: Interlock) -> bool:
    """Whether all processes can read the directory, which names the operators: any of them may have to tell."""
    try:
        app.registry.sound_directory()
    except (IntegrityBroken, NotFound):
        return False
    except STORE_AWAY:  # they are told as soon as it is back, by the process that notes why
        return True
    return True
