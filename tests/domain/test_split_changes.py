"""Splitting, withdrawing and the order of submission let no total pass a threshold that nobody approved."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asks.model import AskKind
from domain.change_order import decide as order_door
from domain.change_order.order import TakeBrief, WithdrawOrder
from domain.change_order.permissions import ENGAGEMENT
from domain.engagement import decide as door
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.commands import ReportChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.routing import approvers, limits_of_all_together, route, together_so_far
from domain.engagement.changes.values import Change, ChangeStatus
from domain.engagement.command import CHANGES
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.transaction import Actor
from tests.domain.priced import lindqvist_at
from tests.domain.story import MONDAY, Story, at

FINANCE, SPONSOR = "finance", "provider_sponsor"
# What the value of a change may come to before these approve it.
LIMITS = {FINANCE: 10_000, SPONSOR: 50_000}
# A price of which no share is reached, and no margin falls.
LARGE = 90_000_000


def facts(price: int, **more: Any) -> ChangeFacts:
    return ChangeFacts.in_one(title="A change", reason="client request", price=Decimal(price), days=0, **more)


def halden() -> Story:
    return at(Stage.DELIVER).copy()


def test_a_change_that_is_withdrawn_hides_nothing_of_those_before_it() -> None:
    story = halden()
    first, decoy, last = (story.submit(facts(9_000)) for _ in range(3))
    assert FINANCE not in story.state.changes[first].route
    assert FINANCE in story.state.changes[last].route
    story.do_in_order(decoy, WithdrawOrder(reason="Not after all"), story.holder("project_manager"))
    assert FINANCE in story.state.changes[last].route


def test_all_changes_together_are_those_that_are_neither_rejected_nor_withdrawn() -> None:
    story = halden()
    first, second = story.submit(facts(9_000)), story.submit(facts(-4_000))
    assert together_so_far(story.state).value == 13_000
    story.do_in_order(second, WithdrawOrder(reason="Not after all"), story.holder("project_manager"))
    assert together_so_far(story.state).value == 9_000
    assert story.state.changes[first].status.counts


def test_the_shares_over_which_more_people_approve_are_those_of_the_playbook() -> None:
    limits = limits_of_all_together(halden().state.playbook.change)
    assert limits == ((Decimal(5), FINANCE), (Decimal(10), SPONSOR))


def test_whom_only_a_change_called_that_is_gone_is_asked_no_more_about_the_next() -> None:
    story = halden()
    decoy, last = story.submit(facts(9_000)), story.submit(facts(9_000))
    story.answer(story.orders[last].last_ask(AskKind.APPROVE_CHANGE, "delivery"))  # type: ignore[arg-type]
    assert FINANCE in {role for voter in _inside(story, last).voters for role in voter.roles}
    story.do_in_order(decoy, WithdrawOrder(reason="Not after all"), story.holder("project_manager"))
    assert FINANCE not in story.state.changes[last].route
    assert FINANCE not in {role for voter in _inside(story, last).voters for role in voter.roles}


def _inside(story: Story, n: int) -> Any:
    return next(story.orders[n].open_asks(AskKind.APPROVE_CHANGE, subject="inside"))


def test_an_approver_who_approved_has_seen_what_was_before() -> None:
    story = halden()
    story.submit(facts(9_000))
    second = story.submit(facts(9_000))
    for _ in range(6):
        for ask in list(story.orders[second].open_asks()):
            for voter in ask.silent:
                story.answer(story.now_of(ask), by=voter.person_id)
    assert story.state.changes[second].status is ChangeStatus.APPROVED
    assert FINANCE in story.state.changes[second].route
    third = story.submit(facts(9_000))
    assert FINANCE not in story.state.changes[third].route


def test_what_a_change_that_is_not_approved_would_add_hides_no_margin() -> None:
    state = lindqvist_at(100_000)
    hours = ThreePoints(optimistic=Decimal(600), likely=Decimal(600), pessimistic=Decimal(600))
    costly = facts(0, work=(ChangeLine(discipline="data", grade="senior", hours=hours),))
    assert FINANCE in route(state, costly, 1)
    better = Change(n=1, by="peter.olsen", facts=facts(4_000), route=(), submitted_at=MONDAY)
    state = state.replace(changes={1: better.replace(facts=facts(400_000))})
    because = next(one for one in approvers(state, costly, 2) if one.role == FINANCE).because
    told = [one.openly for one in because]
    assert any("not counting earlier changes that are not approved yet" in one for one in told)


def test_whoever_comes_to_the_route_of_a_change_that_is_being_signed_approves_it_first() -> None:
    story = halden()
    n = story.submit(facts(9_000))
    for _ in range(2):
        for ask in list(story.orders[n].open_asks(AskKind.APPROVE_CHANGE)):
            for voter in ask.silent:
                story.answer(story.now_of(ask), by=voter.person_id)
    order = story.orders[n]
    assert order.approved_inside
    assert list(order.open_asks(AskKind.SIGN_CHANGE))
    routed = TakeBrief(brief=order.brief.replace(route=(*order.brief.route, FINANCE)))
    actor = Actor(person_id="peter.olsen", channel=ENGAGEMENT)
    order = order_door.decide(order, routed, actor, story.now + timedelta(minutes=1)).state
    assert not order.approved_inside
    assert [ask.subject for ask in order.open_asks()] == ["inside"]
    assert FINANCE in next(order.open_asks()).roles


# What is done, with which of those that it may be done with, the first that was submitted being 0, and a price.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "submit", "submit", "approved", "approved", "withdrawn", "returned", "revise"]),
        st.integers(0, 2),
        st.sampled_from([-9_000, 3_000, 9_000, 9_900, 45_000]),
    ),
    min_size=4,
    max_size=14,
)


@given(STEPS)
@settings(max_examples=100)
def test_no_total_passes_its_threshold_without_whom_it_calls(steps: list[tuple[str, int, int]]) -> None:
    state, now = lindqvist_at(LARGE), MONDAY + timedelta(days=400)
    for what, which, price in steps:
        now += timedelta(minutes=1)
        state = _after(state, what, which, price, now)
        for role, limit in LIMITS.items():
            assert _most_without(state, role) <= limit


def _after(state: Engagement, what: str, which: int, price: int, now: datetime) -> Engagement:
    """The engagement after a step, where it can be taken."""
    by = Actor(person_id=state.cast.holder("project_manager") or "")
    if what == "submit":
        return door.decide(state, SubmitChange(change=facts(price)), by, now).state
    wanted = ChangeStatus.RETURNED if what == "revise" else ChangeStatus.PENDING
    among = [change for change in state.changes.values() if change.status is wanted]
    if not among:
        return state
    change = among[which % len(among)]
    if what == "revise":
        return door.decide(state, ReviseChange(n=change.n, change=facts(price)), by, now).state
    told = {"n": change.n, "revision": change.revision, "report": change.last_report + 1, "status": what}
    command = ReportChange.model_validate(told)
    return door.decide(state, command, by.replace(channel=CHANGES), now).state


def _most_without(state: Engagement, role: str) -> Decimal:
    """The most that approved changes come to, one after the other, of which a role approved none."""
    approved = [one for one in state.changes.values() if one.status is ChangeStatus.APPROVED]
    most = sum_now = Decimal()
    for change in sorted(approved, key=lambda one: (one.submitted_at, one.n)):
        sum_now = Decimal() if role in change.route else sum_now + change.facts.value
        most = max(most, sum_now)
    return most


@pytest.mark.parametrize("step", [9_000, 45_000])
def test_again_and_again_with_a_decoy_each_time(step: int) -> None:
    state, now, role = lindqvist_at(LARGE), MONDAY + timedelta(days=400), FINANCE if step < LIMITS[FINANCE] else SPONSOR
    first = [("submit", 1), ("approved", 0)]
    again = [("submit", 1), ("submit", 1), ("approved", 1), ("withdrawn", 0)]
    for what, which in [*first, *again * 6]:
        now += timedelta(minutes=1)
        state = _after(state, what, which, step, now)
    assert _most_without(state, role) <= LIMITS[role]
