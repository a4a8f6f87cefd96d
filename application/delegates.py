"""What is said to whoever names somebody to answer for a person: in which engagements they cannot, and why."""

from adapters.read_model import Filters
from application.interlock import Interlock
from application.off_loop import off_loop
from domain.engagement.delegate_bars import bars_told, delegate_of
from domain.engagement.permissions import Sight, may_see
from domain.engagement.state import Engagement
from domain.people import Introduction, Period
from domain.refusals import IntegrityBroken
from domain.turn import Actor

MOST_LOOKED_AT = 50
"""Engagements in which the person has a part or owes something: looking takes milliseconds for each."""
MOST_TOLD = 10


async def where_they_cannot(app: Interlock, actor: Actor, period: Period) -> tuple[str, ...]:
    """A sentence for each role or ask; of engagements that whoever looks does not see, only that there are some."""
    return await off_loop(lambda: _told(app, actor, period))


def _told(app: Interlock, actor: Actor, period: Period) -> tuple[str, ...]:
    told, unseen = list[str](), 0
    for state in _concerned(app, period):
        said = list(bars_told(state, period))
        if actor.person == period.person or may_see(state, actor, Sight.EXISTENCE):
            told += said
        else:
            unseen += bool(said)
    more = [f"And {len(told) - MOST_TOLD} more."] if len(told) > MOST_TOLD else []
    others = [f"Nor can they for all in {unseen} engagements that you do not see."] if unseen else []
    return (*told[:MOST_TOLD], *more, *others)


def _concerned(app: Interlock, period: Period) -> list[Engagement]:
    """The engagements that run in which the person has a part or owes something, with the delegate known there."""
    to = delegate_of(period)
    known = app.registry.directory().colleague(to) if to is not None else None
    if known is None:
        return []
    mine = app.read.engagements(Filters(mine=period.person), None, MOST_LOOKED_AT, period.person).items
    owed = app.read.steps_of(period.person, MOST_LOOKED_AT).items
    found = []
    for name in dict.fromkeys([*(line.id for line in mine), *(step.engagement for step in owed)]):
        try:
            state = app.read.engagement(name)
        except IntegrityBroken:
            continue  # whoever looks at it is told
        if state is not None and not state.is_over:
            cast = state.cast.knowing(state.cast.unknown_of(Introduction(people=(known,))))
            found.append(state.having(cast=cast))
    return found
