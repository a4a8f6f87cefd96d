"""What people are told of a hold as it begins, is extended and ends: those whose next steps it stops.

One rule for recipients: everyone in the firm who owes a next step, or may do it, and the manager and seller of the
engagement; not the person who gave the command, who got its answer. People of the client are not told when a hold
begins, which is for the firm to say; those of them who are asked something are told when it ends, in one message: they
may have been turned away.
"""

from collections.abc import Iterator
from functools import partial

from domain.asks.events import ClockStarted, ClockStopped
from domain.asks.holder import AskHolder
from domain.change_order.order import ChangeOrder
from domain.change_order.permissions import ENGAGEMENT
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.events import EngagementHeld, EngagementResumed
from domain.engagement.closing.values import on_hold
from domain.next_steps.model import NextStep, next_steps
from domain.notifications.acts_owed import listed_steps, step_named
from domain.notifications.notice import Told
from domain.record.facts import Aggregate, Recorded
from domain.shared.values import PersonId

# The kind of these messages.
HOLD = "hold"


def told_of_hold(state: Aggregate, fact: Recorded, settled: Aggregate) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it, `settled` after all facts with it.

    The fact says what happened: at `settled` the hold may be over again. `settled` shows whose steps it stops.
    """
    if isinstance(settled, Engagement):
        if isinstance(fact.event, EngagementHeld):
            hold = fact.event.hold
            stays = "stays" if hold.since < fact.at else "is"
            until = f"{settled.id} {settled.title} {stays} on hold, says {settled.cast.name(fact.by)}. "
            until += on_hold(hold.until, hold.reason)
            yield from _told(settled, fact, until, "Paused until then")
        elif isinstance(fact.event, EngagementResumed):
            resumed = f"{settled.id} {settled.title} continues, says {settled.cast.name(fact.by)}."
            yield from _told(settled, fact, resumed, "Yours")
            yield from _told_to_client(settled, fact)
    elif isinstance(state, ChangeOrder) and fact.channel == ENGAGEMENT:
        yield from _told_in_order(state, fact, settled)


def _told_in_order(order: ChangeOrder, fact: Recorded, settled: Aggregate) -> Told:
    """A change order's clocks stop and run with its engagement's: each ask tells those it still waits for."""
    if not isinstance(fact.event, ClockStopped | ClockStarted):
        return
    after = settled.asks.get(fact.event.ask_id)
    if after is None or not after.is_open:
        return
    named = f"Change {order.brief.n} of {order.brief.engagement_id} {order.brief.title}"
    rests = isinstance(fact.event, ClockStopped)
    text = f"{named} is paused. {order.hold_shown} Paused until then" if rests else f"{named} continues. Yours"
    for step in (one for one in next_steps(order, fact.at) if one.ref == after.id):
        if order.cast.is_client(step.who):
            if not rests:
                yield step.who, HOLD, after.id, _you_can(order.brief.title, step_named(order, step, step.who, ""))
            continue
        for person_id in (step.who, *step.others):
            yours = step_named(order, step, person_id, _whose(order, step, person_id))
            yield person_id, HOLD, after.id, f"{text}: {yours}."


def _told(state: Engagement, fact: Recorded, text: str, yours: str) -> Told:
    mine: dict[PersonId, list[NextStep]] = {person_id: [] for person_id in (state.manager, state.seller)}
    for step in _of_the_firm(state, fact):
        known = step if isinstance(fact.event, EngagementResumed) else step._replace(due=None)
        for person_id in (step.who, *step.others):
            mine.setdefault(person_id, []).append(known)
    for person_id, steps in mine.items():
        if person_id != fact.by:
            listed = listed_steps(state, steps, person_id, partial(_whose, state, person_id=person_id))
            yield person_id, HOLD, None, f"{text} {yours}: {listed}." if steps else text


def _told_to_client(state: Engagement, fact: Recorded) -> Told:
    """People of the client who are asked something read once that they can answer now; the reason stays internal."""
    asked: dict[PersonId, list[NextStep]] = {}
    for step in next_steps(state, fact.at):
        if step.kind == "ask" and state.cast.is_client(step.who):
            asked.setdefault(step.who, []).append(step)
    for person_id, steps in asked.items():
        listed = listed_steps(state, steps, person_id, partial(_whose, state, person_id=person_id))
        yield person_id, HOLD, steps[0].ask_id, _you_can(state.title, listed)


def _you_can(title: str, what: str) -> str:
    return f"{title} continues. You can answer now: {what}."


def _of_the_firm(state: AskHolder, fact: Recorded) -> Iterator[NextStep]:
    return (step for step in next_steps(state, fact.at) if not state.cast.is_client(step.who))


def _whose(state: AskHolder, step: NextStep, person_id: PersonId) -> str:
    return "" if step.who == person_id else f", for {state.cast.name(step.who)}"
