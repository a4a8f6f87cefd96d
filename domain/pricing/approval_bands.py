"""Discount bands: which discount or margin needs whose approval. The rows are `price.bands` of the playbook."""

from decimal import Decimal

from domain.playbook.model import (
    Band,
    Facts,
    Figure,
    PricePolicy,
    role_label,
)
from domain.pricing.formulas import Quote, Terms, in_percent, shown


def band(quoted: Quote, terms: Terms, policy: PricePolicy) -> Band | None:
    """The strictest row of the price table that matches; None for a price that needs no approval."""
    facts = _compared(quoted, terms)
    return next((row for row in policy.bands if any(p.holds(facts) for p in row.any)), None) if facts else None


def _compared(quoted: Quote, terms: Terms) -> Facts:
    """The figures that the price table compares; none in house."""
    if quoted.margin_p80 is None:
        return {}
    return {"discount": terms.discount, "margin_p80": in_percent(quoted.margin_p80)}


NAMED = {"discount": "the discount", "margin_p80": "the margin at P80"}


def why_approved(quoted: Quote, terms: Terms, policy: PricePolicy) -> str | None:
    """Each figure of a price that needs approvals, and whose; None if it needs none.

    The strictest row of each figure counts: `the discount of 18.00 % is over 15 %: engagement manager, head of sales,
    finance; the margin at P80 of 30.82 % is under 35 %: engagement manager`
    """
    facts, named, said = _compared(quoted, terms), set[str](), list[str]()
    for row in policy.bands if facts else ():
        met = [one for one in row.any if isinstance(one, Figure) and one.holds(facts) and one.field not in named]
        named |= {one.field for one in met}
        if met:
            override = f", and {role_label(row.override)} by a signed override" if row.override else ""
            whose = ", ".join(map(role_label, row.approvers))
            said.append(f"{' and '.join(_in_words(one, facts) for one in met)}: {whose}{override}")
    return "; ".join(said) or None


def _in_words(one: Figure, facts: Facts) -> str:
    fact = facts[one.field]
    so = f" of {shown(fact)} %" if isinstance(fact, Decimal) else ""
    return f"{NAMED.get(one.field, one.field)}{so} is {one.comparison.replace('_', ' ')} {one.value} %"
