"""Hours worked on packages and approved changes, against those sold, and what they cost."""

from collections.abc import Mapping
from decimal import Decimal, localcontext

from domain.engagement.aggregate import Engagement
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.delivery.commands import ReportHours
from domain.engagement.delivery.events import HoursReported
from domain.engagement.require_stage import require_stage
from domain.engagement.scope.estimates import chosen_hours
from domain.playbook.model import Stage, role_label
from domain.pricing.formulas import shown
from domain.pricing.three_points import PRECISION
from domain.shared.errors import BadValue, ChangeNotApproved, NotFound, Waiting
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import MAX_MONEY


def report_hours(transaction: Transaction[Engagement], command: ReportHours) -> None:
    """Records the hours worked so far. Hours on a change that is not approved are refused."""
    state = transaction.state
    require_stage(state, Stage.DELIVER, Stage.SUPPORT)
    for row, worked in enumerate(command.hours):
        if worked.item in state.packages:
            continue
        number, field = worked.item[1:], f"hours.{row}.item"
        change = state.changes.get(int(number)) if worked.item[0] == "C" and number.isdecimal() else None
        change = change if change is not None and worked.item == f"C{change.n}" else None
        if change is None:
            raise NotFound(
                f"There is no {worked.item}.",
                remedy="Name a package or an approved change from the list of hours.",
                action=RemedyAction.SHOW_HOURS,
                field=field,
            )
        if change.status is not ChangeStatus.APPROVED:
            raise ChangeNotApproved(
                f"{worked.item} is {change.status.value}: no hours can be recorded on it.",
                waits_for=(Waiting(ask_id=f"change {change.n}", who=", ".join(map(role_label, change.route))),)
                if change.status is ChangeStatus.PENDING
                else (),
                remedy="Have the change approved first, or stop the work."
                if change.status.is_open
                else "Stop the work, or submit another change for it.",
                action=None if change.status.is_open else RemedyAction.SUBMIT_CHANGE,
            )
        if not change.facts.work:
            raise BadValue(f"{worked.item} has no work.", remedy="Revise the change.", field=field)
    _check_cost(state, command)
    hours = {worked.item: worked.hours for worked in command.hours}
    lowered = {item: was for item, was in state.actual_hours.items() if item in hours and hours[item] < was}
    sold = {item: sold_hours(state, item) for item in hours}
    transaction.record(
        HoursReported(
            hours=hours,
            at=transaction.now,
            lowered=lowered,
            beyond={item: sold[item] for item in hours if hours[item] > sold[item]},
            removed={item: n for item, n in state.removed.items() if item in hours},
            in_all=(sum((state.actual_hours | hours).values(), Decimal()), _all_sold(state)),
            passed=tuple(item for item in hours if hours[item] > sold[item] >= state.actual_hours.get(item, Decimal())),
            passed_in_all=_is_passed_in_all(state, hours),
        )
    )


def _is_passed_in_all(state: Engagement, hours: Mapping[str, Decimal]) -> bool:
    """True if these hours make the total exceed the hours sold."""
    before, now = (sum(found.values(), Decimal()) for found in (state.actual_hours, {**state.actual_hours, **hours}))
    return now > _all_sold(state) >= before


def worked_of_sold(state: Engagement) -> tuple[str, ...]:
    """The total hours worked of those sold, then a line for each item above its hours sold.

    Empty while no hours are recorded.
    """
    if not state.actual_hours:
        return ()
    over = [(item, hours, sold_hours(state, item)) for item, hours in state.actual_hours.items()]
    beyond = [f"{item}: {hours:f} h worked, {shown(sold)} h were sold" for item, hours, sold in over if hours > sold]
    worked = shown(sum(state.actual_hours.values(), Decimal()))
    return (f"{worked} h worked of {shown(_all_sold(state))} h that were sold", *beyond)


def sold_hours(state: Engagement, item: str) -> Decimal:
    """The hours sold (P50) of a package, or of a change by its lines."""
    if item in state.packages:
        points = chosen_hours(state, item)
        return points.mean if points is not None else Decimal()
    return sum((line.hours.mean for line in state.changes[int(item.removeprefix("C"))].facts.work), Decimal())


def _all_sold(state: Engagement) -> Decimal:
    """Of all packages not removed by a change, and of all approved changes."""
    approved = (f"C{n}" for n, change in state.changes.items() if change.status is ChangeStatus.APPROVED)
    items = (*(package for package in state.packages if package not in state.removed), *approved)
    return sum((sold_hours(state, item) for item in items), Decimal())


def _check_cost(state: Engagement, command: ReportHours) -> None:
    """Raises BadValue if the cost exceeds the limit of money: closing calculates with it and must not fail."""
    hours = {**state.actual_hours, **{worked.item: worked.hours for worked in command.hours}}
    if actual_cost(state, hours) > MAX_MONEY:
        raise BadValue(
            f"These hours would cost more than {shown(MAX_MONEY)} {state.currency}.",
            remedy="Correct the hours.",
            field="hours.hours",
        )


def actual_cost(state: Engagement, hours: Mapping[str, Decimal]) -> Decimal:
    """The cost of hours worked on packages and changes at their rates, unrounded."""
    with localcontext() as context:
        context.prec = PRECISION
        return sum((worked * _rate(state, item) for item, worked in hours.items()), Decimal())


def _rate(state: Engagement, item: str) -> Decimal:
    """The cost per hour of a package, or of a change: its lines' rates weighted by their mean hours."""
    if item in state.packages:
        return state.rate_card.grades[state.packages[item].grade].cost
    work = state.changes[int(item[1:])].facts.work
    weight = sum((line.hours.six_means for line in work), Decimal())
    costs = [(line.hours.six_means, state.rate_card.grades[line.grade].cost) for line in work]
    if not weight:
        return max((cost for _, cost in costs), default=Decimal())
    return sum((hours * cost for hours, cost in costs), Decimal()) / weight
