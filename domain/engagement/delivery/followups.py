"""What is owed at a later time: the second pulse, the next contact."""

from datetime import datetime

from domain.asks.bound_facts import under
from domain.asks.model import AskKind
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.events import (
    FollowupDue,
)
from domain.engagement.delivery.pulses import open_pulse
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId


def next_followup(state: Engagement) -> datetime | None:
    """When the next follow-up is due."""
    return min((followup.at for followup in state.followups), default=None)


def sweep(transaction: Transaction[Engagement]) -> None:
    """Opens the asks of all follow-ups that are due."""
    for followup in sorted(transaction.state.followups, key=lambda f: (f.at, f.subject)):
        if followup.at > transaction.now:
            break
        transaction.record(FollowupDue(asks=followup.kind, subject=followup.subject))
        if followup.kind is AskKind.PULSE:
            at, person_id = followup.subject.split(":")
            open_pulse(transaction, at, PersonId(person_id), again=True)
        elif not any(transaction.state.open_asks(AskKind.CONTACT_CLIENT)):
            sponsor = transaction.state.cast.holder("client_sponsor")
            whom = transaction.state.cast.name(sponsor) if sponsor else transaction.state.client
            facts = under("with", {"person": sponsor} if sponsor else {"client": transaction.state.client})
            open_ask(
                transaction,
                AskKind.CONTACT_CLIENT,
                "contact",
                title=f"Speak with {whom}: the last contact was long ago",
                facts=facts,
                people=[transaction.state.manager],
                as_role="engagement_manager",
                requester=transaction.state.cast.positions["managing_director"],
            )
