"""Repeats asks to take over or accept something that a signed change has altered."""

from domain.asks.model import AskKind, Outcome
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.billing import bill_again
from domain.engagement.delivery.handoff import ask_to_take_over
from domain.engagement.delivery.milestones import ask_to_accept
from domain.playbook.model import Stage
from domain.shared.transaction import Transaction


def ask_again(transaction: Transaction[Engagement]) -> None:
    """Opens again the asks to take over or accept something that a signed change has altered since."""
    state = transaction.state
    handoff = state.last_ask(AskKind.ACCEPT_HANDOFF, "handoff")
    if state.stage is Stage.HANDOFF and handoff is not None and handoff.outcome is Outcome.SUPERSEDED:
        ask_to_take_over(transaction, handoff.requester, handoff.excluded)
    for milestone in state.milestones.values():
        asked = state.last_ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone.id}")
        if asked is not None and asked.outcome is Outcome.SUPERSEDED and state.cast.holder("client_sponsor"):
            ask_to_accept(transaction, milestone, asked.facts.get("milestone.note"), asked.requester)
    bill_again(transaction)
