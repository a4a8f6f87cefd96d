"""Contacts with the client, which the engagement manager owes and records."""

from domain.asks.ending import end_ask
from domain.asks.model import Ask, AskKind, Outcome
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.commands import RecordContact
from domain.engagement.delivery.events import (
    ContactRecorded,
    FollowupSet,
)
from domain.engagement.delivery.values import Contact, Followup
from domain.shared.errors import BadValue
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId


def on_contact_answered(transaction: Transaction[Engagement], _ask: Ask) -> None:
    """Whatever the answer about this contact, the next one is owed as usual."""
    owe_contact(transaction)


def owe_contact(transaction: Transaction[Engagement]) -> None:
    """Sets the next contact that the engagement manager owes the client's sponsor."""
    calendar = transaction.state.cast.calendar_of(transaction.state.manager)
    moment = calendar.days_after(transaction.now, transaction.state.playbook.pulse.contact_every_days)
    transaction.record(FollowupSet(followup=Followup(kind=AskKind.CONTACT_CLIENT, subject="contact", at=moment)))


def record_contact(transaction: Transaction[Engagement], command: RecordContact) -> None:
    """Records a contact with the client; one with the sponsor, after the handoff, fulfils the one that is owed."""
    state = transaction.state
    if not state.cast.is_client(command.person_id):
        raise BadValue(
            "A contact must be with the client.",
            remedy="Name a person at the client.",
            action=RemedyAction.LIST_PEOPLE,
            field="person_id",
        )
    contact = Contact(
        by=transaction.actor.person_id, person_id=command.person_id, summary=command.summary, at=transaction.now
    )
    transaction.record(ContactRecorded(contact=contact))
    if command.person_id == state.cast.holder("client_sponsor") and state.handoff_accepted:
        _fulfil_contact(transaction)


def _fulfil_contact(transaction: Transaction[Engagement]) -> None:
    """Ends the contact that was owed, and sets the next."""
    for ask in list(transaction.state.open_asks(AskKind.CONTACT_CLIENT)):
        end_ask(transaction, ask, Outcome.APPROVED)
    owe_contact(transaction)


def require_of_client(state: Engagement, person_id: PersonId, so: str) -> None:
    """Raises BadValue for somebody who is not, or no longer, one of the client's people."""
    known = state.cast.people.get(person_id)
    if known is None or known.client is None or not known.active:
        raise BadValue(so, remedy="Name a person at the client.", action=RemedyAction.LIST_PEOPLE, field="person_id")
