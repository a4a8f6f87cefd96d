"""The gates: what must hold before an engagement leaves each stage up to its delivery.

What must hold before it is closed stands in `closing/rules.py` (`require_closable`).
"""

from collections.abc import Callable

from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import is_attested, needs_are_confirmed
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.documents.values import DocumentStatus
from domain.engagement.pricing.values import PriceStatus
from domain.engagement.roles import coverage
from domain.playbook.model import Stage


def first_closed_gate(state: Engagement) -> Stage:
    """The stage of an engagement, derived from its state."""
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
    """True if the needs are confirmed and, the first time, early roles are held; later vacancies stop no work."""
    return needs_are_confirmed(state) and (state.qualified or not coverage.missing(state, Stage.QUALIFY))


def _signed(state: Engagement, kind: str) -> bool:
    document = state.documents.get("brd" if kind == "brd" else "sow")
    return document is not None and document.status is DocumentStatus.SIGNED


def _is_delivered(state: Engagement) -> bool:
    accepted = all(state.milestone_status.get(name) is MilestoneStatus.ACCEPTED for name in state.milestones)
    return accepted and not any(change.status.is_open for change in state.changes.values())
