"""The handoff from those who sold to those who deliver."""

from domain.asks.eligibility import waiting_for
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import handoff_facts
from domain.engagement.delivery.commands import OfferHandoff
from domain.engagement.delivery.contacts import owe_contact
from domain.engagement.delivery.events import (
    HandoffAccepted,
    HandoffOffered,
)
from domain.engagement.require_stage import require_stage
from domain.engagement.roles.coverage import missing, require_covered
from domain.engagement.tasks.opening import require_tasks_done
from domain.playbook.model import Method, Stage
from domain.shared.errors import AskedAlready
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId


def offer_handoff(transaction: Transaction[Engagement], command: OfferHandoff) -> None:
    """Offers the engagement to those who will deliver it, once every required role is held."""
    state = transaction.state
    require_offerable(state)
    transaction.record(HandoffOffered(plan=command.plan))
    ask_to_take_over(transaction, transaction.actor.person_id)


def ask_to_take_over(
    transaction: Transaction[Engagement], requester: PersonId, excluded: tuple[PersonId, ...] = ()
) -> None:
    state = transaction.state
    open_ask(
        transaction,
        AskKind.ACCEPT_HANDOFF,
        "handoff",
        title=f"Accept the handoff of {state.title}",
        facts=handoff_facts(state),
        roles=state.playbook.handoff,
        requester=requester,
        excluded=excluded,
        method=Method.EACH,
    )


def require_offerable(state: Engagement) -> None:
    """Raises the refusal that prevents offering the handoff now, if there is one."""
    require_stage(state, Stage.HANDOFF)
    asked = next(iter(state.open_asks(AskKind.ACCEPT_HANDOFF)), None)
    if asked is not None:
        raise AskedAlready(
            "The handoff has been offered, and not everybody has answered yet.",
            waits_for=waiting_for(state, asked),
            remedy="Wait for the answers.",
        )
    require_covered(state, Stage.HANDOFF)
    require_tasks_done(state, Stage.HANDOFF)


def on_handoff_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED and not missing(transaction.state, Stage.HANDOFF):
        transaction.record(HandoffAccepted(at=transaction.now))
        owe_contact(transaction)
