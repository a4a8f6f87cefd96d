"""For people who see figures, beside a change to be approved or signed: the margin after it.

It is beside the ask, not part of it: all approvers are shown the same facts, and not all of them see figures.
"""

from domain.asks.model import Ask, AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.routing import all_together
from domain.engagement.permissions import Sight, may_see
from domain.pricing.formulas import in_percent, margins_wanted, shown
from domain.shared.transaction import Actor

JUDGED = frozenset({AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE})


def margin_beside(state: Engagement, n: int | None, ask: Ask, actor: Actor) -> dict[str, str]:
    """The margin after the n-th change and all before it, and the target; empty for any other ask."""
    change = state.changes.get(n) if n is not None else None
    if change is None or ask.kind not in JUDGED or not ask.is_open or not may_see(state, actor, Sight.FIGURES):
        return {}
    after = all_together(state, change.facts, change.n).margin_p80
    if after is None:
        return {}
    return {"margin after it": f"{shown(in_percent(after))} % at P80", **margins_wanted(state.playbook.price)}
