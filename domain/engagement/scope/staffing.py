"""Whether the disciplines can take the work: the resource manager's answer."""

from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.directory.capacity import Reckoning
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import staffing_facts
from domain.engagement.scope.estimates import (
    is_estimated,
)
from domain.engagement.scope.events import (
    StaffingAnswered,
)
from domain.engagement.scope.values import Staffing
from domain.shared.calendar import day_shown
from domain.shared.transaction import Transaction
from domain.shared.values import digest


def ask_for_staffing(transaction: Transaction[Engagement]) -> None:
    """Asks the resource manager whether the requested dates can be staffed, once the hours are known."""
    state = transaction.state
    holder = state.cast.holder("resource_manager")
    if state.baseline_signed or not state.qualified or holder is None or not is_estimated(state):
        return
    facts = staffing_facts(state)
    answered = state.staffing is not None and state.staffing.subject_hash == digest(facts)
    if answered or any(state.open_asks(AskKind.CONFIRM_STAFFING)):
        return
    open_ask(
        transaction,
        AskKind.CONFIRM_STAFFING,
        "staffing",
        title=f"Can {state.title} be staffed from {day_shown(state.wished_start)} to {day_shown(state.wished_end)}?",
        facts=facts,
        roles=["resource_manager"],
        requester=state.sold_last,
    )


def on_staffing_answered(transaction: Transaction[Engagement], ask: Ask, reckoned: Reckoning | None = None) -> None:
    """Records the resource manager's answer and the computed capacity: a no is a risk in the deal pack, never a veto.

    Overbooked weeks are recorded with a yes too: the answer is theirs, the figures are the pipeline's.
    """
    if ask.outcome not in {Outcome.APPROVED, Outcome.RETURNED, Outcome.DECLINED}:
        return
    said = ask.votes[-1].answer
    staffing = Staffing(
        subject_hash=ask.subject_hash,
        confirmed=ask.outcome is Outcome.APPROVED,
        available_from=said.available_from,
        note=said.reason,
        reckoned=reckoned,
        ask_id=ask.id,
    )
    transaction.record(StaffingAnswered(staffing=staffing))
