"""Whoever stands in for the holder of a role does all of it as B for A, sees the deal, and hears what comes of it."""

from decimal import Decimal

import pytest

from domain.asks.eligibility import Put, why_barred
from domain.asks.events import AskEnded
from domain.asks.model import AskKind, Verdict
from domain.change_order.order import ChangeOrder
from domain.directory.people import Delegation
from domain.engagement import decide as door
from domain.engagement.changes.commands import RecordPotentialChange
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, LoseDeal
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone, HoursWorked, RecordContact, ReportHours
from domain.engagement.documents.commands import SendDocument
from domain.engagement.engagement_events import SoldForAnother
from domain.engagement.permissions import Sight, may_see
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.deal_decision import who_sold
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.roles.compatibility import check_compatible
from domain.engagement.roles.delegate_eligibility import bars
from domain.engagement.roles.stand_ins import roles_covered_by, why_may_not_cover
from domain.engagement.scope.commands import MoveDates, SetPurchases
from domain.engagement.scope.values import Purchase
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.record.facts import recorded
from domain.shared.errors import NotByDefault, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import away, idle

STAND_IN = PersonId("nadia.haddad")
PURCHASES = SetPurchases(purchases=(Purchase(id="B9", title="Tablets"),))
HOURS = ReportHours(hours=(HoursWorked(item="W1", hours=Decimal(12)),))


def covered() -> tuple[Story, PersonId]:
    """A story in delivery whose project manager is away, with who stands in."""
    story = at(Stage.DELIVER)
    away(story, story.holder("project_manager"), STAND_IN)
    return story, story.holder("project_manager")


def test_whoever_stands_in_for_the_project_manager_records_hours_and_submits_changes() -> None:
    story, pm = covered()
    story.do(HOURS, STAND_IN)
    assert door.permit_at(story.state, HOURS, Actor(person_id=STAND_IN), story.now).for_whom == pm
    n = story.submit(story.deal.change_orders[0].facts, STAND_IN)
    assert story.state.changes[n].submitters == (STAND_IN, pm)
    story.do(RecordPotentialChange(text="Can we also?"), STAND_IN)


def test_so_does_whoever_has_the_whole_role_by_a_delegation_and_nobody_by_a_part_of_it() -> None:
    story = at(Stage.DELIVER)
    given = Delegation(person=story.holder("project_manager"), to=STAND_IN, first=story.day(-1), last=story.day(5))
    for narrow in ({"kinds": ("deliver_milestone",)}, {"roles": ("quality",)}, {"up_to": Decimal(5)}):
        story.directory_says(story.person(STAND_IN), delegations=(given.replace(**narrow),))
        with pytest.raises(PermissionDenied):
            story.do(HOURS, STAND_IN)
    story.directory_says(story.person(STAND_IN), delegations=(given,))
    story.do(HOURS, STAND_IN)


def test_once_the_holder_is_back_it_is_theirs_alone() -> None:
    story, _ = covered()
    story.wait(days=12)
    assert not roles_covered_by(story.state, STAND_IN)
    with pytest.raises(PermissionDenied):
        story.do(HOURS, STAND_IN)


def test_whoever_stands_in_sees_the_deal_also_while_nothing_is_owed_and_no_figures() -> None:
    story, _ = covered()
    for milestone in story.state.milestones:
        story.do(DeliverMilestone(milestone=milestone), STAND_IN)
    assert may_see(story.state, Actor(person_id=STAND_IN), Sight.EXISTENCE)
    assert may_see(story.state, Actor(person_id=STAND_IN), Sight.PRICE)
    assert not may_see(story.state, Actor(person_id=STAND_IN), Sight.FIGURES)


def test_who_holds_roles_is_not_said_by_who_only_stands_in() -> None:
    story = at(Stage.DELIVER)
    away(story, story.state.manager, STAND_IN)
    assert roles_covered_by(story.state, STAND_IN) == {"engagement_manager"}
    story.do(RecordContact(person_id=story.holder("client_sponsor"), summary="A call"), STAND_IN)
    with pytest.raises(PermissionDenied):
        story.do(ReleaseRole(role="quality", reason="Not mine to say"), STAND_IN)


def test_the_outcome_of_what_the_holder_asked_is_told_to_who_stands_in_too() -> None:
    story = at(Stage.DELIVER)
    pm = story.holder("project_manager")
    n = story.submit(story.deal.change_orders[0].facts)
    story.estimate_change(n)
    away(story, pm, STAND_IN)
    before, ask = story.orders[n], story.ask(AskKind.APPROVE_CHANGE)
    story.answer(ask, Verdict.RETURN, reason="Too little")
    after = story.orders[n]
    told = [
        message.to
        for event in recorded("order", 1, ended_by(before, after), Actor(person_id="x"), story.now)
        for message in messages(after, event, after)
    ]
    assert {pm, STAND_IN} <= set(told)


