"""Price, margins, the floor, who decides the deal, and commission: the formulas of the price stage.

Percentages are out of a hundred (8 means 8 %), margins are fractions. Services, price, floor price and gap are rounded
half to even to cents once, here; costs and margins are not. No quotient is multiplied before it is compared.
"""

from decimal import Decimal, localcontext

from domain.playbook.model import (
    CommissionPolicy,
    DecisionRow,
    Kind,
    Playbook,
    PricePolicy,
)
from domain.pricing.three_points import PRECISION, Effort
from domain.shared.values import Value, in_cents

HUNDRED = Decimal(100)


class Terms(Value):
    """What a price is made of. In house it is a transfer at cost, without discount or contingency."""

    discount: Decimal = Decimal()
    contingency: Decimal = Decimal()
    expenses: Decimal = Decimal()


class Quote(Value):
    """A computed price. In house `services`, the margins, floor and gap do not exist."""

    price: Decimal
    services: Decimal | None
    margin_p50: Decimal | None
    margin_p80: Decimal | None
    floor_price: Decimal | None
    gap: Decimal | None


def quote(kind: Kind, effort: Effort, terms: Terms, policy: PricePolicy) -> Quote:
    """The price of an estimated effort under these terms."""
    with localcontext() as context:
        context.prec = PRECISION
        if kind is Kind.IN_HOUSE:
            return Quote(
                price=in_cents(effort.cost_p80) + terms.expenses,
                services=None,
                margin_p50=None,
                margin_p80=None,
                floor_price=None,
                gap=None,
            )
        whole = effort.six_list_total * (HUNDRED + terms.contingency) * (HUNDRED - terms.discount)
        services = in_cents(whole / (6 * HUNDRED * HUNDRED))
        floor_price = in_cents(effort.cost_p80 * HUNDRED / (HUNDRED - policy.floor_margin))
        return Quote(
            price=services + terms.expenses,
            services=services,
            margin_p50=margin(services, effort.cost_p50),
            margin_p80=margin(services, effort.cost_p80),
            floor_price=floor_price,
            gap=max(Decimal(), floor_price - services),
        )


def margin(services: Decimal, cost: Decimal) -> Decimal:
    """Gross margin as a fraction of services. Work given away has no meaningful margin: it counts as -1."""
    with localcontext() as context:
        context.prec = PRECISION
        return (services - cost) / services if services > 0 else Decimal(-1)


def in_percent(fraction: Decimal) -> Decimal:
    """A fraction as a percentage, to compare with thresholds: the point moves, no digit is lost."""
    with localcontext() as context:
        context.prec = PRECISION
        return fraction.scaleb(2)


def under_the_floor(quoted: Quote, terms: Terms) -> dict[str, Decimal]:
    """How far services are under delivery's floor (`gap`), that floor, and the price it gives with expenses.

    In cents; empty if services are not under it.
    """
    if not quoted.gap or quoted.floor_price is None:
        return {}
    found = {"gap": in_cents(quoted.gap), "floor": in_cents(quoted.floor_price)}
    whole = in_cents(quoted.floor_price + terms.expenses)
    return found | ({"floor_price": whole} if terms.expenses else {})


def margins_wanted(policy: PricePolicy) -> dict[str, str]:
    """The target and the floor, as shown beside a price."""
    return {"target margin": f"{policy.target_margin} %", "floor margin": f"{policy.floor_margin} %"}


def decision_row(playbook: Playbook, kind: Kind, price: Decimal) -> DecisionRow:
    """Who decides a deal of this price."""
    rows = playbook.decision[kind]
    return next((row for row in rows if row.below is not None and price < row.below), rows[-1])


def commission(services: Decimal, gross_margin: Decimal, price: PricePolicy, policy: CommissionPolicy) -> Decimal:
    """rate * services * margin * clamp((margin - floor) / (target - floor), 0, 1), in cents."""
    with localcontext() as context:
        context.prec = PRECISION
        floor, target = price.floor_margin / HUNDRED, price.target_margin / HUNDRED
        reach = (gross_margin - floor) / (target - floor) if target > floor else Decimal(gross_margin >= target)
        clamped = max(Decimal(), min(Decimal(1), reach))
        return in_cents(policy.rate * services * gross_margin * clamped / HUNDRED)


def shown(amount: Decimal) -> str:
    """Money as displayed: two decimals, rounded half to even, with thousands separators."""
    return f"{in_cents(amount):,}"
