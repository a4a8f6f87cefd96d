"""Messages when an engagement makes money due, and when it is over.

Commission is told to those who may see it: its earner, and finance, who pays. A client's sponsor is told that an
engagement is closed; about one that is lost or cancelled, people speak with them.
"""

from domain.directory.directory import FINANCE
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.contract import money_of
from domain.engagement.engagement_events import EngagementEnded
from domain.engagement.permissions import Sight, may_see
from domain.engagement.pricing.events import CommissionFellDue
from domain.notifications.notice import Told
from domain.playbook.model import Stage
from domain.record.facts import Aggregate, Recorded
from domain.shared.transaction import Actor


def told_of_end(state: Aggregate, fact: Recorded) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it."""
    if not isinstance(state, Engagement):
        return
    if isinstance(fact.event, EngagementEnded):
        yield from _over(state, fact.event)
    if isinstance(fact.event, CommissionFellDue):
        yield from _commission(state, fact.event)


def _over(state: Engagement, event: EngagementEnded) -> Told:
    for person_id in dict.fromkeys(h for h in state.cast.holders.values() if not state.cast.is_client(h)):
        yield person_id, "end", None, f"{state.id} {state.title} is {event.stage.value}."
    sponsor = state.cast.holder("client_sponsor")
    if event.stage is Stage.CLOSED and sponsor is not None:
        yield (
            sponsor,
            "end",
            None,
            f"{state.title} is closed: everything is accepted, and nothing more is asked of you.",
        )


def _commission(state: Engagement, event: CommissionFellDue) -> Told:
    """A negative part takes back what fell due at the signature."""
    what, amount = "is now due to", event.amount
    if amount < 0:
        what, amount = "must be reclaimed from", -amount
    text = (
        f"Commission: {money_of(state, amount)} {what} {state.cast.name(event.seller)} with {state.id} {state.title}, "
        f"of {money_of(state, event.of)}."
    )
    for person_id in dict.fromkeys((event.seller, state.cast.holder(FINANCE))):
        if person_id is not None and may_see(state, Actor(person_id=person_id), Sight.COMMISSION):
            yield person_id, "commission", None, text
