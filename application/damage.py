"""Stored data that is not what was written, as somebody meets it: the operators hear of it at once."""

from typing import Any

import structlog

from adapters.read_model import Page
from application.interlock import STORE_AWAY, Interlock
from application.off_loop import off_loop
from application.sight import incomplete
from domain.notices import damage_notices
from domain.refusals import INCOMPLETE, OPERATORS_AT_WORK, TELL_OPERATORS, IntegrityBroken, NotFound, Refusal

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
    """Tells the operators where a refusal is about damaged data; of any other refusal nobody is told.

    What the refusal says of them is true afterwards: that they have a message, or that they must be told.
    """
    remedy = refusal.refused.remedy
    if isinstance(refusal, IntegrityBroken):
        is_told = await _tell_of(app, str(refusal))
        if is_told and remedy == TELL_OPERATORS:
            refusal.refused = refusal.refused.having(remedy=OPERATORS_AT_WORK)
    elif remedy == OPERATORS_AT_WORK and not await off_loop(lambda: _can_be_told(app)):
        refusal.refused = refusal.refused.having(remedy=TELL_OPERATORS)


async def _tell_of(app: Interlock, what: str) -> bool:
    now = app.clock()
    log.error("data.damaged", what=what)
    try:
        return await off_loop(lambda: app.operators.tell(damage_notices(what, now), now))
    except STORE_AWAY as away:  # it is met again by whoever asks next, and told then
        log.warning("operators.not_told", why=type(away).__name__)
    except IntegrityBroken as broken:  # the outbox is damaged as well
        log.warning("operators.not_told", why=str(broken))
    return False


def _can_be_told(app: Interlock) -> bool:
    """Whether the directory, which says who operates, can be read by all processes: any of them may have to tell."""
    try:
        app.registry.sound_directory()
    except (IntegrityBroken, NotFound):
        return False
    except STORE_AWAY:  # it is told as soon as it is back, by whoever notes why
        return True
    return True
