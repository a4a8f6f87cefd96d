"""Stored data that is not what was written, as somebody meets it: the operators hear of it at once."""

from typing import Any

import structlog

from adapters.read_model import Page
from application.interlock import STORE_AWAY, Interlock
from application.off_loop import off_loop
from application.sight import incomplete
from domain.notices import damage_notices
from domain.refusals import INCOMPLETE, IntegrityBroken, Refusal

log = structlog.get_logger()


async def lacking(app: Interlock, page: Page[Any], what: str) -> str | None:
    """Why a page may not be all that there is; None where it is. The operators hear which of its rows are damaged.

    `what` its rows are about, for them: an engagement, an ask.
    """
    if not page.damaged:
        return await off_loop(incomplete, app)
    for row in page.damaged:
        await report_damage(app, IntegrityBroken(f"A row of the read model about {what} {row} was edited."))
    return INCOMPLETE


async def report_damage(app: Interlock, refusal: Refusal) -> None:
    """Tells the operators where a refusal is about damaged data; of any other refusal nobody is told."""
    if not isinstance(refusal, IntegrityBroken):
        return
    what, now = str(refusal), app.clock()
    log.error("data.damaged", what=what)
    try:
        await off_loop(lambda: app.operators.tell(damage_notices(what, now), now))
    except STORE_AWAY as away:  # it is met again by whoever asks next, and told then
        log.warning("operators.not_told", why=type(away).__name__)
