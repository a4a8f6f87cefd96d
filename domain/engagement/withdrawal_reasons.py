"""Whose action left an open ask with nothing to ask, for the people who were asked."""

from domain.asks.events import VoteCast
from domain.asks.model import Ask, listed
from domain.engagement.aggregate import Engagement
from domain.engagement.scope.events import EstimateGiven
from domain.notifications.event_texts import HAPPENED
from domain.shared.text import fitting, sentence
from domain.shared.transaction import CLOCK, Evolves, Transaction

NOTHING_LEFT = "there is nothing left to ask"


def why_it_fell(transaction: Transaction[Engagement], ask: Ask) -> str:
    """What was done in this transaction, and by whom; a client is told nothing of what is internal to the firm."""
    cast, person_id = transaction.state.cast, transaction.actor.person_id
    if (
        person_id == CLOCK
        or person_id not in cast.people
        or any(cast.is_client(voter.person_id) for voter in ask.voters)
    ):
        return NOTHING_LEFT
    said = next((text for event in transaction.events if (text := _said_of(transaction.state, event))), "")
    return fitting(f"{cast.name(person_id)} {said}") if said else NOTHING_LEFT


def _said_of(state: Engagement, event: Evolves[Engagement]) -> str:
    """What an event says about its actor, phrased to follow their name; empty if it says nothing."""
    if isinstance(event, EstimateGiven):
        given = f"gave other hours for {listed([one.package for one in event.estimates])}"
        return f"{given}: {sentence(event.because)}" if event.because else given
    if isinstance(event, VoteCast):
        return f"answered \u201c{state.asks[event.ask_id].title}\u201d"
    text = HAPPENED.get(type(event).__name__, "")
    return f"did this: {text[0].lower()}{text[1:]}" if text else ""
