"""What is told of hours in delivery that pass what was sold: once, as they first do, of each package and in all.

Whoever manages the engagement and whoever leads delivery hear of it; nothing is asked of them by that.
"""

from collections.abc import Iterator

from domain.engagement.events import HoursReported
from domain.engagement.state import Engagement
from domain.pricing import shown
from domain.record import Aggregate, Recorded

Told = Iterator[tuple[str, str, None, str]]
"""Person, kind of message, nothing that is to be done about it, text."""

TO = ("engagement_manager", "delivery_lead")


def told_of_hours(state: Aggregate, fact: Recorded) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it."""
    event = fact.event
    if not isinstance(event, HoursReported) or not isinstance(state, Engagement):
        return
    over = [f"{item}: {event.hours[item]:f} h, {shown(event.beyond[item])} h were sold" for item in event.passed]
    if event.passed_in_all and event.in_all is not None:
        over.append(f"in all {shown(event.in_all[0])} h of {shown(event.in_all[1])} h that were sold")
    if not over:
        return
    text = f"More hours are worked in {state.id} {state.title} than were sold. {'; '.join(over)}."
    by = state.cast.name(fact.by)
    people = dict.fromkeys(state.cast.holder(role) for role in TO)
    for person in people:
        if person is not None and person != fact.by:
            yield person, "hours", None, f"{text} Recorded by {by}. See interlock delivery hours {state.id}"
