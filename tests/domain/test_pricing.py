"""Which approvals a price calls for, at and beside every boundary, and what commission it makes."""

from decimal import Decimal

import pytest

from domain.asks.bound_facts import under
from domain.asks.facts_shown import text_shown
from domain.playbook.model import Kind
from domain.pricing.approval_bands import band, why_approved
from domain.pricing.formulas import Terms, commission, decision_row, margins_wanted, quote, under_the_floor
from domain.pricing.three_points import Effort
from tests.domain.story import PLAYBOOK

POLICY = PLAYBOOK.price
OVERRIDE = ("engagement_manager", "head_of_sales", "finance", "provider_sponsor")
THREE, ONE, NONE = OVERRIDE[:3], OVERRIDE[:1], ()


def effort(*, cost_p80: str = "0", list_total: str = "1000") -> Effort:
    cost, listed = Decimal(cost_p80), 6 * Decimal(list_total)
    return Effort(hours_p50=Decimal(1), hours_p80=Decimal(1), cost_p50=cost, cost_p80=cost, six_list_total=listed)


def approvers(discount: str, cost_p80: str) -> tuple[str, ...]:
    """Who must approve 1,000 of services before the discount, at this cost."""
    terms = Terms(discount=Decimal(discount))
    row = band(quote(Kind.CONTRACTED, effort(cost_p80=cost_p80), terms, POLICY), terms, POLICY)
    return () if row is None else (*row.approvers, *((row.override,) if row.override else ()))


BANDS = [
    ("0", "100", NONE),
    ("5", "100", NONE),
    ("5.0001", "100", ONE),
    ("15", "100", ONE),
    ("15.0001", "100", THREE),
    ("25", "100", THREE),
    ("25.0001", "100", OVERRIDE),
    ("0", "650", NONE),  # the margin is the target
    ("0", "650.01", ONE),
    ("0", "750", ONE),  # the margin is the floor
    ("0", "750.01", OVERRIDE),
    ("20", "520", THREE),  # the strictest row that matches counts
    ("6", "900", OVERRIDE),
    ("99", "100", OVERRIDE),
]


@pytest.mark.parametrize(("discount", "cost_p80", "expected"), BANDS)
def test_a_price_calls_for_those_whom_its_strictest_row_names(
    discount: str, cost_p80: str, expected: tuple[str, ...]
) -> None:
    assert approvers(discount, cost_p80) == expected


def test_the_gap_is_what_the_services_lie_under_the_floor_price() -> None:
    quoted = quote(Kind.CONTRACTED, effort(cost_p80="900"), Terms(), POLICY)
    assert quoted.floor_price == 1200
    assert quoted.gap == 200


def test_the_dissent_compares_services_with_services_and_says_what_price_that_is() -> None:
    def said(expenses: str) -> str:
        terms = Terms(expenses=Decimal(expenses))
        found = under_the_floor(quote(Kind.CONTRACTED, effort(cost_p80="900"), terms, POLICY), terms)
        return text_shown("price.gap", under("price", {**found, "currency": "EUR"}))

    assert said("0") == "200.00 EUR below the floor for services, 1,200.00 EUR"
    assert said("1800") == f"{said('0')}: with expenses, a price of 3,000.00 EUR"
    fair = quote(Kind.CONTRACTED, effort(cost_p80="100"), Terms(), POLICY)
    assert under_the_floor(fair, Terms()) == {}


def test_services_given_away_have_a_margin_of_less_than_nothing_rather_than_none() -> None:
    assert quote(Kind.CONTRACTED, effort(list_total="0"), Terms(), POLICY).margin_p80 == -1


def test_in_house_a_price_is_cost_at_p80_and_expenses() -> None:
    quoted = quote(Kind.IN_HOUSE, effort(cost_p80="900"), Terms(expenses=Decimal(50)), POLICY)
    assert quoted.price == 950
    assert quoted.services is None
    assert band(quoted, Terms(), POLICY) is None


DECISIONS = [
    (Kind.CONTRACTED, "249999.99", "authority", "engagement_manager", 1),
    (Kind.CONTRACTED, "250000", "majority", "provider_sponsor", 3),
    (Kind.CONTRACTED, "999999.99", "majority", "provider_sponsor", 3),
    (Kind.CONTRACTED, "1000000", "consensus", "managing_director", 4),
    (Kind.IN_HOUSE, "1", "consensus", "managing_director", 2),
    (Kind.IN_HOUSE, "5000000", "consensus", "managing_director", 2),
]


@pytest.mark.parametrize(("kind", "price", "method", "last", "voters"), DECISIONS)
def test_who_decides_goes_by_the_price(kind: Kind, price: str, method: str, last: str, voters: int) -> None:
    row = decision_row(PLAYBOOK, kind, Decimal(price))
    assert (row.method, row.final_authority, len(row.voters)) == (method, last, voters)


COMMISSIONS = [("0.24", "0"), ("0.25", "0"), ("0.30", "9"), ("0.35", "21"), ("0.60", "36"), ("-1", "0")]


@pytest.mark.parametrize(("margin", "expected"), COMMISSIONS)
def test_commission_is_clamped_between_floor_and_target(margin: str, expected: str) -> None:
    assert commission(Decimal(1000), Decimal(margin), POLICY, PLAYBOOK.commission) == Decimal(expected)


def test_a_price_says_what_of_it_calls_for_its_approvals_and_whose_they_are() -> None:
    def why(discount: str, cost_p80: str) -> str | None:
        terms = Terms(discount=Decimal(discount))
        return why_approved(quote(Kind.CONTRACTED, effort(cost_p80=cost_p80), terms, POLICY), terms, POLICY)

    assert why("0", "100") is None
    assert why("16", "100") == "the discount of 16.00 % is over 15 %: engagement manager, head of sales, finance"
    assert why("0", "700") == "the margin at P80 of 30.00 % is under 35 %: engagement manager"
    assert why("30", "600") == (
        "the discount of 30.00 % is over 25 % and the margin at P80 of 14.29 % is under 25 %: "
        "engagement manager, head of sales, finance, and provider sponsor by a signed override"
    )
    assert why("18", "574") == (
        "the discount of 18.00 % is over 15 %: engagement manager, head of sales, finance; "
        "the margin at P80 of 30.00 % is under 35 %: engagement manager"
    )
    assert margins_wanted(POLICY) == {"target margin": "35 %", "floor margin": "25 %"}
