"""What the person at the client to whom a promise was made is told when it is declined and another acknowledged it.

Weighed: telling them as soon as it is declined. Until the client's sponsor has acknowledged it, a promise may still be
covered, and they would have been told something untrue.
"""

from domain.engagement.aggregate import Engagement
from domain.engagement.needs.events import DeclineAcknowledged
from domain.notifications.notice import Told
from domain.record.facts import Aggregate, Recorded
from domain.shared.calendar import day_shown
from domain.shared.text import sentence

# The kind of these messages.
PROMISE = "promise"


def told_of_promise(state: Aggregate, fact: Recorded) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it."""
    if not (isinstance(state, Engagement) and isinstance(fact.event, DeclineAcknowledged)):
        return
    promise = state.promises[fact.event.promise]
    known = state.cast.people.get(promise.to)
    if known is None or not known.active or promise.to == fact.by:
        return
    so = f"We cannot keep what we promised you on {day_shown(promise.on)} for {state.title}: {sentence(promise.text)}"
    why = sentence(state.fate(promise.id).declined_because or "")
    yield promise.to, PROMISE, None, f"{so} Why: {why} {state.cast.name(fact.by)} has acknowledged it."
