"""Price, margins, the floor, who must approve, and commission: the formulas of the price stage.

Percentages are of a hundred (8 means 8 %), margins are fractions, money is unrounded Decimal.
"""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from domain.estimating import PRECISION, Effort
from domain.playbook import Band, CommissionPolicy, DecisionRow, Facts, Kind, Playbook, PricePolicy
from domain.values import Value

HUNDRED = Decimal(100)


class Terms(Value):
    """What a price is made of. In house there is a transfer at cost, and no discount or contingency."""

    discount: Decimal = Decimal()
    contingency: Decimal = Decimal()
    expenses: Decimal = Decimal()


class Quote(Value):
    """A reckoned price. In house `services`, the margins, floor and gap do not exist."""

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
                price=effort.cost_p80 + terms.expenses,
                services=None,
                margin_p50=None,
                margin_p80=None,
                floor_price=None,
                gap=None,
            )
        services = effort.list_total * (1 + terms.contingency / HUNDRED) * (1 - terms.discount / HUNDRED)
        floor_price = effort.cost_p80 / (1 - policy.floor_margin / HUNDRED)
        return Quote(
            price=services + terms.expenses,
            services=services,
            margin_p50=margin(services, effort.cost_p50),
            margin_p80=margin(services, effort.cost_p80),
            floor_price=floor_price,
            gap=max(Decimal(), floor_price - services),
        )


def margin(services: Decimal, cost: Decimal) -> Decimal:
    """Gross margin as a fraction of services. Work given away has no margin to speak of: it counts as -1."""
    return (services - cost) / services if services > 0 else Decimal(-1)


def band(quoted: Quote, terms: Terms, policy: PricePolicy) -> Band | None:
    """The strictest row of the price table that matches; none for a price that needs nothing more."""
    if quoted.margin_p80 is None:
        return None
    facts: Facts = {"discount": terms.discount, "margin_p80": quoted.margin_p80 * HUNDRED}
    return next((row for row in policy.bands if any(p.holds(facts) for p in row.any)), None)


def decision_row(playbook: Playbook, kind: Kind, price: Decimal) -> DecisionRow:
    """Who decides a deal of this price."""
    rows = playbook.decision[kind]
    return next((row for row in rows if row.below is not None and price < row.below), rows[-1])


def commission(services: Decimal, gross_margin: Decimal, price: PricePolicy, policy: CommissionPolicy) -> Decimal:
    """rate * services * margin * clamp((margin - floor) / (target - floor), 0, 1)."""
    floor, target = price.floor_margin / HUNDRED, price.target_margin / HUNDRED
    with localcontext() as context:
        context.prec = PRECISION
        reach = (gross_margin - floor) / (target - floor) if target > floor else Decimal(gross_margin >= target)
        clamped = max(Decimal(), min(Decimal(1), reach))
        return policy.rate / HUNDRED * services * gross_margin * clamped


def shown(amount: Decimal) -> str:
    """Money as it is shown: two places, rounded half to even, thousands apart."""
    return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):,}"
