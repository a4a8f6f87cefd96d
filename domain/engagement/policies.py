"""What follows automatically from any event: stale results are voided, what is needed is asked, the stage is derived.

Weighed: handlers that call what they affect (forgotten in one place in ten), and a dependency graph with dirty flags (a
second state beside the state). Instead, a few rules look at the current state and run until none of them has anything
to add. Each is idempotent. Order matters: what is asked first holds up the rest, so staffing comes before the deal,
which is not put to anybody while its staffing is being asked.
"""

from collections.abc import Callable

from domain.asks.ending import end_ask
from domain.asks.model import AskKind, Outcome
from domain.asks.reassignment import reassign_asks
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import current_facts, needs_hash
from domain.engagement.closing import rules as closing_rules
from domain.engagement.delivery import repeated_asks
from domain.engagement.documents import rules as documents_rules
from domain.engagement.engagement_events import StageEntered
from domain.engagement.gates import first_closed_gate
from domain.engagement.needs.client_confirmation import ask_to_confirm_client
from domain.engagement.needs.rules import ask_to_confirm
from domain.engagement.pricing import deal_decision
from domain.engagement.pricing import rules as pricing_rules
from domain.engagement.roles import vacancies
from domain.engagement.scope import attestation, estimating, staffing
from domain.engagement.tasks import rules as tasks_rules
from domain.engagement.withdrawal_reasons import why_it_fell
from domain.shared.transaction import Transaction

MAX_ROUNDS = 30


def apply_policies(transaction: Transaction[Engagement]) -> None:
    """Runs the policies until nothing more follows."""
    if transaction.state.is_over:
        closing_rules.withdraw_what_is_open(transaction)
        return
    for _ in range(MAX_ROUNDS):
        before = len(transaction.events)
        for rule in POLICIES:
            rule(transaction)
        if len(transaction.events) == before:
            return
    raise AssertionError("the consequences do not come to rest")


def supersede_stale_asks(transaction: Transaction[Engagement]) -> None:
    """Ends open asks that would show something else now; people who answered are told what changed."""
    for ask in list(transaction.state.open_asks()):
        facts = current_facts(transaction.state, ask)
        if facts is None:
            end_ask(
                transaction,
                ask,
                Outcome.WITHDRAWN,
                documents_rules.why_withdrawn(transaction.state, ask) or why_it_fell(transaction, ask),
            )
        elif facts != ask.facts:
            end_ask(transaction, ask, Outcome.SUPERSEDED, "what it showed has changed")


def confirm_needs_again(transaction: Transaction[Engagement]) -> None:
    """Asks the client again about needs that changed since they were asked."""
    state = transaction.state
    last = state.last_ask(AskKind.CONFIRM_NEEDS, "needs")
    if last is None or last.is_open or state.baseline_signed or state.cast.holder("client_sponsor") is None:
        return
    if last.subject_hash != needs_hash(state):
        ask_to_confirm(transaction)


def tell_the_stage(transaction: Transaction[Engagement]) -> None:
    """Records the stage, which is derived as the first closed gate; nobody sets it."""
    state = transaction.state
    now = first_closed_gate(state)
    if now is not state.stage:
        transaction.record(StageEntered(stage=now))


def while_running(rule: Callable[[Transaction[Engagement]], None]) -> Callable[[Transaction[Engagement]], None]:
    """A policy that does nothing while the engagement is on hold or over, so that nothing new is asked."""

    def running(transaction: Transaction[Engagement]) -> None:
        if not transaction.state.is_over and transaction.state.hold is None:
            rule(transaction)

    return running


POLICIES: tuple[Callable[[Transaction[Engagement]], None], ...] = (
    closing_rules.withdraw_what_is_open,
    reassign_asks,
    estimating.void_stale_estimates,
    pricing_rules.void_stale_price,
    documents_rules.void_stale_documents,
    supersede_stale_asks,
    estimating.end_given_estimates,
    tell_the_stage,
    vacancies.watch,
    vacancies.refresh_accountable,
    tasks_rules.reassign,
    while_running(confirm_needs_again),
    while_running(ask_to_confirm_client),
    while_running(estimating.ask_for_estimates),
    while_running(staffing.ask_for_staffing),
    while_running(attestation.ask_for_attestation),
    while_running(deal_decision.ask_for_decision),
    while_running(documents_rules.ask_for_review),
    while_running(documents_rules.ask_for_signature),
    while_running(repeated_asks.ask_again),
    while_running(closing_rules.enter_support),
)
