"""What someone who names a delegate is told: in which engagements the delegate cannot answer, and why."""

from collections.abc import Iterator

import structlog

from adapters.db.read_model_rows import MAX_PAGE_SIZE, Filters
from application.context import STORE_AWAY, Interlock
from application.off_loop import off_loop
from domain.directory.people import Absence, Introduction, Period
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import Sight, may_see
from domain.engagement.roles.delegate_eligibility import bars_told, delegate_of, gaps_told
from domain.playbook.model import Stage
from domain.shared.errors import IntegrityBroken, Refusal
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId

log = structlog.get_logger()

# Engagements in which the person has a part or owes something: checking each takes milliseconds.
MAX_READ = 50
MAX_TOLD = 10
OLDER = "Older engagements were not checked."
NOT_LOOKED = "Where they cannot answer could not be checked now; see the coverage of each engagement."


async def where_they_cannot(app: Interlock, actor: Actor, period: Period, most: int = MAX_READ) -> tuple[str, ...]:
    """A sentence for each role or ask; for engagements that the reader may not see, only that there are some.

    For running engagements beyond the `most` newest, and damaged ones, it says how many were not checked. It returns
    whatever errors it meets: the absence or delegation is already recorded.
    """
    if delegate_of(period) is None and not isinstance(period, Absence):
        return ()
    try:
        return await off_loop(lambda: _told(app, actor, period, most))
    except (Refusal, *STORE_AWAY) as lacking:
        log.warning("delegates.not_looked_at", because=str(lacking))
        return (NOT_LOOKED,)


def _told(app: Interlock, actor: Actor, period: Period, most: int) -> tuple[str, ...]:
    told, unseen = list[str](), 0
    names, has_older = _concerned(app, period.person)
    states = list(_with_delegate(app, period, names[:most]))
    for state in states:
        said = [*bars_told(state, period), *gaps_told(state, period)]
        if actor.person_id == period.person or may_see(state, actor, Sight.EXISTENCE):
            told += said
        else:
            unseen += bool(said)
    more = [f"And {len(told) - MAX_TOLD} more."] if len(told) > MAX_TOLD else []
    others = [f"The same is true in {unseen} engagements that you cannot see."] if unseen else []
    skipped = len(names) - len(states)
    left = [f"{skipped} more {'was' if skipped == 1 else 'were'} not checked."] if skipped else []
    left += [OLDER] if has_older else []
    return (*told[:MAX_TOLD], *more, *others, *left)


def _concerned(app: Interlock, person_id: PersonId) -> tuple[list[EngagementId], bool]:
    """The running engagements in which someone has a part, then those in which they owe something or may do it.

    From the newest page of each; True if there are older ones.
    """
    pages = [
        app.read.engagements(filters, None, MAX_PAGE_SIZE, person_id)
        for filters in (Filters(mine=person_id), Filters(waits_for=person_id))
    ]
    running = (line.id for page in pages for line in page.items if not Stage(line.stage).is_end)
    damaged = (EngagementId(name) for page in pages for name in page.damaged)
    return list(dict.fromkeys((*running, *damaged))), any(page.after for page in pages)


def _with_delegate(app: Interlock, period: Period, names: list[EngagementId]) -> Iterator[Engagement]:
    """These engagements with the delegate known there; without damaged ones: those who open them are told."""
    to = delegate_of(period)
    known = app.registry.directory().colleague(to) if to is not None else None
    for name in names:
        try:
            state = app.read.engagement(name)
        except IntegrityBroken:
            continue
        if state is not None:
            unknown = state.cast.unknown_of(Introduction(people=(known,) if known is not None else ()))
            yield state.replace(cast=state.cast.knowing(unknown))
