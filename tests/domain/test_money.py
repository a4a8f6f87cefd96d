"""Money: typed in cents and bounded, rounded once when it is proposed, compared as it is shown."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.files.deal_file import read_deal
from adapters.files.yaml_source import FileRefused
from domain.directory.people import Rate, RateCard
from domain.engagement.changes.briefing import brief_for
from domain.engagement.changes.commands import ReviseChange
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.delivery.commands import HoursWorked, ReportHours
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.events import CommissionFellDue
from domain.playbook.model import Kind, Method, Stage
from domain.pricing.approval_bands import band
from domain.pricing.formulas import Terms, decision_row, in_percent, margin, quote
from domain.pricing.three_points import Effort, ThreePoints, effort
from domain.pricing.three_points import EstimateLine as Work
from domain.shared.errors import BadValue
from tests.domain.story import FIRM, PLAYBOOK, Story, at, sample

TRILLION = Decimal(10**12)


def worked(likely: str, cost: str, listed: str) -> Effort:
    """The effort of one line whose three points are alike, so that nothing is a root."""
    hours = ThreePoints(optimistic=Decimal(likely), likely=Decimal(likely), pessimistic=Decimal(likely))
    card = RateCard(version="1", grades={"any": Rate(cost=Decimal(cost), list=Decimal(listed))})
    return effort([Work(grade="any", hours=hours)], card, PLAYBOOK.estimate)


def test_a_price_of_exactly_250_000_is_decided_by_majority_though_its_list_price_is_a_quotient() -> None:
    hours = ThreePoints(optimistic=Decimal(1000), likely=Decimal(1500), pessimistic=Decimal(3000))
    card = RateCard(version="1", grades={"any": Rate(cost=Decimal(1), list=Decimal(125))})
    whole = effort([Work(grade="any", hours=hours)], card, PLAYBOOK.estimate)
    quoted = quote(Kind.CONTRACTED, whole, Terms(discount=Decimal(4), contingency=Decimal(25)), PLAYBOOK.price)
    assert quoted.price == 250_000
    assert decision_row(PLAYBOOK, Kind.CONTRACTED, quoted.price).method is Method.MAJORITY


@pytest.mark.parametrize("discount", range(0, 30, 3))
@pytest.mark.parametrize("contingency", range(0, 26, 5))
def test_a_total_that_is_exact_stays_exact_whatever_its_terms(discount: int, contingency: int) -> None:
    """1 / 3 of an hour's price times percentages that make it whole again."""
    wanted = Decimal(3 * (100 + contingency) * (100 - discount))
    whole = Effort(
        hours_p50=Decimal(1),
        hours_p80=Decimal(1),
        cost_p50=Decimal(),
        cost_p80=Decimal(),
        six_list_total=wanted * 60_000 / ((100 + contingency) * (100 - discount)),
    )
    terms = Terms(discount=Decimal(discount), contingency=Decimal(contingency))
    assert quote(Kind.CONTRACTED, whole, terms, PLAYBOOK.price).services == wanted


@pytest.mark.parametrize(("likely", "cost", "approvers"), [("1", "65", 0), ("3", "65", 0), ("7", "75", 1)])
def test_a_margin_that_is_exactly_target_or_floor_lies_not_under_it(likely: str, cost: str, approvers: int) -> None:
    quoted = quote(Kind.CONTRACTED, worked(likely, cost, "100"), Terms(), PLAYBOOK.price)
    row = band(quoted, Terms(), PLAYBOOK.price)
    assert len(row.approvers if row else ()) == approvers


def test_a_margin_a_hair_under_the_floor_is_under_it_at_every_digit_carried() -> None:
    fraction = margin(Decimal(10**12), Decimal("750000000000.000000000000000000001"))
    assert in_percent(fraction) < 25


def test_services_price_floor_and_gap_are_in_cents_when_proposed() -> None:
    quoted = quote(Kind.CONTRACTED, worked("0.333333", "97.77", "101.01"), Terms(discount=Decimal(7)), PLAYBOOK.price)
    money = (quoted.services, quoted.price, quoted.floor_price, quoted.gap)
    assert all(m is not None and -int(m.as_tuple().exponent) == 2 for m in money)


def test_in_house_too_the_price_is_in_cents() -> None:
    quoted = quote(Kind.IN_HOUSE, worked("0.333333", "97.77", "1"), Terms(expenses=Decimal("0.10")), PLAYBOOK.price)
    assert -int(quoted.price.as_tuple().exponent) == 2


