"""What an engagement tells each of its change orders: the change as it stands, its route, who is who now."""

from domain.change_order.order import Brief
from domain.engagement.change_facts import in_days
from domain.engagement.change_routing import AllTogether, all_together, approvers
from domain.engagement.outlook import outlook
from domain.engagement.state import Change, ChangeStatus, Engagement
from domain.playbook import role_label
from domain.pricing import shown
from domain.refusals import NotFound
from domain.words import fitting


def brief_for(state: Engagement, n: int) -> Brief:
    """The brief of an engagement's n-th change, made anew from the state each time that it is to be told.

    The change order compares it with the one it has, so telling it twice does nothing. While the engagement is
    on hold, `on_hold` says why and `held_until` until when, and the change order's clocks stand too; once it is over,
    `called_off` says how it ended and the change order withdraws itself. Raises NotFound.
    """
    change = state.changes.get(n)
    if change is None:
        raise NotFound(f"There is no change {n}.", remedy="See the register of changes.", field="n")
    return Brief(
        engagement=state.id,
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
        signed=sum(other.status is ChangeStatus.APPROVED for other in state.changes.values()),
        total=all_together(state, change.facts, change.n).value,
        sold_by=tuple(sorted(state.sellers)),
        playbook=state.playbook,
        cast=state.cast.having(begun=()),  # what a change order notices of its people is its own
        on_hold=state.hold.reason if state.hold else None,
        held_until=state.hold.until if state.hold else None,
        called_off=_called_off(state),
    )


def _called_for(state: Engagement, change: Change) -> str | None:
    """`finance, since all changes together pass 5 % of the contract; quality, since the reason is regulatory`."""
    asked = (one for one in approvers(state, change.facts, change.n) if one.role in change.route)
    beside = (one for one in asked if one.role not in state.playbook.change.always)
    told = "; ".join(f"{role_label(one.role)}, since {one.reasons}" for one in beside)
    return fitting(told) if told else None


def _together(state: Engagement, change: Change) -> str:
    """`C1..C3 together 42,800.00 EUR (7.75 % of the contract), 23 days`: absolute values, as the route counts them."""
    numbers = sorted({m for m, other in state.changes.items() if other.status.counts} | {change.n})
    whole: AllTogether = all_together(state, change.facts, change.n)
    return (
        f"{_named(numbers)} {shown(whole.value)} {state.currency} "
        f"({shown(whole.percent)} % of the contract), {in_days(whole.days)}"
    )


def _named(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"C{numbers[0]} alone"
    without_gap = numbers[-1] - numbers[0] == len(numbers) - 1
    names = f"C{numbers[0]}..C{numbers[-1]}" if without_gap else ", ".join(f"C{n}" for n in numbers)
    return f"{names} together"


def _called_off(state: Engagement) -> str | None:
    if not state.is_over:
        return None
    because = f": {state.ended_because}" if state.ended_because else ""
    return fitting(f"the engagement is {state.stage.value}{because}")
