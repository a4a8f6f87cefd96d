"""What follows of itself after any fact: what is stale falls, what is needed is asked, the stage is told anew.

Weighed: each handler calling what it affects (forgotten in one place in ten), or a graph of dependences with
dirty marks (a second state beside the state). Here a few rules look at the state as it is and run until none
of them has anything to add. Each is idempotent. What is asked first decides what waits for it: staffing comes before
the deal, which is not put to anybody while its staffing is asked.
"""

from collections.abc import Callable

from domain.asking.ending import end_ask
from domain.asking.reseating import reseat
from domain.asks import AskKind, Outcome
from domain.engagement import closing, coverage, dealing, delivering, documents, scoping, tasks, vacancies
from domain.engagement.causes import why_it_fell
from domain.engagement.confirming import ask_to_confirm_client
from domain.engagement.events import StageEntered
from domain.engagement.qualifying import ask_to_confirm
from domain.engagement.state import DocumentStatus, Engagement, MilestoneStatus, PriceStatus
from domain.engagement.subjects import current_facts, is_attested, needs_are_confirmed, needs_facts
from domain.playbook import Stage
from domain.turn import Turn
from domain.values import digest

MOST_ROUNDS = 30


def settle(turn: Turn[Engagement]) -> None:
    """Runs the rules until nothing follows any more."""
    if turn.state.is_over:
        closing.withdraw_what_is_open(turn)
        return
    for _ in range(MOST_ROUNDS):
        before = len(turn.events)
        for rule in RULES:
            rule(turn)
        if len(turn.events) == before:
            return
    raise AssertionError("the consequences do not come to rest")


def supersede_stale_asks(turn: Turn[Engagement]) -> None:
    """An open ask that would show something else now is void; who answered it hears what changed."""
    for ask in list(turn.state.open_asks()):
        facts = current_facts(turn.state, ask)
        if facts is None:
            end_ask(turn, ask, Outcome.WITHDRAWN, documents.why_withdrawn(turn.state, ask) or why_it_fell(turn, ask))
        elif facts != ask.facts:
            end_ask(turn, ask, Outcome.SUPERSEDED, "what it showed has changed")


def confirm_needs_again(turn: Turn[Engagement]) -> None:
    """Needs that the client was asked about, and that changed since, are asked again."""
    state = turn.state
    last = state.last_ask(AskKind.CONFIRM_NEEDS, "needs")
    if last is None or last.is_open or state.baseline_signed or state.cast.holder("client_sponsor") is None:
        return
    if last.hash != digest(needs_facts(state)):
        ask_to_confirm(turn)


def tell_the_stage(turn: Turn[Engagement]) -> None:
    """The stage is the first gate that is not open: nobody sets it."""
    state = turn.state
    now = first_closed_gate(state)
    if now is not state.stage:
        turn.record(StageEntered(stage=now))


def first_closed_gate(state: Engagement) -> Stage:
    """Which stage an engagement is at by what is so."""
    gates: dict[Stage, Callable[[Engagement], bool]] = {
        Stage.QUALIFY: _is_qualified,
        Stage.ESTIMATE: is_attested,
        Stage.PRICE: lambda s: s.price is not None and s.price.status is PriceStatus.APPROVED,
        Stage.DECIDE: lambda s: s.decision is not None and s.decision.valid,
        Stage.SOW: lambda s: s.baseline_signed,
        Stage.BRD: lambda s: _signed(s, "brd"),
        Stage.HANDOFF: lambda s: s.handoff_accepted,
        Stage.DELIVER: _is_delivered,
    }
    if state.is_over:
        return state.stage
    start = Stage.BRD if state.baseline_signed else Stage.QUALIFY
    closed = (stage for stage, is_open in gates.items() if stage.order >= start.order and not is_open(state))
    return next(closed, Stage.SUPPORT)


def _is_qualified(state: Engagement) -> bool:
    """Needs confirmed as they are. The first time, the early roles too; a later vacancy stops no running work."""
    return needs_are_confirmed(state) and (state.qualified or not coverage.missing(state, Stage.QUALIFY))


def _signed(state: Engagement, kind: str) -> bool:
    document = state.documents.get("brd" if kind == "brd" else "sow")
    return document is not None and document.status is DocumentStatus.SIGNED


def _is_delivered(state: Engagement) -> bool:
    accepted = all(state.milestone_status.get(name) is MilestoneStatus.ACCEPTED for name in state.milestones)
    return accepted and not any(change.status.is_open for change in state.changes.values())


def while_running(rule: Callable[[Turn[Engagement]], None]) -> Callable[[Turn[Engagement]], None]:
    """A rule that rests while the engagement is on hold or over: then nothing new is asked."""

    def running(turn: Turn[Engagement]) -> None:
        if not turn.state.is_over and turn.state.hold is None:
            rule(turn)

    return running


RULES: tuple[Callable[[Turn[Engagement]], None], ...] = (
    closing.withdraw_what_is_open,
    reseat,
    scoping.void_stale_estimates,
    dealing.void_stale_price,
    documents.void_stale_documents,
    supersede_stale_asks,
    scoping.end_given_estimates,
    tell_the_stage,
    vacancies.watch,
    vacancies.refresh_accountable,
    tasks.reassign,
    while_running(confirm_needs_again),
    while_running(ask_to_confirm_client),
    while_running(scoping.ask_for_estimates),
    while_running(scoping.ask_for_staffing),
    while_running(scoping.ask_for_attestation),
    while_running(dealing.ask_for_decision),
    while_running(documents.ask_for_review),
    while_running(documents.ask_for_signature),
    while_running(delivering.ask_again),
    while_running(closing.enter_support),
)
