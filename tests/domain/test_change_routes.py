"""Who must approve a change: by its own effect, and by what all changes add up to. Against a contract of 100,000."""

from decimal import Decimal
from typing import Any

import pytest

from application.queries.change_orders import change_order_view
from application.queries.view import Reader
from domain.change_order.order import WithdrawOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.routing import all_together, client_signs, route
from domain.engagement.changes.values import Change, ChangeStatus
from domain.playbook.model import Kind, Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.transaction import Actor
from tests.domain.priced import lindqvist_at
from tests.domain.story import MONDAY, at

ALWAYS = {"delivery_lead", "engagement_manager"}
CONTRACT = 100_000


def facts(price: str = "0", days: int = 0, reason: str = "client request", **more: Any) -> ChangeFacts:
    return ChangeFacts.in_one(title="A change", reason=reason, price=Decimal(price), days=days, **more)


def with_changes(*earlier: tuple[ChangeFacts, ChangeStatus], state: Engagement | None = None) -> Engagement:
    state = state or lindqvist_at(CONTRACT)
    changes = {
        n: Change(n=n, by="peter.olsen", facts=given, route=(), status=status, submitted_at=MONDAY)
        for n, (given, status) in enumerate(earlier, 1)
    }
    return state.replace(changes=changes)


def beside_the_two(state: Engagement, given: ChangeFacts) -> set[str]:
    """Who approves beside delivery lead and engagement manager, who always do."""
    found = route(state, given, 99)
    assert found[0] == "delivery_lead"
    assert set(found) >= ALWAYS
    return set(found) - ALWAYS


FINANCE, SPONSOR, LEGAL, QUALITY = {"finance"}, {"provider_sponsor"}, {"legal"}, {"quality"}

ALONE = [
    (facts("5000"), set()),
    (facts("5000.01"), FINANCE),  # over 5 % of the contract
    (facts("-5000.01"), FINANCE),  # a reduction counts by its absolute value
    (facts("10000"), FINANCE),
    (facts("10000.01"), FINANCE | SPONSOR),
    (facts(days=20), set()),
    (facts(days=21), SPONSOR),
    (facts(days=-21), SPONSOR),
    (facts(terms_changed=True), LEGAL),
    (facts(requirements_changed=True), QUALITY),
    (facts(reason="regulatory"), QUALITY),
    (facts(reason=" Regulatory "), QUALITY),
    (facts("60000", 30, terms_changed=True, requirements_changed=True), FINANCE | SPONSOR | LEGAL | QUALITY),
]


@pytest.mark.parametrize(("given", "expected"), ALONE)
def test_a_change_is_routed_by_its_own_effect(given: ChangeFacts, expected: set[str]) -> None:
    assert beside_the_two(lindqvist_at(CONTRACT), given) == expected


LARGE = [("10000", set()), ("10000.01", FINANCE), ("50000", FINANCE), ("50000.01", FINANCE | SPONSOR)]


@pytest.mark.parametrize(("price", "expected"), LARGE)
def test_in_a_large_contract_the_value_alone_counts(price: str, expected: set[str]) -> None:
    assert beside_the_two(lindqvist_at(9_000_000), facts(price)) == expected


@pytest.mark.parametrize("status", [ChangeStatus.PENDING, ChangeStatus.APPROVED, ChangeStatus.RETURNED])
def test_splitting_a_change_does_not_lower_who_approves_it(status: ChangeStatus) -> None:
    state = with_changes((facts("4000", 8), status), (facts("4000", 8), status))
    assert beside_the_two(state, facts("4000", 8)) == FINANCE | SPONSOR


def test_an_addition_and_a_reduction_do_not_cancel_out() -> None:
    assert beside_the_two(with_changes((facts("-4000"), ChangeStatus.APPROVED)), facts("4000")) == FINANCE


@pytest.mark.parametrize("status", [ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN])
def test_a_change_rejected_or_withdrawn_does_not_count(status: ChangeStatus) -> None:
    assert beside_the_two(with_changes((facts("9000", 19), status)), facts("4000", 8)) == set()


def work(cost_of_all: int) -> tuple[ChangeLine, ...]:
    """Work that brings the cost of the whole, with no spread of its own, near this figure."""
    hours = (Decimal(cost_of_all) / 88).quantize(Decimal(1))
    points = ThreePoints(optimistic=hours, likely=hours, pessimistic=hours)
    return (ChangeLine(discipline="data", grade="senior", hours=points),)


MARGINS = [(50_000, set()), (52_000, FINANCE), (60_000, FINANCE), (63_000, FINANCE | SPONSOR)]


@pytest.mark.parametrize(("cost", "expected"), MARGINS)
def test_the_margin_after_all_changes_calls_finance_under_target_and_the_sponsor_under_floor(
    cost: int, expected: set[str]
) -> None:
    assert beside_the_two(lindqvist_at(CONTRACT), facts(work=work(cost))) == expected


def test_in_house_a_change_of_terms_takes_no_legal() -> None:
    state = at(Stage.DELIVER, "casework").state
    assert state.kind is Kind.IN_HOUSE
    assert "legal" not in route(state, facts(terms_changed=True), 1)


SIGNING = [
    (facts(), False),
    (facts("1"), True),
    (facts(days=-1), True),
    (facts(terms_changed=True), True),
    (facts(requirements_changed=True), True),
]


@pytest.mark.parametrize(("given", "signs"), SIGNING)
def test_the_client_signs_where_what_they_get_or_give_changes(given: ChangeFacts, signs: bool) -> None:
    assert client_signs(given) is signs


def test_whoever_sees_figures_reads_the_margin_after_a_change_that_is_to_be_approved_and_nobody_else() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    n = story.submit(ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(60_000), days=2))

    def margin(person: str) -> Decimal | None:
        reader = Reader(Actor(person_id=person), "Europe/Oslo")
        return change_order_view(story.state, story.orders[n], (), reader, story.now).margin_p80

    expected = all_together(story.state, story.state.changes[n].facts, n).margin_p80
    assert expected is not None
    assert margin(story.holder("finance")) == expected
    assert margin(story.holder("project_manager")) is None
    story.do_in_order(n, WithdrawOrder(reason="Not now"), story.holder("project_manager"))
    assert margin(story.holder("finance")) is None
