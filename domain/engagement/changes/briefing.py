"""What an engagement tells each of its change orders: the change, its route, the people."""

from domain.asks.bound_facts import Values, under
from domain.change_order.order import Brief
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.outlook import outlook, outlook_hash
from domain.engagement.changes.routing import AllTogether, all_together, approvers
from domain.engagement.changes.values import Change, ChangeStatus
from domain.shared.errors import NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting
from domain.shared.values import in_cents


def brief_for(state: Engagement, n: int) -> Brief:
    """The brief of an engagement's n-th change, derived from the current state each time it is sent.

    The change order compares it with the one it has, so sending it twice does nothing. While the engagement is on hold,
    `on_hold` says why and `held_until` until when, and the change order's clocks stop too; once it is over,
    `called_off` says how it ended and the change order withdraws itself. Raises NotFound.
    """
    change = state.changes.get(n)
    if change is None:
        raise NotFound(
            f"There is no change {n}.",
            remedy="Check the register of changes.",
            action=RemedyAction.LIST_CHANGES,
            field="n",
        )
    return Brief(
        engagement_id=state.id,
        n=n,
        revision=change.revision,
        title=state.title,
        client=state.client,
        currency=state.currency,
        kind=state.kind,
        facts=change.facts,
        removed={name: state.packages[name].title for name in change.facts.removes},
        by=change.by,
        submitters=change.submitters,
        route=change.route,
        called_for=_called_for(state, change),
        together=_together(state, change),
        outlook=outlook(state, change.facts, n),
        outlook_hash=outlook_hash(state, change.facts, n),
        signed=sum(other.status is ChangeStatus.APPROVED for other in state.changes.values()),
        total=all_together(state, change.facts, change.n).value,
        sold_by=tuple(sorted(state.sellers)),
        playbook=state.playbook,
        cast=state.cast.replace(begun=()),  # a change order tracks the periods of its people itself
        on_hold=state.hold.reason if state.hold else None,
        held_until=state.hold.until if state.hold else None,
        called_off=_called_off(state),
    )


def _called_for(state: Engagement, change: Change) -> dict[str, str]:
    """Who must approve besides those who always do, and why, without what only people who may see margins know."""
    found: dict[str, str] = {}
    for one in approvers(state, change.facts, change.n):
        if one.role in change.route and one.role not in state.playbook.change.always:
            for n, because in enumerate(one.because, 1):
                found |= under(f"called.{one.role}.{n}", because.values)
    return found


def _together(state: Engagement, change: Change) -> dict[str, str]:
    """The totals of this change and all others that count, as the route counts them."""
    numbers = sorted({m for m, other in state.changes.items() if other.status.counts} | {change.n})
    whole: AllTogether = all_together(state, change.facts, change.n)
    figures: Values = {"value": in_cents(whole.value), "percent": in_cents(whole.percent), "days": whole.days}
    told = {"changes": ",".join(map(str, numbers)), "currency": state.currency}
    return under("together", {**figures, **told})


def _called_off(state: Engagement) -> str | None:
    if not state.is_over:
        return None
    because = f": {state.ended_because}" if state.ended_because else ""
    return fitting(f"the engagement is {state.stage.value}{because}")
