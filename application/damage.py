"""Stored data that is not what was written, as somebody meets it: the operators hear of it at once."""

from application.interlock import Interlock
from application.off_loop import off_loop
from application.sight import incomplete
from domain.refusals import INCOMPLETE, IntegrityBroken, Refusal


async def lacking(app: Interlock, damaged: tuple[str, ...], what: str) -> str | None:
    """Why a list may not be all that there is; None where it is. The operators hear which rows are damaged.

    `what` those are about, for them: an engagement, an ask.
    """
    if not damaged:
        return await off_loop(incomplete, app)
    await off_loop(lambda: app.operators.hear_of_rows("read model", what, damaged, app.clock()))
    return INCOMPLETE


async def report_damage(app: Interlock, refusal: Refusal) -> None:
    """Tells the operators where a refusal is about damaged data; of any other refusal nobody is told."""
    if not isinstance(refusal, IntegrityBroken):
        return
    what, now = str(refusal), app.clock()
    await off_loop(lambda: app.operators.hear_of_damage(what, now))