def ended_by(before: ChangeOrder, after: ChangeOrder) -> tuple[AskEnded, ...]:
    """How asks ended from one state to the next."""
    ended = (ask for ask in after.asks.values() if not ask.is_open and before.asks[ask.id].is_open)
    return tuple(AskEnded(ask_id=ask.id, outcome=ask.outcome, at=after.asks[ask.id].ended_at) for ask in ended)


def test_a_refusal_names_who_stands_in() -> None:
    story, pm = covered()
    with pytest.raises(
        PermissionDenied, match=f"{story.state.cast.name(pm)}; {story.state.cast.name(STAND_IN)} stands in"
    ):
        story.do(HOURS, story.holder("quality"))


def test_whom_a_rule_bars_does_not_cover() -> None:
    story = at(Stage.DELIVER)
    assert why_may_not_cover(story.state, "project_manager", story.state.manager) is not None
    assert why_may_not_cover(story.state, "project_manager", STAND_IN) is None
    away(story, story.holder("project_manager"), story.state.manager)
    assert not roles_covered_by(story.state, story.state.manager)
    assert "project_manager" in story.state.vacancies


def test_whoever_does_something_for_the_seller_judges_nothing_of_the_deal_from_then_on() -> None:
    story = at(Stage.ESTIMATE)
    director, seller = story.holder("managing_director"), story.state.seller
    away(story, seller, director)
    put = Put(AskKind.DECIDE_DEAL, PersonId("somebody.else"))
    assert why_barred(story.state, put, director) is None
    decision = story.do(PURCHASES, director)
    assert decision.for_whom == seller
    assert why_barred(story.state, put, director) == "sold the deal"
    assert director in who_sold(story.state)
    assert story.state.sold_last == seller, "the commission is the seller's"
    story.do(SetPurchases(purchases=()), director)
    assert len(list(story.events(SoldForAnother))) == 1, "said once"
    with pytest.raises(NotByDefault, match="sells or sold this deal"):
        check_compatible(story.state, "finance", director)


def test_whoever_does_something_by_a_role_of_their_own_sells_nothing() -> None:
    story = at(Stage.PRICE, "lindqvist")
    manager = story.state.manager
    story.do(MoveDates(start=story.day(40), end=story.day(200)), manager)
    assert manager not in story.state.sellers


@pytest.mark.parametrize(
    ("role", "stage", "command"),
    [
        ("sales", Stage.ESTIMATE, LoseDeal(reason="They went elsewhere")),
        ("engagement_manager", Stage.DELIVER, CancelEngagement(reason="No word")),
        ("engagement_manager", Stage.DELIVER, CloseEngagement()),
        ("sales", Stage.ESTIMATE, SendDocument(document="sow")),
        ("sales", Stage.ESTIMATE, ProposePrice(discount_percent=Decimal(3))),
    ],
)
def test_what_cannot_be_undone_or_shows_margins_is_not_done_by_who_only_stands_in(
    role: str, stage: Stage, command: Command
) -> None:
    story = at(stage)
    person = idle(story)
    away(story, story.holder(role), person)
    assert role in roles_covered_by(story.state, person)
    with pytest.raises(PermissionDenied):
        story.do(command, person)


@pytest.mark.parametrize("first", ["project_manager", "engagement_manager"])
def test_nobody_stands_in_as_both_of_a_pair_that_is_never_one_person(first: str) -> None:
    story = at(Stage.DELIVER).copy()
    (second,) = {"project_manager", "engagement_manager"} - {first}
    days = {first: story.day(-2), second: story.day(-1)}
    one, other = (
        Delegation(person=story.holder(role), to=STAND_IN, first=days[role], last=story.day(5))
        for role in (first, second)
    )
    story.directory_says(story.person(STAND_IN), delegations=(one,))
    label = second.replace("_", " ")
    (bar,) = bars(story.state, other)
    assert bar.what == f"stand in as {label}"
    assert bar.why.endswith("cannot be the same person")
    story.directory_says(story.person(STAND_IN), delegations=(other, one))
    story.wait(minutes=5)
    assert roles_covered_by(story.state, STAND_IN) == {first}
    story.directory_says(story.person(STAND_IN), delegations=(other,))
    story.wait(minutes=5)
    assert roles_covered_by(story.state, STAND_IN) == {second}
