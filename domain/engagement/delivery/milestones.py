"""Milestones: delivered, taken back, accepted or returned by the client."""

from domain.asks.ending import end_ask
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import milestone_facts
from domain.engagement.changes.contract import milestone_called
from domain.engagement.delivery.billing import ask_to_bill
from domain.engagement.delivery.commands import DeliverMilestone, TakeMilestoneBack
from domain.engagement.delivery.events import (
    MilestoneStatusChanged,
    MilestoneTakenBack,
)
from domain.engagement.delivery.pulses import ask_pulses
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.require_stage import require_stage
from domain.engagement.roles.coverage import require_party
from domain.engagement.scope.values import Milestone
from domain.playbook.model import Stage
from domain.shared.errors import AlreadyDecided, DoneAlready
from domain.shared.limits import MAX_RETURN_EXCERPT
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting, shortened
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId

# The label under which the client reads, when asked again, why they returned it.
RETURNED_FOR = "returned before, because"


def deliver_milestone(transaction: Transaction[Engagement], command: DeliverMilestone) -> None:
    """Records that a milestone is reached; the client's sponsor accepts or returns it."""
    state = transaction.state
    require_stage(state, Stage.DELIVER)
    milestone = milestone_called(state, command.milestone)
    if state.status_of(milestone.id) is MilestoneStatus.DELIVERED:
        raise DoneAlready(
            f"{milestone.id} has already been delivered.",
            remedy="Wait for the client to answer. If it was delivered by mistake, take it back.",
            action=RemedyAction.TAKE_BACK_MILESTONE,
        )
    if state.status_of(milestone.id) is MilestoneStatus.ACCEPTED:
        raise DoneAlready(f"The client has accepted {milestone.id}.", remedy="There is nothing to do.")
    require_party(state, "client_sponsor")
    transaction.record(
        MilestoneStatusChanged(milestone=milestone.id, status=MilestoneStatus.DELIVERED, note=command.note)
    )
    ask_to_accept(transaction, milestone, command.note, transaction.actor.person_id)


def take_milestone_back(transaction: Transaction[Engagement], command: TakeMilestoneBack) -> None:
    """Undoes a delivery recorded by mistake: the client's ask ends, and the milestone must still be delivered.

    Only until the client has answered: an acceptance stands, and after a return it must be delivered again anyway.
    """
    state = transaction.state
    require_stage(state, Stage.DELIVER)
    milestone = milestone_called(state, command.milestone)
    if state.status_of(milestone.id) is MilestoneStatus.PLANNED:
        raise DoneAlready(f"{milestone.id} has not been delivered.", remedy="There is nothing to do.")
    if state.status_of(milestone.id) is MilestoneStatus.ACCEPTED:
        raise AlreadyDecided(
            f"The client has accepted {milestone.id}.", remedy="It can now only be changed by a change order."
        )
    transaction.record(MilestoneTakenBack(milestone=milestone.id, reason=command.reason))
    for ask in list(state.open_asks(AskKind.ACCEPT_MILESTONE, subject=f"milestone:{milestone.id}")):
        end_ask(transaction, ask, Outcome.WITHDRAWN, fitting(f"delivered by mistake: {command.reason}"))


def ask_to_accept(
    transaction: Transaction[Engagement], milestone: Milestone, note: str | None, requester: PersonId
) -> None:
    before = transaction.state.last_ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone.id}")
    open_ask(
        transaction,
        AskKind.ACCEPT_MILESTONE,
        f"milestone:{milestone.id}",
        title=f"Do you accept {milestone.id}, {milestone.title}?",
        facts=milestone_facts(milestone, note),
        beside=_kept_by(transaction.state, milestone) | (_returned_before(before) if before is not None else {}),
        roles=["client_sponsor"],
        requester=requester,
    )


def _returned_before(before: Ask) -> dict[str, str]:
    """Why the client returned it, even if a later ask in between came to nothing."""
    if before.outcome is Outcome.RETURNED:
        return {RETURNED_FOR: shortened(before.why_ended or "", MAX_RETURN_EXCERPT)}
    return {name: text for name, text in before.beside.items() if name == RETURNED_FOR}


def _kept_by(state: Engagement, milestone: Milestone) -> dict[str, str]:
    """What the client judges a milestone by, besides its title: the promises that it covers, as in the SOW."""
    return {f"promise {name}": state.promises[name].text for name in milestone.promises if name in state.promises}


def on_milestone_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    """If accepted, finance is asked to bill and the client for a pulse. Otherwise it must be delivered again."""
    name = ask.subject.removeprefix("milestone:")
    if ask.outcome is not Outcome.APPROVED:
        transaction.record(MilestoneStatusChanged(milestone=name, status=MilestoneStatus.PLANNED, note=ask.why_ended))
        return
    transaction.record(MilestoneStatusChanged(milestone=name, status=MilestoneStatus.ACCEPTED))
    ask_to_bill(transaction, name, transaction.state.manager)
    ask_pulses(transaction, name)
