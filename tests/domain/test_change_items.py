"""A change by its items: the gross routes it, the net is paid; and three points in any notation."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.files.yaml_source import read_source
from application.queries.closing import reconciliation_view
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.lines import ChangeFacts, ChangeItem, ChangeLine, ItemKind
from domain.engagement.changes.routing import all_together, approvers, client_signs, route
from domain.engagement.changes.values import Change, ChangeStatus
from domain.engagement.closing.rules import realised, without_hours
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.scope.demand import demand
from domain.engagement.scope.values import Milestone
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import BadValue
from domain.shared.text import WORDS
from tests.domain.story import MONDAY, Story, at

FINANCE, SPONSOR = "finance", "provider_sponsor"
WORK = ChangeLine(discipline="data", grade="senior", hours=ThreePoints.model_validate("1/2/3"))


@cache
def contract() -> Engagement:
    """Lindqvist in delivery at 1,000,000 of services, half of it accepted by the client, and 40 hours on W1."""
    state = at(Stage.DELIVER, "lindqvist").state
    assert state.price is not None
    quoted = state.price.quote.replace(price=Decimal(1_000_000), services=Decimal(1_000_000))
    first, second = (
        Milestone(id=name, title="A half", due=state.wished_end, share_percent=Decimal(50)) for name in ("M1", "M2")
    )
    return state.replace(
        price=state.price.replace(quote=quoted),
        milestones={"M1": first, "M2": second},
        milestone_status={"M1": MilestoneStatus.ACCEPTED},
        actual_hours={},
    )


def item(kind: str, amount: int = 0, days: int = 0, **more: Any) -> ChangeItem:
    work = (WORK,) if kind == "work_added" else ()
    return ChangeItem(kind=ItemKind(kind), amount=Decimal(amount), days=days, **({"work": work} | more))


def change(*items: ChangeItem, **more: Any) -> ChangeFacts:
    return ChangeFacts.model_validate({"title": "A change", "reason": "client request", "items": items, **more})


def after(*earlier: tuple[ChangeFacts, ChangeStatus]) -> Engagement:
    changes = {
        n: Change(n=n, by="peter.olsen", facts=facts, route=(), status=status, submitted_at=MONDAY)
        for n, (facts, status) in enumerate(earlier, 1)
    }
    return contract().replace(changes=changes)


def beside_the_two(state: Engagement, facts: ChangeFacts) -> set[str]:
    return set(route(state, facts, 99)) - {"delivery_lead", "engagement_manager"}


REMOVED = item("work_removed", -45_000, package="W1")
BY_ITEM = [
    (change(item("work_added", 10_000)), set()),
    (change(item("work_added", 10_001)), {FINANCE}),
    (change(item("work_added", 6_000), item("price", -6_000)), {FINANCE}),  # 12,000 of change, nothing to pay
    (change(item("work_added", 50_000), REMOVED), {FINANCE, SPONSOR}),  # 95,000 of change, 5,000 to pay
    (change(item("date", days=20)), set()),
    (change(item("date", days=11), item("price", days=-10)), {SPONSOR}),  # a day later, 21 days of change
    (change(item("terms")), {"legal"}),
    (change(item("requirements")), {"quality"}),
    (change(item("price", 1), terms_changed=True, requirements_changed=True), {"legal", "quality"}),
]


@pytest.mark.parametrize(("facts", "expected"), BY_ITEM)
def test_each_item_counts_by_its_absolute_amount_and_days(facts: ChangeFacts, expected: set[str]) -> None:
    assert beside_the_two(contract(), facts) == expected


def test_the_client_pays_the_net_and_the_gross_is_routed() -> None:
    swap = change(item("work_added", 50_000, 3), item("work_removed", -45_000, -5, package="W1"))
    assert [swap.price, swap.value] == [5_000, 95_000]
    assert (swap.days, swap.all_days) == (-2, 8)
    whole = all_together(after((swap, ChangeStatus.PENDING)), swap, 2)
    assert [whole.value, whole.days] == [190_000, 16]


def test_margin_after_is_reckoned_without_what_is_removed() -> None:
    lighter = all_together(contract(), change(item("work_removed", package="W1")), 1).margin_p80
    as_it_is = all_together(contract(), change(item("price")), 1).margin_p80
    assert lighter is not None
    assert as_it_is is not None
    assert lighter > as_it_is


UNDER = [
    (change(item("price", -9_999)), (), set()),
    (change(item("price", -500_000)), (), {FINANCE, SPONSOR}),  # by its size alone: as much as was accepted is left
    (change(item("price", -1)), ((-500_000, ChangeStatus.APPROVED),), {FINANCE, SPONSOR}),
]


@pytest.mark.parametrize(("facts", "earlier", "expected"), UNDER)
def test_a_reduction_is_routed_by_its_value(facts: ChangeFacts, earlier: Any, expected: set[str]) -> None:
    state = after(*((change(item("price", amount)), status) for amount, status in earlier))
    assert beside_the_two(state, facts) == expected


ACCEPTED = "the price would fall below what the client has already accepted"


def under(state: Engagement, facts: ChangeFacts) -> bool:
    """True where finance and the sponsor are called because of what was accepted."""
    told = {one.role: {because.text for because in one.because} for one in approvers(state, facts, 99)}
    called = [ACCEPTED in told.get(role, ()) for role in (FINANCE, SPONSOR)]
    assert called[0] == called[1]
    return called[0]


LESS = [
    (-500_000, (), False),
    (-500_001, (), True),
    (-400_000, ((-100_000, ChangeStatus.APPROVED),), False),
    (-400_000, ((-100_001, ChangeStatus.PENDING),), True),
    (-400_000, ((-100_001, ChangeStatus.REJECTED),), False),
    (-500_001, ((1, ChangeStatus.APPROVED),), False),
    (-500_001, ((1, ChangeStatus.PENDING),), True),  # what nobody has approved fills nothing up
]


@pytest.mark.parametrize(("amount", "earlier", "expected"), LESS)
def test_less_than_what_the_client_has_accepted_takes_finance_and_the_sponsor(
    amount: int, earlier: Any, *, expected: bool
) -> None:
    state = after(*((change(item("price", price)), status) for price, status in earlier))
    assert under(state, change(item("price", amount))) is expected


def test_what_was_worked_is_not_removed_without_finance_and_the_sponsor() -> None:
    removal = change(item("work_removed", -500, package="W1"))
    assert beside_the_two(contract(), removal) == set()
    worked = contract().replace(actual_hours={"W1": Decimal(40)})
    assert beside_the_two(worked, removal) == {FINANCE, SPONSOR}
    assert {because.text for one in approvers(worked, removal, 1) for because in one.because} == {
        "every change needs their approval",
        "40 h have been worked on W1",
    }


def test_each_approver_is_told_why() -> None:
    swap = change(item("work_added", 50_000), REMOVED, item("date", days=21), item("terms"))
    told = {one.role: [because.text for because in one.because] for one in approvers(contract(), swap, 1)}
    assert told == {
        "delivery_lead": ["every change needs their approval"],
        "engagement_manager": ["every change needs their approval"],
        "finance": ["its value exceeds 10,000.00 EUR", "all changes together exceed 5 % of the contract"],
        "legal": ["terms of the contract change"],
        "provider_sponsor": ["its value exceeds 50,000.00 EUR", "all changes together exceed 20 days"],
    }


def test_who_may_not_see_margins_is_told_no_figure() -> None:
    dear = ThreePoints.model_validate([9000, 9000, 9000])
    much = change(item("work_added", work=(WORK.replace(hours=dear),)))
    finance = next(one for one in approvers(contract(), much, 1) if one.role == FINANCE)
    assert finance.because[0].text.startswith("the margin after it is below 35.00 %: ")
    assert finance.because[0].openly == "the margin after it requires it"


def test_the_client_signs_what_takes_something_away_though_nothing_is_to_pay() -> None:
    assert client_signs(change(item("work_removed", package="W1")))
    assert client_signs(change(item("price", 500), item("price", -500)))
    assert not client_signs(change(item("work_added")))


# -- written in one, or by item

IN_ONE = [
    ({"price": 12_000, "work": [WORK], "days": 2}, ItemKind.WORK_ADDED),
    ({"price": -12_000, "work": [WORK]}, ItemKind.WORK_ADDED),
    ({"price": 12_000, "days": 2}, ItemKind.PRICE),
    ({"price": 0, "days": 2, "terms_changed": True}, ItemKind.DATE),
    ({"price": 0, "requirements_changed": True}, ItemKind.REQUIREMENTS),
    ({"price": 0, "terms_changed": True}, ItemKind.TERMS),
    ({"price": 0}, ItemKind.PRICE),
]


@pytest.mark.parametrize(("written", "kind"), IN_ONE)
def test_a_change_with_one_price_is_one_item(written: dict[str, Any], kind: ItemKind) -> None:
    facts = ChangeFacts.model_validate({"title": "A change", "reason": "client request", **written})
    assert [one.kind for one in facts.items] == [kind]
    assert (facts.price, facts.days, list(facts.work)) == (
        written["price"],
        written.get("days", 0),
        written.get("work", []),
    )
    assert (facts.value, facts.all_days) == (abs(facts.price), abs(facts.days))
    assert facts.terms_changed is written.get("terms_changed", False)
    assert facts.requirements_changed is written.get("requirements_changed", False)
    assert ChangeFacts.model_validate_json(facts.model_dump_json()) == facts


def test_a_change_that_was_recorded_in_one_is_read_as_one_item_with_its_words_where_they_are_kept() -> None:
    written = {"title": {WORDS: "a"}, "reason": {WORDS: "b"}, "work": [WORK.model_dump(mode="json")], "price": "12000"}
    facts = ChangeFacts.model_validate(written | {"days": 2, "terms_changed": True}, context={"vault": Kept()})
    assert (facts.title, facts.reason, facts.terms_changed) == ("text a", "text b", True)
    assert facts.items == (item("work_added", 12_000, 2),)


class Kept:
    """A vault that has every text."""

    def words(self, key: str) -> str:
        return f"text {key}"


WRONG = [
    ({}, "price"),
    ({"price": "1,5"}, "price"),
    ({"price": 1, "work": [{"discipline": "data", "grade": "senior", "hours": "3/2/1"}]}, "work.0.hours"),
    ({"items": []}, "items"),
    ({"items": [{"kind": "price", "amount": 1}], "price": 1}, ""),
    ({"items": [{"kind": "gift"}]}, "items.0.kind"),
    ({"items": [{"kind": "work_removed"}]}, "items.0"),
    ({"items": [{"kind": "work_removed", "package": "W1", "amount": 45_000}]}, "items.0"),
    ({"items": [{"kind": "price", "package": "W1"}]}, "items.0"),
    ({"items": [{"kind": "work_added", "amount": 5}]}, "items.0"),
    ({"items": [{"kind": "terms", "work": [WORK]}]}, "items.0"),
    ({"items": [{"kind": "date", "days": 0}]}, "items.0"),
    ({"items": [{"kind": "date", "days": 2, "amount": 5}]}, "items.0"),
    ({"items": [{"kind": "work_removed", "package": "W1"}] * 2}, ""),
    ({"items": [{"kind": "work_added", "work": [WORK] * 30}] * 2}, ""),
]


@pytest.mark.parametrize(("written", "where"), WRONG)
def test_what_does_not_make_a_change_is_refused_at_its_field(written: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        ChangeFacts.model_validate({"title": "A change", "reason": "client request", **written})
    assert where in {".".join(map(str, error["loc"])) for error in wrong.value.errors()}


def test_the_example_is_a_change_and_goes_to_whom_its_document_says() -> None:
    written = read_source(Path(__file__).parents[2] / "examples/change-swap.yaml").data
    facts = ChangeFacts.model_validate(written)
    assert [facts.price, facts.value, facts.days, facts.all_days] == [300, 8_100, 1, 5]
    story = at(Stage.DELIVER, "lindqvist")
    assert route(story.state, facts, 1) == (
        *("delivery_lead", "engagement_manager", "finance", "provider_sponsor", "quality"),
    )


# -- properties

AMOUNTS = st.integers(-60_000, 60_000)
HOURS = st.integers(0, 2000).map(lambda hours: ThreePoints.model_validate([hours, hours, 2 * hours]))
ITEMS = st.one_of(
    st.builds(lambda amount, days: item("price", amount, days), AMOUNTS, st.integers(-30, 30)),
    st.builds(lambda amount, hours: item("work_added", amount, work=(WORK.replace(hours=hours),)), AMOUNTS, HOURS),
    st.builds(item, st.sampled_from(["terms", "requirements"]), AMOUNTS),
)
BEFORE = st.lists(ITEMS, min_size=1, max_size=6)
MANY = st.tuples(BEFORE, st.booleans()).map(lambda drawn: [*drawn[0], REMOVED] if drawn[1] else drawn[0])


@given(MANY)
def test_the_gross_is_never_less_than_the_net(items: list[ChangeItem]) -> None:
    facts = change(*items)
    assert facts.value >= abs(facts.price)
    assert facts.all_days >= abs(facts.days)


THAT_COUNT = st.sampled_from([status for status in ChangeStatus if status.counts])


def submit(state: Engagement, facts: ChangeFacts, status: ChangeStatus) -> Engagement:
    """The engagement with one change more, routed as it is submitted, and what became of it."""
    n = len(state.changes) + 1
    routed = Change(
        n=n, by="peter.olsen", facts=facts, route=route(state, facts, n), status=status, submitted_at=MONDAY
    )
    return state.replace(changes={**state.changes, n: routed})


@given(BEFORE, MANY, THAT_COUNT, st.data())
def test_splitting_a_change_never_lowers_who_approves_it(
    before: list[ChangeItem], items: list[ChangeItem], status: ChangeStatus, data: st.DataObject
) -> None:
    """Whoever would approve the whole approves one of its parts at least, whatever was before and in whatever order."""
    state = submit(contract(), change(*before), status)
    whole = route(state, change(*items), 2)
    for part in data.draw(st.permutations(items)):
        state = submit(state, change(part), status)
    found = {role for n, one in state.changes.items() if n > 1 for role in one.route}
    assert set(whole) <= found


def test_a_value_comes_up_once_for_what_an_approver_has_not_approved() -> None:
    state = contract()
    for _ in range(4):
        state = submit(state, change(item("price", 6_000)), ChangeStatus.APPROVED)
    assert [FINANCE in one.route for one in state.changes.values()] == [False, True, False, True]
    state = submit(contract(), change(item("price", 6_000)), ChangeStatus.PENDING)
    second = next(one for one in approvers(state, change(item("price", 6_000)), 2) if one.role == FINANCE)
    expected = "its value exceeds 10,000.00 EUR, counting earlier changes that finance has not approved"
    assert [because.text for because in second.because] == [expected]


# -- what becomes of a package that is removed


def with_removal(status: ChangeStatus) -> Engagement:
    return after((change(item("work_removed", -500, package="W1")), status))


def test_a_package_takes_no_hours_any_more_once_its_removal_is_approved() -> None:
    pending, approved = with_removal(ChangeStatus.PENDING), with_removal(ChangeStatus.APPROVED)
    assert "W1" in without_hours(pending)
    assert "W1" not in without_hours(approved)
    assert sum(demand(approved).values()) < sum(demand(pending).values())


def test_what_was_worked_on_a_removed_package_still_costs() -> None:
    worked = with_removal(ChangeStatus.APPROVED).replace(actual_hours={"W1": Decimal(40)})
    assert realised(worked).actual_cost > 0
    assert realised(worked).services == Decimal(999_500)


def submitted(*facts: ChangeFacts) -> Story:
    story = at(Stage.DELIVER, "lindqvist")
    for one in facts:
        story.submit(one)
    return story


def test_a_package_that_there_is_not_is_not_removed() -> None:
    with pytest.raises(BadValue) as refused:
        submitted(change(item("work_removed", -500, package="W99")))
    assert refused.value.refused.field == "change.items.package"


def test_a_package_is_removed_by_one_change_that_counts() -> None:
    removal = change(item("work_removed", -500, package="W1"))
    with pytest.raises(BadValue, match="Change 1 already removes W1"):
        submitted(removal, removal)


def test_a_change_by_items_goes_its_whole_way() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    row = story.state.packages["W1"]
    line = ChangeLine(discipline=row.discipline, grade=row.grade, hours=ThreePoints.model_validate("8/12/20"))
    swap = change(item("work_added", 1_800, work=(line,)), item("work_removed", -900, package="W1"))
    for _ in story.change(swap):
        pass
    order = story.orders[1]
    assert story.state.changes[1].status is ChangeStatus.APPROVED
    assert story.state.removed == {"W1": 1}
    assert "W1" not in {name for row in reconciliation_view(story.state).needs for name in row.bought}
    inside = next(ask for ask in order.asks.values() if ask.subject == "inside")
    assert story.shown(inside)["changed in all"] == "2,700.00 EUR, 0 days"
    assert story.shown(inside)["called for"].startswith(
        "finance, since all changes together exceed 5 % of the contract"
    )
    signed = next(ask for ask in order.asks.values() if ask.kind.value == "sign_change" and ask.for_client)
    assert story.shown(signed)["item 1"] == "work added: 1,800.00 EUR"
    assert story.shown(signed)["item 2"] == f"work removed, W1 {row.title}: -900.00 EUR"
    assert not story.shown(signed).keys() & {"L1", "changed in all"}


@given(
    days=st.lists(st.integers(-3650, 3650).filter(bool), min_size=1, max_size=50), amounts=st.lists(st.integers(-9, 9))
)
def test_whatever_change_is_taken_stays_in_short_when_it_came_to_nothing(days: list[int], amounts: list[int]) -> None:
    items = [item("date", days=d) for d in days] + [item("price", amount) for amount in amounts[: 50 - len(days)]]
    if sum(map(abs, days)) > 3650:
        with pytest.raises(ValidationError, match="at most 3,650"):
            change(*items)
        return
    whole = change(*items)
    assert (whole.in_short().price, whole.in_short().days) == (whole.price, whole.days)