def change(price: object, *, days: int = 0, hours: int = 8) -> ChangeFacts:
    points = ThreePoints(optimistic=Decimal(hours), likely=Decimal(hours), pessimistic=Decimal(hours))
    work = (ChangeLine(discipline="development", grade="senior", hours=points),) if hours else ()
    return ChangeFacts.model_validate(
        {"title": "More", "reason": "They asked", "price": price, "days": days, "work": work}
    )


@pytest.mark.parametrize("price", ["0.001", "1e-22", "1000000000000.01", "-1e13", "NaN", "Infinity"])
def test_money_with_more_than_two_decimals_or_too_large_is_refused_when_typed(price: str) -> None:
    with pytest.raises(ValidationError):
        change(price)
    with pytest.raises(ValidationError):
        ProposePrice.model_validate({"discount_percent": 0, "expenses": price})
    with pytest.raises(ValidationError):
        Rate.model_validate({"cost": price, "list": 1})


def test_money_may_be_typed_with_noughts_behind_its_cents() -> None:
    assert change("10.5000").price == Decimal("10.5")


@pytest.mark.parametrize("sign", [1, -1])
def test_changes_that_together_pass_the_largest_sum_are_refused_and_those_before_stand(sign: int) -> None:
    story = at(Stage.DELIVER)
    assert story.state.price is not None
    room = TRILLION - story.state.price.quote.price
    first = story.submit(change(sign * (room - 1)))
    with pytest.raises(BadValue, match="1,000,000,000,000"):
        story.submit(change(sign * 2))
    second = story.submit(change(-sign))
    assert brief_for(story.state, first).total + 1 == brief_for(story.state, second).total == room


def test_a_change_is_revised_within_the_same_bound() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(change(1))
    returned = story.state.changes[n].replace(status=ChangeStatus.RETURNED)
    story.state = story.state.replace(changes={n: returned})
    with pytest.raises(BadValue, match="1,000,000,000,000"):
        story.do(ReviseChange(n=n, change=change(TRILLION)), story.holder("project_manager"))


def test_hours_that_cost_more_than_money_may_be_are_refused_when_they_are_reported() -> None:
    story = at(Stage.DELIVER)
    package = next(iter(story.state.packages.values()))
    grades = story.state.rate_card.grades
    dear = RateCard(version="dear", grades={**grades, package.grade: Rate(cost=Decimal(10**9), list=Decimal(10**9))})
    story.state = story.state.replace(rate_card=dear)
    hours = (HoursWorked(item=package.id, hours=Decimal(1001)),)
    with pytest.raises(BadValue, match="1,000,000,000,000"):
        story.do(ReportHours(hours=hours), story.holder("project_manager"))


def test_a_price_that_passes_the_largest_sum_is_refused_when_it_is_proposed() -> None:
    deal = sample("lindqvist")
    package = deal.work_packages[0].replace(hours=(Decimal(900_000), Decimal(950_000), Decimal(1_000_000)))
    deal = deal.replace(work_packages=(package, *deal.work_packages[1:]))
    grades = FIRM.rate_card.grades
    dear = FIRM.rate_card.replace(grades={**grades, package.grade: Rate(cost=Decimal(5 * 10**8), list=Decimal(10**9))})
    story = Story(deal, firm=FIRM.replace(rate_card=dear))
    with pytest.raises(BadValue, match="1,000,000,000,000"):
        story.to(Stage.DECIDE)


def test_commission_falls_due_in_cents_and_the_last_part_takes_the_rest() -> None:
    story = Story("halden")
    story.play()
    parts = [event.amount for event in story.events(CommissionFellDue)]
    assert all(part == part.quantize(Decimal("0.01")) for part in parts)
    assert sum(parts) == Decimal("15260.14")


def test_a_deal_file_gives_discount_contingency_expenses_and_payment_all_four(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "examples/deal-lindqvist-small.yaml").read_text(encoding="utf-8")
    lines = ["price: {discount_percent: 3}" if line.startswith("price:") else line for line in text.splitlines()]
    path = tmp_path / "deal.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        read_deal(path, FIRM, PLAYBOOK)
    for field in ("contingency_percent", "expenses", "payment"):
        assert f"price.{field}" in str(refused.value)
